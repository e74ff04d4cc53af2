import type { DenoiseStats } from "../../src/core/denoise.js";
import { LAYERS, type LayerSpec } from "../../src/core/map-layer.js";
import type { FrameAccount, SeriesInfo, SeriesState } from "../../src/core/series.js";
import type { Tile } from "../../src/core/wire.js";
import { onGrid } from "../../src/line/overload.js";

/** A scan of invented crystals that grows row by row. Deterministic. */
const CHURN = {
  label: 0.0012,
  grain: 0.003,
  updates: 17,
  most: { label: 0.004, grain: 0.012 },
  known: { label: 0.02, grain: 0.03, most: { label: 0.05, grain: 0.06 } },
  waiting: 1234,
} as const;

export interface FakeScan {
  readonly id: string;
  rows: number;
  cols: number;
  /** Rows measured so far. */
  done: number;
  state: SeriesState;
  reason: string | null;
  guessed: boolean;
  seq: number;
  begun: string;
  /** Rows from here to there came in a burst: positions off the grid of one in 2^step wait. */
  burst: { from: number; to: number; readonly step: number } | null;
  /** Has a layer of named channels. */
  projections: boolean;
  /** Has classes and grains. */
  labels: boolean;
  denoise: DenoiseStats;
  /** Rows above these have a causal, a refined estimate. */
  causal: number;
  refined: number;
}
/** Received, and not measured yet. */
export const waits = ({ burst }: FakeScan, row: number, col: number): boolean =>
  burst !== null && row >= burst.from && row < burst.to && statusOf(row, col) === 1 && !onGrid(burst.step, row, col);

const PARTS = ["ring 1", "ring 2", "2-fold cos"];
const PROJECTIONS: LayerSpec = {
  name: "projections",
  kind: "signed",
  claim: "relative",
  dtype: "float32",
  unit: "",
  channels: PARTS.length,
  parts: PARTS,
  about: "Weights of the frame in a set of patterns",
};
const SOMETIMES = new Set(["projections", "neighbours"]);
const layersOf = (s: FakeScan): readonly LayerSpec[] => [
  ...LAYERS.filter((l) => !l.apart && (!SOMETIMES.has(l.name) || (l.name === "neighbours" && s.denoise.method !== "off"))),
  ...(s.projections ? [PROJECTIONS] : []),
  ...(s.labels ? LAYERS.filter((l) => l.apart && l.channels === 1) : []),
];

const noise = (n: number): number => {
  const x = Math.sin(n * 12.9898) * 43758.5453;
  return x - Math.floor(x);
};
/** Three grains with wavy borders, and a hole. */
function grain(row: number, col: number): number {
  const x = col / 128 + 0.06 * Math.sin(row / 9);
  const y = row / 128 + 0.05 * Math.cos(col / 13);
  if (Math.hypot(x - 0.72, y - 0.3) < 0.14) return 3;
  return x + 0.6 * y < 0.62 ? 0 : y > 0.58 ? 1 : 2;
}
/** frame_status of a position: a run of lost frames, a few malformed ones. */
export function statusOf(row: number, col: number): number {
  if (row === 37 && col > 60 && col < 84) return 2;
  if (row > 50 && row < 54 && col > 18 && col < 28) return 2;
  return row === 20 && col % 23 === 5 ? 3 : 1;
}

const LOOKS = [
  { bf: 5200, adf: 900, angle: 0.4, tilt: 0.9 },
  { bf: 3900, adf: 1700, angle: 2.4, tilt: 1.4 },
  { bf: 4600, adf: 1250, angle: 4.5, tilt: 0.7 },
  { bf: 7400, adf: 160, angle: 0, tilt: 0.05 },
] as const;

function tierOf(s: FakeScan, row: number, col: number): number {
  if (statusOf(row, col) === 2 || waits(s, row, col)) return 0;
  return row < s.refined ? 3 : row < s.causal ? 2 : 1;
}
/** More inside of grains; none without an estimate. */
function neighboursOf(s: FakeScan, row: number, col: number): number {
  const tier = tierOf(s, row, col);
  const alike = [-2, 0, 2].filter((d) => grain(row + d, col) === grain(row, col) && grain(row, col + d) === grain(row, col)).length;
  return tier < 2 ? Number.NaN : (tier === 2 ? 1.5 : 1) + alike * alike * (tier - 1) * (0.6 + 0.05 * noise(row * 31 + col));
}

/** Ids and folds of the classes of the four areas; ids of their grains. */
const IDS = [0, 1, 7, 9];
const GRAINS = [3, 4, 5, 30];
const FOLDS = [6, 4, 2, 0];
/** Layers of classes: nothing is known of a corner; one position is novel. */
function componentValue(layer: string, row: number, col: number): number {
  const k = grain(row, col);
  const fold = FOLDS[k] as number;
  const none = row + col < 12;
  if (layer === "label" || layer === "grain") return none ? -1 : ((layer === "label" ? IDS : GRAINS)[k] as number);
  if (layer === "fold") return none ? 0 : fold;
  if (none) return Number.NaN;
  if (layer === "novelty") return row === 115 && col === 20 ? 12.5 : 4 * (noise(row * 3 + col * 11) - 0.5);
  if (layer === "confidence") return 0.9 - 0.3 * noise(row * 17 + col);
  if (layer === "boundary") return [-1, 1].some((d) => grain(row + d, col) !== k || grain(row, col + d) !== k) ? 1 : 0;
  const angle = LOOKS[k as 0].angle + 0.02 * (noise(row * 5 + col * 3) - 0.5);
  return fold > 0 ? angle % ((2 * Math.PI) / fold) : Number.NaN;
}

/** Value of a layer at a position, with shot noise; NaN where the frame never came. */
export function layerValue(layer: string, row: number, col: number, channel = 0): number {
  const status = statusOf(row, col);
  if (layer === "frame_status") return status;
  if (status === 2) return layer === "label" || layer === "grain" ? -1 : Number.NaN;
  const g = LOOKS[grain(row, col)] as (typeof LOOKS)[number];
  const n = noise(row * 131 + col * 7 + layer.length) - 0.5;
  const angle = g.angle + 0.25 * Math.sin(col / 17);
  switch (layer) {
    case "bf":
      return g.bf * (1 + 0.08 * n);
    case "adf":
      return g.adf * (1 + 0.12 * n);
    case "sum":
      return (g.bf + g.adf) * (1 + 0.05 * n);
    case "com_row":
      return g.tilt * Math.sin(angle) + 0.12 * n;
    case "label":
    case "grain":
    case "inplane_angle":
    case "fold":
    case "confidence":
    case "boundary":
    case "novelty":
      return componentValue(layer, row, col);
    case "projections":
      return Math.cos(angle * (channel + 1)) * (channel + 1) + 0.2 * n;
    case "com_col":
      return g.tilt * Math.cos(angle) + 0.12 * n;
    default:
      return 47.5 + 0.5 * Math.sin(row / 40) + 0.02 * n;
  }
}

export function accountOf(s: FakeScan): FrameAccount {
  let lost = 0;
  let malformed = 0;
  for (let r = 0; r < s.done; r++)
    for (let c = 0; c < s.cols; c++) {
      const v = statusOf(r, c);
      if (v === 2) lost++;
      if (v === 3) malformed++;
    }
  const seen = s.done * s.cols - lost;
  return {
    expected: s.rows * s.cols,
    received: seen,
    placed: seen - malformed,
    duplicate: 0,
    skipped: 0,
    beyond: 0,
    malformed,
    out_of_order: 0,
    lost,
    not_sent: s.state === "finished" || s.state === "aborted" ? s.rows * s.cols - s.done * s.cols : 0,
  };
}

export function infoOf(s: FakeScan): SeriesInfo {
  return {
    id: s.id,
    source: "fake",
    protocol: "dectris-v2",
    wire_series: 7,
    wire_unique_id: null,
    parent: null,
    state: s.state,
    reason: s.reason,
    shape: [s.rows, s.cols],
    shape_from: s.guessed ? "guess" : "stream",
    frames: accountOf(s),
    layers: layersOf(s).map((l) => ({ ...l, shape: l.channels > 1 ? [s.rows, s.cols, l.channels] : [s.rows, s.cols], revision: 1 })),
    seq: s.seq,
    order: "raster",
    step_nm: 2,
    frame_shape: [96, 96],
    frame_type: "uint16",
    channel: "threshold_1",
    begun: s.begun,
    ended: s.state === "finished" ? "2026-11-21T02:40:00Z" : null,
    newest_row: s.done - 1,
    settled_rows: Math.max(0, s.done - 4),
    beam: s.done > 0 ? { row: 47.6, col: 47.4, radius: 8.3 } : null,
    denoise: s.denoise,
    archive: null,
    virtual_detectors: [],
    ways: { measured: 1000, sparse: 980 },
    churn: s.labels ? CHURN : null,
    hot_pixels: 3,
    calibration: { pixel_size_inv_angstrom: 0.0125, energy_kev: 200 },
  };
}

function tileValue(s: FakeScan, layer: string, row: number, col: number, channel: number): number {
  if (layer === "tier") return tierOf(s, row, col);
  if (layer === "neighbours") return neighboursOf(s, row, col);
  return layer !== "frame_status" && waits(s, row, col) ? Number.NaN : layerValue(layer, row, col, channel);
}

/** Tiles of rows [from, to) of every layer; bf and adf integer-coded, as a daemon may do. */
export function tilesOf(s: FakeScan, from: number, to: number, snapshot: boolean): Tile[] {
  return layersOf(s).map((layer) => {
    const n = (to - from) * s.cols;
    const coded = layer.name === "bf" || layer.name === "adf";
    const scale = coded ? 0.25 : 1;
    const Data = layer.dtype === "uint8" ? Uint8Array : layer.dtype === "int32" ? Int32Array : coded ? Uint16Array : Float32Array;
    const data = new Data(n * layer.channels);
    for (let c = 0; c < layer.channels; c++)
      for (let i = 0; i < n; i++) {
        const [row, col] = [from + Math.floor(i / s.cols), i % s.cols];
        const v = tileValue(s, layer.name, row, col, c);
        data[c * n + i] = coded ? (Number.isNaN(v) ? 65535 : Math.round(v / scale)) : v;
      }
    return {
      t: "tile",
      series: s.id,
      layer: layer.name,
      seq: s.seq,
      revision: 1,
      row: from,
      col: 0,
      rows: to - from,
      cols: s.cols,
      dtype: layer.dtype === "float32" && coded ? "uint16" : layer.dtype,
      scale,
      offset: 0,
      data: new Uint8Array(data.buffer),
      ...(snapshot ? { snapshot } : {}),
    };
  });
}

const SIDE = 96;
const isDead = (y: number, x: number): boolean => y === 70 || (y === 12 && x === 30);

/** Expected counts of 96 x 96 pixels: central disk, spots turned with the grain; NaN at dead pixels. */
export function expectedOf(row: number, col: number): Float32Array {
  const out = new Float32Array(SIDE * SIDE);
  const k = grain(row, col);
  const g = LOOKS[k] as (typeof LOOKS)[number];
  const spots: [number, number, number][] = [[0, 0, 220]];
  if (k < 3)
    for (let n = 0; n < 6; n++)
      for (const [ring, bright] of [
        [21, 60],
        [36.4, 18],
      ] as const) {
        const a = g.angle + (n * Math.PI) / 3 + (ring > 30 ? Math.PI / 6 : 0);
        spots.push([ring * Math.sin(a), ring * Math.cos(a), bright]);
      }
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const r = Math.hypot(y - 47.6, x - 47.4);
      let v = 3 * Math.exp(-r / 22);
      for (const [dy, dx, b] of spots) if (Math.hypot(y - 47.6 - dy, x - 47.4 - dx) < (b > 100 ? 8.3 : 4.6)) v += b;
      out[y * SIDE + x] = isDead(y, x) ? Number.NaN : v;
    }
  return out;
}

/** Counts with noise; the highest of the type at dead pixels. */
export function patternOf(row: number, col: number): Uint16Array {
  return Uint16Array.from(expectedOf(row, col), (v, i) => {
    const n = noise(row * 7919 + col * 104729 + i);
    return Number.isNaN(v) ? 65535 : Math.max(0, Math.round(v + Math.sqrt(v + 0.2) * 2 * (n - 0.5)));
  });
}

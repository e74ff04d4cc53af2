import { AMORPHOUS, type Areas, bentOrientation, FIRST_GRAIN, type Grain, growGrains, VACUUM } from "./grains.js";
import { randomFrom } from "./random.js";
import type { Quaternion } from "./rotation.js";

/** What is really there, per probe position (row * columns + column). */
export interface Truth {
  readonly rows: number;
  readonly columns: number;
  /** Dominant area: 0 vacuum, 1 amorphous, from 2 on grains. */
  readonly grain: Int16Array;
  /** 0 vacuum, 1 amorphous, 2 + index into PHASES. */
  readonly phase: Uint8Array;
  /** [position, 4] active crystal to lab; (1, 0, 0, 0) where there is no crystal. */
  readonly orientation: Float32Array;
  /** [position, 2] row and column of the undiffracted beam, px. */
  readonly centre: Float32Array;
  /** Share of the probe on the dominant area. */
  readonly purity: Float32Array;
  /** Å */
  readonly thickness: Float32Array;
}

/** The areas under the probe: entries start[p] to start[p + 1] of `area` and `share`, the shares of a position adding to 1. */
export interface Mixture {
  readonly start: Int32Array;
  readonly area: Int16Array;
  readonly share: Float32Array;
}

export interface Specimen {
  readonly truth: Truth;
  readonly mixture: Mixture;
  readonly grains: readonly Grain[];
  orientation(grain: Grain, position: number): Quaternion;
}

/** Probe size (sigma) in scan steps, and how finely its profile is sampled. */
const PROBE_SIGMA = 0.55;
const REACH = 2;
const THIN = 300;
const THICK = 650;
/** Wander of the beam over the scan, px at 192. */
const DESCAN = 3;
const STREAM = 0x7370;

/** Makes the specimen under a scan, and its truth. The same arguments give the same bits. */
export function makeSpecimen(rows: number, columns: number, size: number, seed: number): Specimen {
  return specimenOf(growGrains(rows, columns, seed), rows, columns, size, seed);
}

/** The specimen of some areas under a scan. */
export function specimenOf(areas: Areas, rows: number, columns: number, size: number, seed: number): Specimen {
  const mixture = lookThroughProbe(rows, columns, areas.at);
  const n = rows * columns;
  const truth: Truth = {
    rows,
    columns,
    grain: new Int16Array(n),
    phase: new Uint8Array(n),
    orientation: new Float32Array(n * 4),
    centre: descan(rows, columns, size, seed),
    purity: new Float32Array(n),
    thickness: wedge(rows, columns, seed),
  };
  const place = (position: number): [number, number] => [
    ((position % columns) + 0.5) / columns,
    (Math.floor(position / columns) + 0.5) / rows,
  ];
  const orientation = (grain: Grain, position: number): Quaternion => bentOrientation(grain, ...place(position));
  for (let p = 0; p < n; p++) {
    const [area, share] = dominant(mixture, p);
    const grain = areas.grains[area - FIRST_GRAIN];
    truth.grain[p] = area;
    truth.purity[p] = share;
    truth.phase[p] = grain ? FIRST_GRAIN + grain.phase : area;
    truth.orientation.set(grain ? orientation(grain, p) : [1, 0, 0, 0], p * 4);
    if (area === VACUUM) truth.thickness[p] = 0;
  }
  return { truth, mixture, grains: areas.grains, orientation };
}

function dominant(m: Mixture, p: number): [area: number, share: number] {
  let area = AMORPHOUS;
  let share = 0;
  for (let i = m.start[p] ?? 0; i < (m.start[p + 1] ?? 0); i++) {
    const s = m.share[i] ?? 0;
    if (s > share) {
      share = s;
      area = m.area[i] ?? AMORPHOUS;
    }
  }
  return [area, share];
}

/** Gaussian probe over areas that are sampled twice per scan step. */
function lookThroughProbe(rows: number, columns: number, at: (x: number, y: number) => number): Mixture {
  const width = 2 * columns + 2 * REACH;
  const height = 2 * rows + 2 * REACH;
  const fine = new Int16Array(width * height);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) fine[r * width + c] = at((c - REACH + 0.5) / (2 * columns), (r - REACH + 0.5) / (2 * rows));
  }
  const { weights, rows: down, columns: across } = probeWeights();
  const offsets = weights.map((_, i) => (down[i] as number) * width + (across[i] as number));
  const start = new Int32Array(rows * columns + 1);
  const area: number[] = [];
  const share: number[] = [];
  const under = new Map<number, number>();
  for (let p = 0; p < rows * columns; p++) {
    const corner = 2 * Math.floor(p / columns) * width + 2 * (p % columns);
    const first = fine[corner] as number;
    under.clear();
    // Most positions lie inside one area.
    if (offsets.every((offset) => fine[corner + offset] === first)) under.set(first, 1);
    else for (const [i, offset] of offsets.entries()) addTo(under, fine[corner + offset] as number, weights[i] as number);
    for (const [id, weight] of under) {
      area.push(id);
      share.push(weight);
    }
    start[p + 1] = area.length;
  }
  return { start, area: Int16Array.from(area), share: Float32Array.from(share) };
}

function addTo(shares: Map<number, number>, id: number, weight: number): void {
  shares.set(id, (shares.get(id) ?? 0) + weight);
}

/** Weights of the fine samples around a position, counted from the corner of its window; they add to 1. */
function probeWeights(): { weights: number[]; rows: number[]; columns: number[] } {
  const across = 2 * REACH + 2;
  const profile = Array.from({ length: across }, (_, i) => Math.exp(-0.5 * ((i - (across - 1) / 2) / (2 * PROBE_SIGMA)) ** 2));
  const total = profile.reduce((a, b) => a + b, 0);
  return {
    weights: profile.flatMap((a) => profile.map((b) => (a * b) / (total * total))),
    rows: profile.flatMap((_, row) => profile.map(() => row)),
    columns: profile.flatMap(() => profile.map((_, column) => column)),
  };
}

/** Beam position per probe position: a plane, as a scan that is not quite compensated leaves it. */
function descan(rows: number, columns: number, size: number, seed: number): Float32Array {
  const random = randomFrom(seed, STREAM);
  const scale = size / 192;
  const jitter = (): number => (random.uniform() - 0.5) * scale;
  const middle = (size - 1) / 2;
  const r0 = middle + jitter();
  const c0 = middle + jitter();
  const angle = random.uniform() * 2 * Math.PI;
  const reach = DESCAN * scale;
  const out = new Float32Array(rows * columns * 2);
  for (let p = 0; p < rows * columns; p++) {
    const y = Math.floor(p / columns) / Math.max(1, rows - 1) - 0.5;
    const x = (p % columns) / Math.max(1, columns - 1) - 0.5;
    out[p * 2] = r0 + reach * (y * Math.cos(angle) + x * Math.sin(angle));
    out[p * 2 + 1] = c0 + reach * (0.8 * x * Math.cos(angle) - y * Math.sin(angle));
  }
  return out;
}

/** Thickness in Å: a wedge across the scan with a slow ripple. */
function wedge(rows: number, columns: number, seed: number): Float32Array {
  const random = randomFrom(seed, STREAM + 1);
  const angle = random.uniform() * 2 * Math.PI;
  const phase = random.uniform() * 2 * Math.PI;
  const out = new Float32Array(rows * columns);
  for (let p = 0; p < rows * columns; p++) {
    const y = (Math.floor(p / columns) + 0.5) / rows - 0.5;
    const x = ((p % columns) + 0.5) / columns - 0.5;
    const along = 0.5 + (x * Math.cos(angle) + y * Math.sin(angle)) / Math.SQRT2;
    out[p] = THIN + (THICK - THIN) * along + 25 * Math.sin(9 * x - 7 * y + phase);
  }
  return out;
}

import { FRAME_STATUS, TIER } from "../../src/core/map-layer.js";
import type { Band } from "./assembly.js";

/** One channel of numbers with a version per row, so that a painter uploads changed rows only. */
export interface Plane<A extends Float32Array | Uint8Array = Float32Array | Uint8Array> {
  readonly width: number;
  readonly height: number;
  readonly values: A;
  readonly rowVersion: Uint32Array;
  version: number;
}
export function plane<A extends Float32Array | Uint8Array>(width: number, height: number, values: A): Plane<A> {
  return { width, height, values, rowVersion: new Uint32Array(height).fill(1), version: 1 };
}

/** A layer of a scan as the page holds it. NaN: no result. */
export interface LayerImage {
  readonly layer: string;
  readonly rows: number;
  readonly cols: number;
  /** One plane per channel. */
  readonly planes: readonly Plane<Float32Array>[];
  /** Positions with a result, per row. */
  readonly filled: Uint32Array;
}

export function createLayerImage(layer: string, rows: number, cols: number, channels: number, empty = Number.NaN): LayerImage {
  const planes = Array.from({ length: channels }, () => plane(cols, rows, new Float32Array(rows * cols).fill(empty)));
  return { layer, rows, cols, planes, filled: new Uint32Array(rows) };
}

/** Writes a band into its layer. Zero counts as empty in layers whose zero means "not yet" (`zeroIsNone`). */
export function applyBand(image: LayerImage, band: Band, zeroIsNone: boolean): void {
  for (const [c, p] of image.planes.entries()) {
    const size = band.count * image.cols;
    p.values.set(band.data.subarray(c * size, (c + 1) * size), band.row * image.cols);
    p.version++;
    p.rowVersion.fill(p.version, band.row, band.row + band.count);
  }
  const first = image.planes[0] as Plane<Float32Array>;
  for (let r = band.row; r < band.row + band.count; r++) {
    let n = 0;
    for (let i = r * image.cols; i < (r + 1) * image.cols; i++) {
      const v = first.values[i] as number;
      if (zeroIsNone ? v !== 0 : !Number.isNaN(v)) n++;
    }
    image.filled[r] = n;
  }
}

export const filledOf = (image: LayerImage): number => image.filled.reduce((a, b) => a + b, 0);
/** Lowest row on screen that holds a result; -1: none. */
export const lastFilledRow = (image: LayerImage): number => image.filled.findLastIndex((n) => n > 0);

/** What is known of a position, or (masked) of a detector pixel. `pending`: received, waits to be measured. */
export const MASK = { unknown: 0, present: 1, lost: 2, malformed: 3, masked: 4, pending: 5 } as const;

/** What is known of the positions of a scan, and of each row: how many wait, how many have a causal estimate, whether all are refined. */
export interface ScanMask extends Plane<Uint8Array> {
  readonly waiting: Uint32Array;
  readonly causal: Uint32Array;
  /** 1: every position that came is refined, and none is still to come. */
  readonly final: Uint8Array;
}
export const scanMask = (cols: number, rows: number): ScanMask => ({
  ...plane(cols, rows, new Uint8Array(rows * cols)),
  waiting: new Uint32Array(rows),
  causal: new Uint32Array(rows),
  final: new Uint8Array(rows),
});
export const waitingIn = (mask: ScanMask): number => mask.waiting.reduce((a, b) => a + b, 0);

/**
 * Rows above the two lag lines: `causal` those down to the newest with a causal estimate, `final` those from the first on without
 * a position that may change. Null: none is causal, the scan is not denoised.
 */
export function lagRows(mask: ScanMask): { readonly causal: number; readonly final: number } | null {
  const causal = mask.causal.findLastIndex((n) => n > 0) + 1;
  if (causal === 0) return null;
  const open = mask.final.indexOf(0);
  return { causal, final: open < 0 ? mask.height : open };
}

/** Renews the rows of a mask from `frame_status` and, where it is there, `tier` (received but not measured: pending). */
export function updateMask(mask: ScanMask, status: LayerImage, tier: LayerImage | undefined, row: number, count: number): void {
  const s = status.planes[0]?.values;
  const t = tier?.planes[0]?.values;
  if (!s) return;
  for (let r = row; r < row + count; r++) {
    let waiting = 0;
    let causal = 0;
    let final = 1;
    for (let i = r * mask.width; i < (r + 1) * mask.width; i++) {
      const waits = s[i] === 1 && t?.[i] === 0;
      mask.values[i] = waits ? MASK.pending : (s[i] as number);
      if (waits) waiting++;
      if ((t?.[i] ?? 0) >= TIER.causal) causal++;
      if (s[i] === FRAME_STATUS.notYet || (s[i] === FRAME_STATUS.received && t?.[i] !== TIER.refined)) final = 0;
    }
    mask.waiting[r] = waiting;
    mask.causal[r] = causal;
    mask.final[r] = final;
  }
  mask.version++;
  mask.rowVersion.fill(mask.version, row, row + count);
}

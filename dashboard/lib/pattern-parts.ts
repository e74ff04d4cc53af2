import type { Position } from "./hash-state.js";
import { type Pattern, readPattern } from "./pattern-stats.js";

/** Positions of the size x size window around one, row by row, that are in the scan and of which `has` is true. */
export function windowAround(
  at: Position,
  size: number,
  scan: { readonly rows: number; readonly cols: number },
  has: (p: Position) => boolean,
): readonly Position[] {
  const reach = (size - 1) / 2;
  const out: Position[] = [];
  for (let row = Math.max(0, at.row - reach); row <= Math.min(scan.rows - 1, at.row + reach); row++)
    for (let col = Math.max(0, at.col - reach); col <= Math.min(scan.cols - 1, at.col + reach); col++)
      if (has({ row, col })) out.push({ row, col });
  return out;
}

/** At most so many positions make up the mean of a class: those nearest to the cursor. */
export const MOST_OF_CLASS = 25;

/** The nearest positions, within `reach` rows and columns, with the same label as this one; itself the first. `labels`: NaN: none. */
export function classAround(
  at: Position,
  labels: Float32Array,
  scan: { readonly rows: number; readonly cols: number },
  reach = 32,
): readonly Position[] {
  const label = labels[at.row * scan.cols + at.col] as number;
  const far = (p: Position): number => (p.row - at.row) ** 2 + (p.col - at.col) ** 2;
  return [...windowAround(at, 2 * reach + 1, scan, (p) => labels[p.row * scan.cols + p.col] === label)]
    .sort((a, b) => far(a) - far(b))
    .slice(0, MOST_OF_CLASS);
}

function sameShape(a: Pattern, b: Pattern): void {
  if (a.height !== b.height || a.width !== b.width)
    throw new Error(`patterns of ${a.height} × ${a.width} and of ${b.height} × ${b.width} px do not go together`);
}

/** Mean over the patterns that have a value at a pixel; NaN where none has. The only one as it is. */
export function meanPattern(list: readonly Pattern[]): Pattern {
  const [first, ...others] = list;
  if (!first) throw new Error("the mean of no pattern");
  if (others.length === 0) return first;
  const out = new Float32Array(first.values.length);
  const count = new Uint16Array(out.length);
  for (const p of list) {
    sameShape(p, first);
    for (let i = 0; i < out.length; i++) {
      const v = p.values[i] as number;
      if (Number.isNaN(v)) continue;
      out[i] = (out[i] as number) + v;
      count[i] = (count[i] as number) + 1;
    }
  }
  // 0 / 0: no pattern has a value here.
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) / (count[i] as number);
  return readPattern(first.height, first.width, "float32", out);
}

/** Denoised - raw; NaN where either has no value. `max`: of the magnitude. It has no centre of mass. */
export function differencePattern(denoised: Pattern, raw: Pattern): Pattern {
  sameShape(denoised, raw);
  const out = denoised.values.map((v, i) => v - (raw.values[i] as number));
  const max = out.reduce((m, v) => (Math.abs(v) > m ? Math.abs(v) : m), 0);
  return { ...readPattern(raw.height, raw.width, "float32", out), max, com: null };
}

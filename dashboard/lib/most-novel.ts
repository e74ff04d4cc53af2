import type { Position } from "./hash-state.js";

export interface NovelPosition extends Position {
  /** Standard deviations. */
  readonly novelty: number;
}

/** Less than this is noise. */
export const NOVEL = 4;
/** Positions so near to a more novel one are part of the same thing. */
const NEAR = 2;

/** The most novel positions [rows * cols], the first of equals first, none within NEAR rows and columns of a more novel one. NaN: no result. */
export function mostNovel(
  novelty: Float32Array,
  { rows, cols }: { readonly rows: number; readonly cols: number },
  count: number,
): readonly NovelPosition[] {
  const out: NovelPosition[] = [];
  const taken = new Uint8Array(rows * cols);
  while (out.length < count) {
    let best = -1;
    for (let i = 0; i < rows * cols; i++)
      if (taken[i] === 0 && (novelty[i] as number) >= NOVEL && (best < 0 || (novelty[i] as number) > (novelty[best] as number))) best = i;
    if (best < 0) break;
    const [row, col] = [Math.floor(best / cols), best % cols];
    out.push({ row, col, novelty: novelty[best] as number });
    for (let r = Math.max(0, row - NEAR); r <= Math.min(rows - 1, row + NEAR); r++)
      taken.fill(1, r * cols + Math.max(0, col - NEAR), r * cols + Math.min(cols - 1, col + NEAR) + 1);
  }
  return out;
}

import { PARTS } from "./position-shares.js";
import type { Churn, ShownMap } from "./shown-map.js";

/** What is shown of whole rows of the scan, row after row: [rows.length * columns] each. All of a position is as it was known at one time. */
export interface ComponentRows {
  readonly rows: readonly number[];
  /** Class; -1: none. */
  readonly label: Int32Array;
  readonly grain: Int32Array;
  /** Turn of the pattern from the zero of its class, from +col towards +row of the frame as it was sent; rad, in 0..2 pi / fold. NaN: no angle. */
  readonly angle: Float32Array;
  /** 0: no angle. */
  readonly fold: Uint8Array;
  /** 0..1 */
  readonly confidence: Float32Array;
  readonly boundary: Float32Array;
  /** How many standard deviations a frame is further from its class, at a border from the classes around it, than Poisson noise makes it. */
  readonly novelty: Float32Array;
  /** Of this update, over the whole map: of what is shown, and of what is known. */
  readonly churn: Churn;
  readonly knownChurn: Churn;
  /** There would be more classes than there may be: those that are least clearly two are one. */
  readonly limited: boolean;
  /** Classes in use, by id, and [rows.length * columns, components] their shares in the electrons of a position; NaN: no class. */
  readonly components: readonly number[];
  readonly weights: Float32Array;
}

interface About extends Pick<ComponentRows, "limited" | "components"> {
  readonly columns: number;
  /** The class that a class is shown as. */
  readonly shown: (id: number) => number;
}

/** What a map shows of some rows. */
export function rowsOf(map: ShownMap, rows: readonly number[], { columns, limited, components, shown }: About): ComponentRows {
  const n = rows.length * columns;
  const weights = new Float32Array(n * components.length);
  for (const [i, row] of rows.entries())
    for (let c = 0; c < columns; c++) sharesOf(map, row * columns + c, components, shown, weights, (i * columns + c) * components.length);
  const of = <T extends Int32Array | Float32Array | Uint8Array>(out: T, from: ArrayLike<number>): T => {
    for (const [i, row] of rows.entries()) for (let c = 0; c < columns; c++) out[i * columns + c] = from[row * columns + c];
    return out;
  };
  return {
    rows,
    churn: map.churn,
    knownChurn: map.knownChurn,
    limited,
    label: of(new Int32Array(n), map.label),
    grain: of(new Int32Array(n), map.grain),
    angle: of(new Float32Array(n), map.angle),
    fold: of(new Uint8Array(n), map.fold),
    confidence: of(new Float32Array(n), map.confidence),
    boundary: of(new Float32Array(n), map.boundary),
    novelty: of(new Float32Array(n), map.novelty),
    components,
    weights,
  };
}

/** Adds the shares of a position to `out[from + k]` for `components[k]`. NaN for all: it has no class. */
function sharesOf(map: ShownMap, at: number, components: readonly number[], shown: About["shown"], out: Float32Array, from: number): void {
  if (map.label[at] < 0) {
    out.fill(Number.NaN, from, from + components.length);
    return;
  }
  for (let i = PARTS * at; i < PARTS * (at + 1) && map.parts[i] !== 0; i++) {
    const k = components.indexOf(shown(map.parts[i]));
    if (k >= 0) out[from + k] += map.shares[i];
  }
}

import { BINS } from "./polar-events.js";
import { addTurned, LEVELS, type Rotation, type Turnable } from "./rotation.js";

/** Something is seen in a bin from this part of the levels on: the rate is a fifth above its ring's background. */
const SEEN = 0.3;

/** Where any of some patterns, each turned as given, has something. */
export function seenIn(rotation: Rotation, members: readonly { readonly pattern: Turnable; readonly turn: number }[]): Turnable {
  const most = new Float64Array(BINS);
  for (const { pattern, turn } of members) {
    const turned = new Float64Array(BINS);
    addTurned(pattern.values, turn, 1, turned);
    for (let b = 0; b < BINS; b++) most[b] = Math.max(most[b], turned[b]);
  }
  return rotation.of(Uint16Array.from(most, (v) => Math.min(LEVELS, Math.round(v / SEEN))));
}

/**
 * How much of a pattern lies where another one has something, turned at its best: 1 all of it, 0 as much as at any turn. A crystal that is tilted has fewer
 * spots than others of its zone, but none where those have none.
 */
export function containment(rotation: Rotation, pattern: Turnable, seen: Turnable): number {
  const inside = rotation.products(pattern.spectrum, seen.spectrum, rotation.weights);
  let [most, sum, whole] = [0, 0, 0];
  for (const v of inside) {
    most = Math.max(most, v);
    sum += v / inside.length;
  }
  for (const [r, w] of rotation.weights.entries()) whole += LEVELS * w * pattern.sums[r];
  return whole > sum ? (most - sum) / (whole - sum) : 0;
}

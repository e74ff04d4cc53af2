import type { ShareQuestion } from "./final-questions.js";
import type { LabelMap } from "./label-map.js";
import { type Mixtures, mixtureOf } from "./mixtures.js";
import { type FindMixture, findShares, PARTS, type Where } from "./position-shares.js";
import { TurnableRates } from "./turned-rates.js";

/** Memory for the shares of so many positions, and the next row. */
export const roomForShares = (positions: number): Pick<ShareQuestion, "next" | "to"> => ({
  next: new Int32Array(new SharedArrayBuffer(4)),
  to: {
    prints: new Float64Array(new SharedArrayBuffer(8 * positions)),
    parts: new Int32Array(new SharedArrayBuffer(4 * PARTS * positions)),
    shares: new Float32Array(new SharedArrayBuffer(4 * PARTS * positions)),
  },
});

/** Finds shares until somebody has begun with every row. */
export function findSharesLeft(of: Mixtures, where: Where, { next, to }: Pick<ShareQuestion, "next" | "to">): "done" {
  const { rows, columns } = where;
  for (let row = Atomics.add(next, 0, 1); row < rows; row = Atomics.add(next, 0, 1))
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      const mixture: FindMixture = (frame, parts) => mixtureOf(of, at, frame, parts);
      to.prints[at] = findShares(mixture, at, where, Number.NaN, to);
    }
  return "done";
}

/** The same by somebody who has the frames and the labels. */
export function answerShares(frameAt: Where["frameAt"], { rows, columns, region }: LabelMap, question: ShareQuestion): "done" {
  const { known, components, extra } = question;
  const of = { columns, components: new Map(components.map(([id, rate]) => [id, new TurnableRates(rate)])), extra };
  return findSharesLeft(of, { columns, rows, region, known, frameAt }, question);
}

import type { AnswerTo, FinalAnswer, FinalQuestion } from "./final-questions.js";
import type { LabelMap } from "./label-map.js";

/** A question on the way to the end of a scan. */
export interface Inquiry {
  readonly question: FinalQuestion;
  /** [rows * columns] Region of each position, in memory of all threads. */
  region(): Int32Array;
  /** Does what else there is to be done: here, while somebody finds the answer out. Once. */
  meanwhile(): void;
  /** Finds it out here. */
  answer(): FinalAnswer;
}

/** What goes on to the end of a scan with answers to its questions. */
export type Finishing<T> = Generator<Inquiry, T, FinalAnswer>;

/** Asks a question while something else is done; `answer`: as it is answered here. */
export function* shared<Q extends FinalQuestion, T>(
  labels: LabelMap,
  question: Q,
  answer: () => AnswerTo<Q>,
  work: () => T,
): Finishing<readonly [own: T, theirs: AnswerTo<Q>]> {
  let done: { readonly own: T } | null = null;
  const meanwhile = () => {
    done ??= { own: work() };
    return done;
  };
  const theirs = yield { question, region: () => labels.copy(), meanwhile, answer };
  return [meanwhile().own, theirs as AnswerTo<Q>];
}

/** Goes on to the end, in this thread. */
export function answered<T>(finishing: Finishing<T>): T {
  let step = finishing.next();
  while (!step.done) step = finishing.next(step.value.answer());
  return step.value;
}

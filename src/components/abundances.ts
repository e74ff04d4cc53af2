import type { PolarKernels } from "../kernels/polar-kernels.js";
import type { Part } from "./component.js";
import { type ExplainedFrame, explainFrame } from "./explained-frame.js";
import { explain, leftOf } from "./explanation.js";
import type { ShareQuestion } from "./final-questions.js";
import { findSharesLeft, roomForShares } from "./final-shares.js";
import type { ClassRecord } from "./library.js";
import { mixtureOf, type SharedPart } from "./mixtures.js";
import { Nmf } from "./nmf.js";
import type { PolarFrame, PolarScale } from "./polar-events.js";
import { candidates, findShares, type SharesOfPositions, type Where } from "./position-shares.js";

/** Frames that are learnt from in an epoch. */
const LEARNT = 64;
/**
 * Shares of components in every position: of one class alone inside of a grain, of those around it at a border. The components are the classes, and learn
 * from the frames as mixtures (Nmf); what none of them explains opens components of its own, which count as the rest of a frame.
 */
export class Abundances {
  readonly #nmf: Nmf;
  /** What the shares of a position were found of; NaN: they were not. */
  #prints = new Float64Array(0);
  /** What the frame of the position that was explained last is made of, until its shares are found. */
  #explained: { readonly at: number; readonly parts: readonly SharedPart[] } | null = null;
  #learnt = 0;

  constructor(scale: PolarScale, columns: number, kernels: PolarKernels) {
    this.#nmf = new Nmf({ scale, columns, kernels });
  }

  /**
   * Classes are found anew: those in use are components, and some of the frames that came since are learnt from. `settle`: shares are found out again when
   * they are asked for, else only where others may be in a frame than before.
   */
  renew(records: ReadonlyMap<number, ClassRecord>, where: Where, settle: boolean): void {
    for (const id of [...new Set([...where.known.values()].map((k) => k.class))].sort((a, b) => a - b)) {
      const record = records.get(id);
      if (record) this.#nmf.start(id, record.rate, record.frames);
    }
    const end = where.rows * where.columns;
    const step = Math.max(1, Math.floor((end - this.#learnt) / LEARNT));
    for (let at = this.#learnt; at < end; at += step) {
      const frame = where.known.has(where.region[at]) ? where.frameAt(at) : null;
      if (frame) this.#nmf.learn(at, frame, candidates(where, at));
    }
    this.#learnt = end;
    this.#nmf.endEpoch();
    this.#explained = null;
    this.#grow(end);
    if (settle) this.#prints.fill(Number.NaN);
  }

  #grow(positions: number): void {
    if (this.#prints.length >= positions) return;
    const prints = new Float64Array(2 * positions).fill(Number.NaN);
    prints.set(this.#prints);
    this.#prints = prints;
  }

  /** What the frame of a position is made of; null: it has no class, or no electron. */
  explain(at: number, where: Where): ExplainedFrame | null {
    const frame = where.known.has(where.region[at]) ? where.frameAt(at) : null;
    return frame && explainFrame(this.#nmf, at, frame, candidates(where, at));
  }

  /** How many standard deviations the frame of a position is away from the classes in it, `alone` from its own; at a border less. */
  residual(at: number, where: Where, alone: number): number {
    const parts = candidates(where, at);
    const frame = parts.length < 2 ? null : where.frameAt(at);
    const found = frame && explain(this.#nmf, at, frame, parts);
    this.#explained = found && { at, parts: found.parts };
    return leftOf(alone, found);
  }

  /** Finds the shares of a position, where they are not what they were found to be; of one that was just explained they are known. */
  find(at: number, where: Where, to: SharesOfPositions): void {
    const known = this.#explained?.at === at ? this.#explained.parts : null;
    this.#explained = null;
    const mixture = (frame: PolarFrame, parts: readonly Part[]) => known ?? mixtureOf(this.#nmf, at, frame, parts);
    this.#prints[at] = findShares(mixture, at, where, this.#prints[at], to);
  }

  /** What the shares of all positions are found from. */
  question({ known, rows, columns }: Where): ShareQuestion {
    const { components, extra } = this.#nmf;
    const rates = [...components.values()].map(({ id, rate }) => [id, rate] as const);
    return { about: "shares", known, components: rates, extra, ...roomForShares(rows * columns) };
  }

  /** Finds those that nobody has begun with. */
  answer(question: ShareQuestion, where: Where): "done" {
    return findSharesLeft(this.#nmf, where, question);
  }

  /** Takes the shares of all positions over. */
  take({ to: { prints, parts, shares } }: ShareQuestion, map: SharesOfPositions): void {
    this.#prints.set(prints);
    map.parts.set(parts);
    map.shares.set(shares);
  }
}

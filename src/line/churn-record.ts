import type { SeriesChurn } from "../core/series.js";
import type { MapUpdate } from "./component-calls.js";

/** From this part of the rows on, what changes had been shown for some time. */
const EARLY = 1 / 5;

type Parts = Pick<SeriesChurn, "label" | "grain">;

const larger = ({ label, grain }: Parts, most: Parts | null): Parts => ({
  label: Math.max(label, most?.label ?? 0),
  grain: Math.max(grain, most?.grain ?? 0),
});

/** How much of what is shown, and of what is known, the updates of a scan changed. */
export class ChurnRecord {
  readonly #from: number;
  #last: Omit<SeriesChurn, "waiting"> | null = null;
  /** Positions whose correction waits. */
  waiting = 0;

  /** `rows`: of the scan. */
  constructor(rows: number) {
    this.#from = EARLY * rows;
  }

  /** null: nothing has been shown. */
  get facts(): SeriesChurn | null {
    return this.#last && { ...this.#last, waiting: this.waiting };
  }

  take({ label, grain, known, after }: MapUpdate): void {
    const { updates = 0, most = null, known: before = null } = this.#last ?? {};
    const isLate = after > this.#from;
    this.#last = {
      label,
      grain,
      updates: updates + 1,
      most: isLate ? larger({ label, grain }, most) : null,
      known: { ...known, most: isLate ? larger(known, before?.most ?? null) : null },
    };
  }
}

import type { SeriesChurn } from "../core/series.js";
import type { MapUpdate } from "./component-lane.js";

/** From this part of the rows on, what changes had been shown for some time. */
const EARLY = 1 / 5;

/** How much of what is shown the updates of a scan changed. */
export class ChurnRecord {
  readonly #from: number;
  #last: SeriesChurn | null = null;

  /** `rows`: of the scan. */
  constructor(rows: number) {
    this.#from = EARLY * rows;
  }

  /** null: nothing has been shown. */
  get facts(): SeriesChurn | null {
    return this.#last;
  }

  take({ label, grain, after }: MapUpdate): void {
    const { updates = 0, most = null } = this.#last ?? {};
    const largest = { label: Math.max(label, most?.label ?? 0), grain: Math.max(grain, most?.grain ?? 0) };
    this.#last = { label, grain, updates: updates + 1, most: after > this.#from ? largest : null };
  }

  /** The scan begins anew. */
  forget(): void {
    this.#last = null;
  }
}

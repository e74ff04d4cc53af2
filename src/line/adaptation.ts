import type { UsedMethod } from "../core/denoise.js";
import type { SampleBlocks } from "./adapt-lane.js";
import type { LanePool } from "./lane-pool.js";
import type { ModelFile } from "./load-model.js";

export interface AdaptationOptions {
  readonly series: number;
  readonly model: ModelFile;
  readonly pool: Pick<LanePool, "askAdapter">;
  /** A model that is better on this scan. */
  readonly onModel: (model: Uint8Array, gain: number) => void;
  /** A round of training is over. */
  readonly onRound: (gain: number) => void;
  readonly onCrash: (e: unknown) => void;
}

/** Rows with samples after which the first round of training is due: fewer say little about which model is better. The next one is after twice as many, and so on. */
const FIRST_ROUND = 16;
/** At the end another one is due if there are so many times the rows of the last. */
const LAST_ROUND = 1.25;

/**
 * Adapts the model to a series: gathers samples as rows come, and has a lane of its own train on them. What each round begins with, and what it
 * is trained on, follow from the rows alone; only when its result comes depends on time.
 */
export class Adaptation {
  readonly #o: AdaptationOptions;
  #rows = 0;
  #due = FIRST_ROUND;
  #trained = 0;
  #disposed = false;
  /** Nobody waits any more. */
  #leave: () => void = () => undefined;
  readonly #left = new Promise<void>((done) => {
    this.#leave = done;
  });
  /** The newest round, and all before it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(o: AdaptationOptions) {
    this.#o = o;
    const { path, bytes: model } = o.model;
    this.#ask(o.pool.askAdapter("adaptOpen", { series: o.series, model, path, name: `series-${o.series}` }));
  }

  #ask(answer: Promise<unknown>): void {
    answer.catch(this.#o.onCrash);
  }

  /** Samples of another row. `method`: what makes patterns. */
  take(samples: SampleBlocks, method: UsedMethod): void {
    const { series, pool } = this.#o;
    if (this.#disposed || samples.training.length + samples.heldOut.length === 0) return;
    this.#ask(pool.askAdapter("adaptTake", { series, ...samples }));
    this.#rows++;
    if (this.#rows < this.#due) return;
    this.#due *= 2;
    this.#round(method);
  }

  #round(method: UsedMethod): void {
    const { series, pool, onModel, onRound, onCrash } = this.#o;
    this.#trained = this.#rows;
    this.#last = pool
      .askAdapter("adaptRound", { series, method })
      .then(({ model, gain }) => {
        if (this.#disposed) return;
        onRound(gain);
        if (model) onModel(model, gain);
      })
      .catch(onCrash);
  }

  /** Its rounds are not waited for. */
  cut(): void {
    this.#leave();
    this.dispose();
  }

  /** After the last row: resolves when all rounds are over, or it was cut. */
  async finish(method: UsedMethod): Promise<void> {
    if (!this.#disposed && this.#rows >= FIRST_ROUND && this.#rows > LAST_ROUND * this.#trained) this.#round(method);
    await Promise.race([this.#last, this.#left]);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#ask(this.#o.pool.askAdapter("adaptClose", { series: this.#o.series }));
  }
}

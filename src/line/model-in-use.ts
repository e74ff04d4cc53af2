import type { Adapting, ExecutionProvider, ModelEpoch, UsedMethod } from "../core/denoise.js";
import { checksum } from "../networks/bank-model.js";
import { Adaptation } from "./adaptation.js";
import type { RowAnswer } from "./denoise-calls.js";
import type { LanePool } from "./lane-pool.js";
import type { ModelFile } from "./load-model.js";

export interface ModelOptions {
  readonly pool: Pick<LanePool, "askDenoiser" | "askAdapter">;
  readonly method: UsedMethod | "auto";
  /** The model that the series begins with; null: none. */
  readonly model: ModelFile | null;
  /** What makes patterns has changed. */
  readonly onMethod: (method: UsedMethod) => void;
  /** An adapted model is in use from a row on. */
  readonly onAdopted: (model: ModelEpoch) => void;
  /** The model is computed with cpu from now on, because the other provider failed. */
  readonly onProvider: (problem: string) => void;
  readonly onCrash: (e: unknown) => void;
}

/** What makes the patterns of a series: which method, and which model. */
export class ModelInUse {
  readonly #o: ModelOptions;
  readonly #series: number;
  readonly #nextRow: () => number;
  #method: UsedMethod;
  #provider: ExecutionProvider;
  readonly #models: ModelEpoch[] = [];
  #file: Uint8Array | null;
  readonly #adaptation: Adaptation | null;
  #adapting: Adapting | null = null;

  /** `nextRow`: the first row that the lane has not been given yet. */
  constructor(o: ModelOptions, series: number, nextRow: () => number) {
    [this.#o, this.#series, this.#nextRow] = [o, series, nextRow];
    this.#method = o.method === "model" ? "model" : "neighbour";
    this.#provider = o.model?.provider ?? "cpu";
    this.#file = o.model?.bytes ?? null;
    if (o.model) this.#models.push({ epoch: 0, checksum: o.model.checksum, row: 0, gain: 0 });
    this.#adaptation = o.model?.adapt ? this.#adapt(o.model) : null;
  }

  #adapt(model: ModelFile): Adaptation {
    const { pool, onCrash } = this.#o;
    this.#adapting = { rounds: 0, gain: 0 };
    return new Adaptation({
      series: this.#series,
      model,
      pool,
      onRound: (gain) => {
        this.#adapting = { rounds: (this.#adapting?.rounds ?? 0) + 1, gain };
      },
      onModel: (file, gain) => this.#adopt(file, gain),
      onCrash,
    });
  }

  /** Rows that are in the lane already come before it. */
  #adopt(model: Uint8Array, gain: number): void {
    const { pool, onAdopted, onCrash } = this.#o;
    const epoch = this.#models.length;
    const ask = { series: this.#series, model, name: `epoch ${epoch} of the model`, epoch };
    pool
      .askDenoiser("denoiseAdopt", ask)
      .then(() => {
        this.#method = "model";
      })
      .catch(onCrash);
    const adopted = { epoch, checksum: checksum(model), row: this.#nextRow(), gain };
    this.#models.push(adopted);
    this.#file = model;
    onAdopted(adopted);
  }

  get method(): UsedMethod {
    return this.#method;
  }
  /** What a model is computed with now. */
  get provider(): ExecutionProvider {
    return this.#provider;
  }
  /** The newest model, as a file. */
  get file(): Uint8Array | null {
    return this.#file;
  }
  /** Every model so far. */
  get models(): readonly ModelEpoch[] {
    return this.#models;
  }
  /** null: it is not adapted. */
  get adapting(): Adapting | null {
    return this.#adapting;
  }

  /** What the lane says with each row. */
  take({ method, computed, samples }: RowAnswer): void {
    if (samples) this.#adaptation?.take(samples, method);
    if (computed && computed.provider !== this.#provider) {
      this.#provider = computed.provider;
      if (computed.problem !== null) this.#o.onProvider(computed.problem);
    }
    if (method === this.#method) return;
    this.#method = method;
    this.#o.onMethod(method);
  }

  /** After the last row: resolves when it will not change any more. */
  async finish(): Promise<void> {
    await this.#adaptation?.finish(this.#method);
  }

  /** Training is not waited for. */
  cut(): void {
    this.#adaptation?.cut();
  }

  dispose(): void {
    this.#adaptation?.dispose();
  }
}

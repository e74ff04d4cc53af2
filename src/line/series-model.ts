import type { ExecutionProvider, ModelUsed } from "../core/denoise.js";
import { keepCounts } from "../denoise/keep-counts.js";
import { BANK } from "../denoise/method.js";
import { ModelTrust } from "../denoise/model-trust.js";
import type { Bank, BlindBank } from "../denoise/row-estimate.js";
import type { ProvidedModel } from "../networks/provided-model.js";

/** What a model is computed with, and why that is not what is wanted; null: it is. */
export interface Computed {
  readonly provider: ExecutionProvider;
  readonly problem: string | null;
}

/** The training-free estimate in a bank. */
export const plainOf = ({ planes }: Bank): Float32Array => planes.subarray((planes.length / BANK) * (BANK - 1));

/** The model that refines what the training-free method makes of one series: the one that all series begin with, then those that were adapted to it. */
export class SeriesModel {
  readonly #shared: () => Promise<ProvidedModel>;
  #own: ProvidedModel | null = null;
  #epoch = 0;
  #opened = false;
  #trust = new ModelTrust();

  constructor(shared: () => Promise<ProvidedModel>) {
    this.#shared = shared;
  }

  async #model(): Promise<ProvidedModel> {
    if (this.#own) return this.#own;
    this.#opened = true;
    return this.#shared();
  }

  async open(): Promise<void> {
    await this.#model();
  }

  /** Null: it was never needed. */
  async computed(): Promise<Computed | null> {
    if (!this.#opened) return null;
    const { provider, problem } = await this.#model();
    return { provider, problem };
  }

  async used(): Promise<ModelUsed> {
    return { epoch: this.#epoch, checksum: (await this.#model()).checksum };
  }

  /** Takes an adapted one from now on. */
  async adopt(model: ProvidedModel, epoch: number): Promise<void> {
    await this.#own?.close();
    [this.#own, this.#epoch, this.#opened] = [model, epoch, true];
    this.distrust();
  }

  /** Forgets how far it is to be followed. */
  distrust(): void {
    this.#trust = new ModelTrust();
  }

  /** The training-free estimate has become better since it was judged. */
  fade(): void {
    this.#trust.fade();
  }

  async close(): Promise<void> {
    await this.#own?.close();
    this.#own = null;
  }

  async #estimate(bank: Bank, used: Uint8Array): Promise<Float32Array> {
    const estimate = new Float32Array(used.length);
    await (await this.#model()).estimate(bank.planes, bank.mean, bank.frames, estimate);
    keepCounts(estimate, plainOf(bank), used);
    return estimate;
  }

  #follow(bank: Bank, estimate: Float32Array, used: Uint8Array): void {
    this.#trust.apply(plainOf(bank), estimate, bank.mean);
    keepCounts(estimate, plainOf(bank), used);
  }

  /**
   * What the model makes of a bank, as far as it is followed on this scan: expected counts, as many as the training-free method has. `used`:
   * non-zero where a pixel is valid.
   */
  async refine(bank: Bank, used: Uint8Array): Promise<Float32Array> {
    const estimate = await this.#estimate(bank, used);
    this.#follow(bank, estimate, used);
    return estimate;
  }

  /** The same; what it makes of the counts that it did not see then tells how far it is followed from now on. */
  async judge(bank: BlindBank, used: Uint8Array): Promise<Float32Array> {
    const estimate = await this.#estimate(bank, used);
    const followed = estimate.slice();
    this.#follow(bank, followed, used);
    this.#trust.learn(plainOf(bank), estimate, bank.counts, used, bank.mean);
    return followed;
  }

  /** The same with NaN at masked pixels. */
  async pattern(bank: Bank, used: Uint8Array): Promise<Float32Array<ArrayBuffer>> {
    const estimate = await this.refine(bank, used);
    return Float32Array.from(estimate, (v, p) => (used[p] !== 0 ? v : Number.NaN));
  }
}

import type { UsedMethod } from "../core/denoise.js";
import type { Denoiser } from "../denoise/denoiser.js";
import { MethodChoice } from "../denoise/method-choice.js";
import type { Samples } from "../networks/bank-trainer.js";
import type { SampleBlocks } from "./adapt-lane.js";
import { samplesOf } from "./blind-samples.js";
import { plainOf, type SeriesModel } from "./series-model.js";
import { thinned } from "./thinned-bank.js";

/** Positions of a row that a model is trained on, and pixels of each. */
const TRAINED_PER_ROW = 4;
const SAMPLE_PIXELS = 2048;

/** How the patterns of one series are made, judged by its rows: by which method, and how far the model is followed. Takes samples to train on. */
export class Judging {
  #method: UsedMethod;
  readonly #wanted: "neighbour" | "model" | "auto";
  readonly #adapt: boolean;
  readonly #denoiser: Denoiser;
  readonly #model: SeriesModel;
  #choice = new MethodChoice();
  /** The newest row is still to be judged by. */
  #due = false;
  #found: SampleBlocks | null = null;
  /** Of what mixing weights are learnt from, when methods were judged last. */
  #doublings = 0;
  /** Positions by which methods were judged, and of which samples were taken. */
  #judged = 0;
  #samples = 0;

  constructor(about: { readonly method: "neighbour" | "model" | "auto"; readonly adapt: boolean }, denoiser: Denoiser, model: SeriesModel) {
    this.#wanted = about.method;
    this.#adapt = about.adapt;
    this.#method = about.method === "model" ? "model" : "neighbour";
    this.#denoiser = denoiser;
    this.#model = model;
  }

  get method(): UsedMethod {
    return this.#method;
  }

  /** A row came. */
  rowCame(): void {
    this.#due = true;
  }

  /** Bad pixels spoilt what methods were judged by. */
  forget(): void {
    this.#choice = new MethodChoice();
    this.#model.distrust();
  }

  /** A model is in use that was compared with the one before; how it does on the rows to come is judged anew. */
  adopted(): void {
    this.#method = "model";
    this.#choice = new MethodChoice();
  }

  /** Judges by the row that became final last, unless that has been done. */
  async judge(): Promise<void> {
    if (!this.#due) return;
    this.#due = false;
    if (this.#wanted === "neighbour" && !this.#adapt) return;
    const { used } = this.#denoiser;
    const stride = Math.max(1, Math.ceil(used.length / SAMPLE_PIXELS));
    const [training, heldOut]: [Samples[], Samples[]] = [[], []];
    for (const bank of this.#denoiser.judged()) {
      for (; this.#doublings < this.#denoiser.doublings; this.#doublings++) {
        this.#choice.fade();
        this.#model.fade();
      }
      if (this.#wanted !== "neighbour") {
        const few = thinned(bank, used, this.#judged++);
        const estimate = await this.#model.judge(few.bank, few.used);
        if (this.#wanted === "auto") this.#choice.judge(plainOf(few.bank), estimate, few.bank.counts, few.used, bank.mean);
      }
      if (this.#adapt) heldOut.push(samplesOf(bank, used, stride, this.#samples++));
    }
    if (this.#wanted === "auto" && this.#choice.decided) this.#method = this.#choice.second ? "model" : "neighbour";
    if (!this.#adapt) return;
    for (const bank of this.#denoiser.trained(TRAINED_PER_ROW)) training.push(samplesOf(bank, used, stride, this.#samples++));
    this.#found = { training, heldOut };
  }

  /** Samples of the row before, once. */
  async samples(): Promise<SampleBlocks | null> {
    await this.judge();
    const found = this.#found;
    this.#found = null;
    return found;
  }
}

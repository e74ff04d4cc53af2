import { type FrameShape, type PixelArray, sameFrame } from "../core/frame.js";
import type { Image } from "../core/sink.js";
import { type Bank, Denoiser, type DenoiseSetup, type RowEstimate } from "../denoise/denoiser.js";
import { BANK } from "../denoise/method.js";
import { MethodChoice } from "../denoise/method-choice.js";
import type { PixelLane } from "../kernels/pixel-lane.js";
import type { BankModel } from "../networks/bank-model.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import { REF, type SlabReader } from "./slab.js";

/** Frames of scan positions, as they lie in the slab. All of them are held by whoever asks. */
export interface HeldFrames {
  /** Scan row and column of each; several frames of one position add up. */
  readonly row: Int32Array;
  readonly column: Int32Array;
  /** REF.width numbers per frame. */
  readonly ref: Int32Array;
  /** Of each frame, or of all where they are one. */
  readonly shape: readonly FrameShape[];
}

/** A complete row of a scan. */
export interface RowAsk {
  readonly series: number;
  readonly row: number;
  readonly mask: MaskVersion;
  readonly frames: HeldFrames;
}

/** What makes patterns: the training-free method, or the model upon it. */
export type UsedMethod = "neighbour" | "model";

export interface RowAnswer {
  /** What makes patterns from now on. */
  readonly method: UsedMethod;
  readonly estimates: readonly RowEstimate[];
  /** Frames whose pixels are no counts. */
  readonly refused: number;
  /** ms of the lane's time. */
  readonly ms: number;
}

/** Questions about denoising. */
export interface DenoiseCalls {
  /** `auto`: the model while it foretells counts better. */
  denoiseOpen: { ask: LaneSeries & { readonly columns: number; readonly method: UsedMethod | "auto" }; answer: null };
  denoiseRow: { ask: RowAsk; answer: RowAnswer };
  /** After the last row. */
  denoiseEnd: { ask: { series: number }; answer: RowAnswer };
  /** The pattern of a position from the frames of its window; null: nothing is known yet. */
  denoised: { ask: { series: number; rows: number; row: number; column: number; frames: HeldFrames }; answer: Image | null };
  /** The effective number of frames of a position, with what is known now; NaN: it has no frame. */
  weighed: { ask: DenoiseCalls["denoised"]["ask"]; answer: number };
  denoiseClose: { ask: { series: number }; answer: null };
}

interface Open {
  readonly about: DenoiseCalls["denoiseOpen"]["ask"];
  version: number;
  readonly denoiser: Denoiser;
  readonly choice: MethodChoice;
  method: UsedMethod;
}

/** Whether frames of this type can be denoised: counts of electrons. */
export const isCounts = (type: FrameShape["type"]): boolean => type !== "float32";

/** What computes. */
export interface DenoiseTools {
  readonly newPixelLane: () => PixelLane;
  readonly newEstimator: DenoiseSetup["newEstimator"];
  readonly newProducts: () => DenoiseSetup["products"];
  readonly openModel: () => Promise<BankModel>;
}

/** Denoises series in the thread that it is called in. */
export function createDenoiseLane(slab: SlabReader, tools: DenoiseTools) {
  const open = new Map<number, Open>();
  let reader: PixelLane | null = null;
  let read: FrameShape | null = null;
  let opening: Promise<BankModel> | null = null;
  const model = (): Promise<BankModel> => {
    opening ??= tools.openModel();
    return opening;
  };

  const seriesOf = (n: number): Open => {
    const s = open.get(n);
    if (!s) throw new Error(`series ${n} is not being denoised`);
    return s;
  };

  /** Pixels of a frame, until the next one is read; null: it cannot be decoded. */
  function readFrame({ ref, shape: shapes }: HeldFrames, i: number): PixelArray | null {
    const r = i * REF.width;
    const shape = shapes[shapes.length > 1 ? i : 0] as FrameShape;
    reader ??= tools.newPixelLane();
    if (!read || !sameFrame(read, shape)) {
      const { height, width, type } = shape;
      reader.configure({ height, width, type, mask: null, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
      read = shape;
    }
    const payload = slab.bytes(ref[r + REF.slot] as number, ref[r + REF.offset] as number, ref[r + REF.length] as number);
    return reader.decode(payload, shape) === 0 ? reader.pixels() : null;
  }

  /** Frames of each position, by scan index. */
  function byPosition(columns: number, frames: HeldFrames): (row: number, column: number) => Iterable<PixelArray> {
    const found = new Map<number, number[]>();
    for (let i = 0; i < frames.column.length; i++) {
      const key = (frames.row[i] as number) * columns + (frames.column[i] as number);
      const known = found.get(key);
      if (known) known.push(i);
      else found.set(key, [i]);
    }
    return function* (row, column) {
      for (const i of found.get(row * columns + column) ?? []) {
        const pixels = readFrame(frames, i);
        if (pixels) yield pixels;
      }
    };
  }

  /** What the model makes of a bank: expected counts, as many as the training-free method has. */
  async function refine(bank: Bank, used: Uint8Array): Promise<Float32Array> {
    const estimate = new Float32Array(used.length);
    await (await model()).estimate(bank.planes, bank.mean, bank.frames, estimate);
    const plain = plainOf(bank);
    let [sum, total] = [0, 0];
    for (let p = 0; p < used.length; p++) {
      if (used[p] === 0) continue;
      sum += estimate[p] as number;
      total += plain[p] as number;
    }
    if (sum > 0) for (let p = 0; p < used.length; p++) (estimate[p] as number) *= total / sum;
    return estimate;
  }

  /** Judges both methods by the newest row. */
  async function judge({ denoiser, choice }: Open): Promise<void> {
    for (const bank of denoiser.judged()) {
      const estimate = await refine(bank, denoiser.used);
      choice.judge(plainOf(bank), estimate, bank.counts, denoiser.used, bank.mean);
    }
  }

  async function patternOf({ denoiser, about, method }: Open, { rows, row, column, frames }: DenoiseCalls["denoised"]["ask"]) {
    const at = byPosition(about.columns, frames);
    if (method === "neighbour") return denoiser.pattern(at, rows, row, column, about.high);
    const bank = denoiser.bankAt(at, rows, row, column, about.high);
    if (!bank) return null;
    const pixels = await refine(bank, denoiser.used);
    return pixels.map((v, p) => (denoiser.used[p] !== 0 ? v : Number.NaN));
  }

  const answers = {
    async denoiseOpen(about: DenoiseCalls["denoiseOpen"]["ask"]): Promise<null> {
      const { height, width, columns } = about;
      const denoiser = new Denoiser({ height, width, columns, newEstimator: tools.newEstimator, products: tools.newProducts() });
      // It takes longer than a row should wait.
      if (about.method !== "neighbour") await model();
      const method = about.method === "model" ? "model" : "neighbour";
      open.set(about.series, { about, version: -1, denoiser, choice: new MethodChoice(), method });
      return null;
    },
    denoiseClose({ series }: { series: number }): null {
      open.delete(series);
      return null;
    },
    async denoiseRow({ series, row, mask, frames }: RowAsk): Promise<RowAnswer> {
      const began = performance.now();
      const s = seriesOf(series);
      const { height, width, columns, high } = s.about;
      if (mask.mask !== undefined && mask.version !== s.version) {
        s.version = mask.version;
        s.denoiser.setUsed(Uint8Array.from({ length: height * width }, (_, p) => (mask.mask?.[p] ? 0 : 1)));
      }
      const at = byPosition(columns, frames);
      const { estimates, refused } = s.denoiser.takeRow(row, (column) => at(row, column), high);
      if (s.about.method === "auto") {
        await judge(s);
        s.method = s.choice.second ? "model" : "neighbour";
      }
      return { method: s.method, estimates, refused, ms: performance.now() - began };
    },
    denoiseEnd({ series }: { series: number }): RowAnswer {
      const began = performance.now();
      const { denoiser, method } = seriesOf(series);
      const estimates = denoiser.finish();
      return { method, estimates, refused: 0, ms: performance.now() - began };
    },
    weighed({ series, rows, row, column, frames }: DenoiseCalls["weighed"]["ask"]): number {
      const { about, denoiser } = seriesOf(series);
      return denoiser.weighAt(byPosition(about.columns, frames), rows, row, column, about.high);
    },
    async denoised(ask: DenoiseCalls["denoised"]["ask"]): Promise<Image | null> {
      const s = seriesOf(ask.series);
      const pixels = await patternOf(s, ask);
      return pixels && { height: s.about.height, width: s.about.width, pixels };
    },
  };
  return {
    answers,
    async close(): Promise<void> {
      await (await opening)?.close();
    },
  };
}

/** The training-free estimate in a bank. */
const plainOf = ({ planes }: Bank): Float32Array => planes.subarray((planes.length / BANK) * (BANK - 1));

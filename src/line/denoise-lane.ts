import type { FrameShape } from "../core/frame.js";
import { POLAR } from "../core/polar.js";
import type { DenoisedPattern } from "../core/sink.js";
import type { DenoiseVariant } from "../core/wire.js";
import { Denoiser, type DenoiseSetup } from "../denoise/denoiser.js";
import type { CountList } from "../denoise/estimator.js";
import { BANK } from "../denoise/method.js";
import { MethodChoice } from "../denoise/method-choice.js";
import type { Bank, RowEstimate } from "../denoise/row-estimate.js";
import type { PayloadLister } from "../kernels/list-payload.js";
import type { BankModel } from "../networks/bank-model.js";
import { projectionWeights } from "../stages/projections.js";
import type { HeldFrames } from "./held-frames.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import { orientation } from "./mount.js";
import { REF, type SlabReader } from "./slab.js";

/** A complete row of a scan. */
export interface RowAsk {
  readonly series: number;
  readonly row: number;
  readonly mask: MaskVersion;
  /** Bright-field radius, px. */
  readonly radius: number;
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
  /** ms of the lane's time, what it learnt from earlier rows included. */
  readonly ms: number;
}

/** A position that people look at. */
export interface PositionAsk {
  readonly series: number;
  readonly rows: number;
  readonly row: number;
  readonly column: number;
  /** Of its widest window. */
  readonly frames: HeldFrames;
}

/** `cheap`: without the model, too. */
export interface PatternAsk extends PositionAsk {
  readonly kind: "denoised" | "polar_denoised";
  readonly variant: DenoiseVariant;
}

/** Questions about denoising. */
export interface DenoiseCalls {
  /** `auto`: the model while it foretells counts better. */
  denoiseOpen: { ask: LaneSeries & { readonly columns: number; readonly method: UsedMethod | "auto" }; answer: null };
  denoiseRow: { ask: RowAsk; answer: RowAnswer };
  /** After the last row. The rows may then be taken once more. */
  denoiseEnd: { ask: { series: number }; answer: RowAnswer };
  /** The pattern of a position from the frames of its window; null: nothing is known yet. */
  denoised: { ask: PatternAsk; answer: DenoisedPattern | null };
  /** What neighbours tell of a position, with what is known now. */
  weighed: { ask: PositionAsk; answer: Pick<RowEstimate, "neighbours" | "features"> };
  denoiseClose: { ask: { series: number }; answer: null };
}

interface Open {
  readonly about: DenoiseCalls["denoiseOpen"]["ask"];
  mask: Uint8Array | null;
  version: number;
  readonly denoiser: Denoiser;
  /** Per column of a row, row and col; px. */
  readonly centre: Float64Array;
  /** ms of learning that no row has been told of. */
  learning: number;
  readonly choice: MethodChoice;
  method: UsedMethod;
}

/** The training-free estimate in a bank. */
const plainOf = ({ planes }: Bank): Float32Array => planes.subarray((planes.length / BANK) * (BANK - 1));

/** Whether frames of this type can be denoised: counts of electrons. */
export const isCounts = (type: FrameShape["type"]): boolean => type !== "float32";

/** What computes. */
export interface DenoiseTools {
  readonly newLister: () => PayloadLister;
  readonly newEstimator: DenoiseSetup["newEstimator"];
  readonly newProducts: () => DenoiseSetup["products"];
  readonly openModel: () => Promise<BankModel>;
}

/** The first of the frames at or behind a position: they lie in scan order. */
function firstAt({ count, row, column }: HeldFrames, r: number, c: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    const before = (row[middle] as number) < r || (row[middle] === r && (column[middle] as number) < c);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Denoises series in the thread that it is called in. */
export function createDenoiseLane(slab: SlabReader, tools: DenoiseTools) {
  const open = new Map<number, Open>();
  let lister: PayloadLister | null = null;
  /** What the lister is set up for. */
  let listed: { readonly series: Open; readonly version: number } | null = null;
  let refused = 0;
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

  /** The counts of a frame, until the next one is read; null: they are no counts. */
  function readFrame(s: Open, { ref, shape }: HeldFrames, i: number): CountList | null {
    lister ??= tools.newLister();
    if (listed?.series !== s || listed.version !== s.version) {
      lister.configure({ ...s.about, mask: s.mask });
      listed = { series: s, version: s.version };
    }
    const r = i * REF.width;
    const payload = slab.bytes(ref[r + REF.slot] as number, ref[r + REF.offset] as number, ref[r + REF.length] as number);
    const list = lister.list(payload, shape[shape.length > 1 ? i : 0] as FrameShape);
    return list && { list };
  }

  function* framesAt(s: Open, frames: HeldFrames, row: number, column: number): Generator<CountList> {
    for (let i = firstAt(frames, row, column); i < frames.count && frames.row[i] === row && frames.column[i] === column; i++) {
      const frame = readFrame(s, frames, i);
      if (frame) yield frame;
      else refused++;
    }
  }

  function beamOf(s: Open, { count, column, centre }: HeldFrames, radius: number) {
    s.centre.fill(Number.NaN);
    for (let i = 0; i < count; i++) s.centre.set(centre.subarray(2 * i, 2 * i + 2), 2 * (column[i] as number));
    return { centre: s.centre, radius };
  }

  function setMask(s: Open, { version, mask }: MaskVersion): void {
    if (mask === undefined || version === s.version) return;
    s.version = version;
    s.mask = mask;
    s.denoiser.setUsed(Uint8Array.from({ length: s.about.height * s.about.width }, (_, p) => (mask?.[p] ? 0 : 1)));
  }

  function told(s: Open, began: number): number {
    const ms = s.learning + performance.now() - began;
    s.learning = 0;
    return ms;
  }

  function weighAt(s: Open, { rows, row, column, frames }: Omit<PositionAsk, "series">): number {
    const centreAt = (r: number, c: number): readonly [number, number] => {
      const i = 2 * firstAt(frames, r, c);
      return [frames.centre[i] as number, frames.centre[i + 1] as number];
    };
    return s.denoiser.weighAt((r, c) => framesAt(s, frames, r, c), rows, row, column, s.about.high, centreAt);
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

  /** Judges both methods by the row that became final last. */
  async function judge(s: Open): Promise<void> {
    const { denoiser, choice, about } = s;
    if (about.method !== "auto") return;
    for (const bank of denoiser.judged()) {
      const estimate = await refine(bank, denoiser.used);
      choice.judge(plainOf(bank), estimate, bank.counts, denoiser.used, bank.mean);
    }
    s.method = choice.second ? "model" : "neighbour";
  }

  async function patternOf(s: Open, { rows, row, column, frames, variant }: PatternAsk): Promise<DenoisedPattern | null> {
    const { denoiser, about } = s;
    const { height, width, high } = about;
    const method = variant === "cheap" ? "neighbour" : s.method;
    const made = { method, variant };
    const at = (r: number, c: number): Iterable<CountList> => framesAt(s, frames, r, c);
    if (method === "neighbour") {
      const pixels = denoiser.pattern(at, rows, row, column, high, variant);
      return pixels && { height, width, pixels, made };
    }
    const bank = denoiser.bankAt(at, rows, row, column, high);
    if (!bank) return null;
    const refined = await refine(bank, denoiser.used);
    return { height, width, pixels: refined.map((v, p) => (denoiser.used[p] !== 0 ? v : Number.NaN)), made };
  }

  const calls = {
    async denoiseOpen(about: DenoiseCalls["denoiseOpen"]["ask"]): Promise<null> {
      const { height, width, columns, ellipse, mount } = about;
      const features = { ellipse, weights: projectionWeights(orientation(mount)) };
      const denoiser = new Denoiser({ height, width, columns, features, newEstimator: tools.newEstimator, products: tools.newProducts() });
      // It takes longer than a row should wait.
      if (about.method !== "neighbour") await model();
      const [method, choice] = [about.method === "model" ? "model" : "neighbour", new MethodChoice()] as const;
      open.set(about.series, {
        about,
        mask: null,
        version: -1,
        denoiser,
        centre: new Float64Array(2 * columns),
        learning: 0,
        choice,
        method,
      });
      return null;
    },
    denoiseClose({ series }: { series: number }): null {
      open.delete(series);
      return null;
    },
    async denoiseRow({ series, row, mask, radius, frames }: RowAsk): Promise<RowAnswer> {
      const began = performance.now();
      const s = seriesOf(series);
      await judge(s);
      setMask(s, mask);
      refused = 0;
      const at = (column: number): Iterable<CountList> => framesAt(s, frames, row, column);
      const taken = s.denoiser.takeRow(row, at, s.about.high, beamOf(s, frames, radius));
      return { method: s.method, estimates: taken.estimates, refused: taken.refused + refused, ms: told(s, began) };
    },
    async denoiseEnd({ series }: { series: number }): Promise<RowAnswer> {
      const began = performance.now();
      const s = seriesOf(series);
      await judge(s);
      return { method: s.method, estimates: s.denoiser.finish(), refused: 0, ms: told(s, began) };
    },
    weighed({ series, ...position }: PositionAsk) {
      const s = seriesOf(series);
      const n = weighAt(s, position);
      return { neighbours: Float32Array.of(n), features: s.denoiser.featuresOf() };
    },
    async denoised(ask: PatternAsk): Promise<DenoisedPattern | null> {
      const s = seriesOf(ask.series);
      if (ask.kind === "denoised") return patternOf(s, ask);
      const [height, width] = [POLAR.rings, POLAR.sectors];
      return weighAt(s, ask) > 0 ? { height, width, pixels: s.denoiser.polarOf() } : null;
    },
  };

  return {
    calls,
    async close(): Promise<void> {
      await (await opening)?.close();
    },
    /** Does what need not be done before an answer. */
    rest(): void {
      for (const s of open.values()) {
        const began = performance.now();
        s.denoiser.learn();
        s.learning += performance.now() - began;
      }
    },
  };
}

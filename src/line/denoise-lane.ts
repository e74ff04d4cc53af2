import type { DenoiseVariant, PatternMade, UsedMethod } from "../core/denoise.js";
import type { FrameShape } from "../core/frame.js";
import { POLAR } from "../core/polar.js";
import type { DenoisedPattern } from "../core/sink.js";
import { Denoiser, type DenoiseSetup } from "../denoise/denoiser.js";
import type { CountList } from "../denoise/estimator.js";
import type { PayloadLister } from "../kernels/list-payload.js";
import type { ProvidedModel } from "../networks/provided-model.js";
import { projectionWeights } from "../stages/projections.js";
import type { DenoiseCalls, PatternAsk, PatternBatch, PatternsAsk, PositionAsk, RowAnswer, RowAsk } from "./denoise-calls.js";
import type { HeldFrames } from "./held-frames.js";
import { Judging } from "./judging.js";
import type { MaskVersion } from "./messages.js";
import { orientation } from "./mount.js";
import { SeriesModel } from "./series-model.js";
import { REF, type SlabReader } from "./slab.js";

interface Open {
  readonly about: DenoiseCalls["denoiseOpen"]["ask"];
  mask: Uint8Array | null;
  version: number;
  readonly denoiser: Denoiser;
  /** Per column of a row, row and col; px. */
  readonly centre: Float64Array;
  /** ms of learning that no row has been told of. */
  learning: number;
  readonly model: SeriesModel;
  readonly judging: Judging;
}

/** Whether frames of this type can be denoised: counts of electrons. */
export const isCounts = (type: FrameShape["type"]): boolean => type !== "float32";

/** What computes. */
export interface DenoiseTools {
  readonly newLister: () => PayloadLister;
  readonly newEstimator: DenoiseSetup["newEstimator"];
  readonly newProducts: () => DenoiseSetup["products"];
  readonly openModel: () => Promise<ProvidedModel>;
  readonly openAdapted: (model: Uint8Array, name: string) => Promise<ProvidedModel>;
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

const sharedPixels = (pixels: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * pixels));

function sharedCopy(pixels: Float32Array): Float32Array {
  const copy = sharedPixels(pixels.length);
  copy.set(pixels);
  return copy;
}

/** Denoises series in the thread that it is called in. */
export function createDenoiseLane(slab: SlabReader, tools: DenoiseTools) {
  const open = new Map<number, Open>();
  let lister: PayloadLister | null = null;
  /** What the lister is set up for. */
  let listed: { readonly series: Open; readonly version: number } | null = null;
  let refused = 0;
  let opening: Promise<ProvidedModel> | null = null;
  const shared = (): Promise<ProvidedModel> => {
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
    const used = Uint8Array.from({ length: s.about.height * s.about.width }, (_, p) => (mask?.[p] ? 0 : 1));
    if (s.denoiser.setUsed(used)) s.judging.forget();
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

  const madeBy = async (s: Open, method: UsedMethod, variant: DenoiseVariant, final: boolean): Promise<PatternMade> => ({
    method,
    variant,
    final,
    model: method === "model" ? await s.model.used() : null,
  });

  async function patternOf(s: Open, { rows, row, column, frames, variant, final }: PatternAsk): Promise<DenoisedPattern | null> {
    const { denoiser, about } = s;
    const { height, width, high } = about;
    const method = variant === "cheap" ? "neighbour" : s.judging.method;
    const made = await madeBy(s, method, variant, final);
    const at = (r: number, c: number): Iterable<CountList> => framesAt(s, frames, r, c);
    if (method === "neighbour") {
      const pixels = denoiser.pattern(at, rows, row, column, high, variant);
      return pixels && { height, width, pixels, made };
    }
    const bank = denoiser.bankAt(at, rows, row, column, high);
    return bank && { height, width, pixels: await s.model.pattern(bank, denoiser.used), made };
  }

  /** `common`: in shared memory. */
  async function seatedPattern(s: Open, row: number, column: number, last: number, method: UsedMethod, common: boolean) {
    const { about, denoiser, model } = s;
    if (method === "neighbour")
      return denoiser.seatedPattern(row, column, last, common ? sharedPixels(about.height * about.width) : undefined);
    const bank = denoiser.seatedBank(row, column, last);
    const pixels = bank && (await model.pattern(bank, denoiser.used));
    return pixels && common ? sharedCopy(pixels) : pixels;
  }

  const calls = {
    async denoiseOpen(about: DenoiseCalls["denoiseOpen"]["ask"]): Promise<null> {
      const { height, width, columns, ellipse, mount } = about;
      const features = { ellipse, weights: projectionWeights(orientation(mount)) };
      const denoiser = new Denoiser({ height, width, columns, features, newEstimator: tools.newEstimator, products: tools.newProducts() });
      // It takes longer than a row should wait.
      const model = new SeriesModel(shared);
      if (about.method !== "neighbour") await model.open();
      await open.get(about.series)?.model.close();
      open.set(about.series, {
        about,
        mask: null,
        version: -1,
        denoiser,
        centre: new Float64Array(2 * columns),
        learning: 0,
        model,
        judging: new Judging(about, denoiser, model),
      });
      return null;
    },
    async denoiseClose({ series }: { series: number }): Promise<null> {
      await open.get(series)?.model.close();
      open.delete(series);
      return null;
    },
    async denoiseAdopt({ series, model, name, epoch }: DenoiseCalls["denoiseAdopt"]["ask"]): Promise<null> {
      const s = seriesOf(series);
      await s.model.adopt(await tools.openAdapted(model, name), epoch);
      s.judging.adopted();
      return null;
    },
    async denoiseRow({ series, row, mask, radius, frames }: RowAsk): Promise<RowAnswer> {
      const began = performance.now();
      const s = seriesOf(series);
      const samples = await s.judging.samples();
      setMask(s, mask);
      refused = 0;
      const at = (column: number): Iterable<CountList> => framesAt(s, frames, row, column);
      const taken = s.denoiser.takeRow(row, at, s.about.high, beamOf(s, frames, radius));
      s.judging.rowCame();
      return {
        method: s.judging.method,
        computed: await s.model.computed(),
        samples,
        estimates: taken.estimates,
        refused: taken.refused + refused,
        bytes: s.denoiser.size,
        ms: told(s, began),
      };
    },
    async denoiseEnd({ series }: { series: number }): Promise<RowAnswer> {
      const began = performance.now();
      const s = seriesOf(series);
      const samples = await s.judging.samples();
      const computed = await s.model.computed();
      const { method } = s.judging;
      return { method, computed, samples, estimates: s.denoiser.finish(), refused: 0, bytes: s.denoiser.size, ms: told(s, began) };
    },
    weighed({ series, ...position }: PositionAsk) {
      const s = seriesOf(series);
      const n = weighAt(s, position);
      return { neighbours: Float32Array.of(n), features: s.denoiser.featuresOf() };
    },
    async denoisePatterns({ series, row, columns, last, rows, plain, final, shared: common }: PatternsAsk): Promise<PatternBatch> {
      const began = performance.now();
      const s = seriesOf(series);
      for (const seats of rows) s.denoiser.seatRow(seats.row, (column) => framesAt(s, seats.frames, seats.row, column), s.about.high);
      const method = plain ? "neighbour" : s.judging.method;
      const patterns: (Float32Array | null)[] = [];
      for (const column of columns) patterns.push(await seatedPattern(s, row, column, last, method, common));
      return { made: await madeBy(s, method, "full", final), patterns, ms: performance.now() - began };
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
    /** The model that all series begin with. */
    shared,
    async close(): Promise<void> {
      await (await opening)?.close();
    },
    /** Does some of what need not be done before an answer: answers whether there is more. */
    async rest(): Promise<boolean> {
      let more = false;
      for (const s of open.values()) {
        const began = performance.now();
        await s.judging.judge();
        more = s.denoiser.work() || more;
        s.learning += performance.now() - began;
      }
      return more;
    },
  };
}

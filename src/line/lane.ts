import type { KernelStock } from "../components/polar-kernels.js";
import { type FrameShape, pixelArray, sameFrame } from "../core/frame.js";
import { POLAR, polarExtent } from "../core/polar.js";
import { findDisk } from "../kernels/find-disk.js";
import { findHot } from "../kernels/find-hot.js";
import { DECODED, type PixelLane, payloadLimit, SIZE_MISMATCH, TOO_LARGE } from "../kernels/pixel-lane.js";
import { mergeSummaries, summaryImage } from "../kernels/summarise.js";
import type { RunGate } from "../networks/run-gate.js";
import { ROW_WIDTH } from "../stages/index.js";
import { type MeasureInput, measures } from "../stages/measures.js";
import { createAdaptLane } from "./adapt-lane.js";
import { createComponentLane } from "./component-lane.js";
import { createDenoiseLane, type DenoiseTools } from "./denoise-lane.js";
import { aDesk, type Desk } from "./desk.js";
import type { LaneCall, LaneCalls } from "./lane-calls.js";
import { BATCH, LaneProjections } from "./lane-projections.js";
import { createListLane } from "./list-lane.js";
import type { LaneAnswer, LaneSeries, LaneTask } from "./messages.js";
import { REF, SlabReader } from "./slab.js";
import { warmUp } from "./warm-up.js";

/** With these a scan begins. */
const OPENING: ReadonlySet<LaneCall> = new Set<LaneCall>(["open", "fit", "denoiseOpen", "listOpen", "componentOpen"]);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** Bytes of frames that are staged at once: few enough to stay in the cache. */
const STAGED = 1 << 16;

/** What computes. */
export interface LaneTools extends DenoiseTools {
  readonly newPixelLane: () => PixelLane;
  /** What components are found with. */
  readonly polarKernels: KernelStock;
}

interface Open {
  readonly about: LaneSeries;
  readonly pixels: PixelLane;
  /** Version of the mask. */
  version: number;
  /** Bright-field radius that the polar bins are laid out for; NaN: none yet. */
  radius: number;
}

/** One pixel lane: decodes and measures. Holds private memory per open series, reads the shared slab, writes only its own. */
export function createLane(slab: SlabReader, tools: LaneTools, gate: RunGate) {
  const { newPixelLane } = tools;
  const denoise = createDenoiseLane(slab, tools);
  const components = createComponentLane(tools.polarKernels);
  const lists = createListLane(slab, tools.newLister, tools.polarKernels);
  const adapt = createAdaptLane(gate);
  const open = new Map<number, Open>();
  const projections = new LaneProjections(gate);
  const desks: Desk[] = [];
  /** Of the last series that was closed: the next one is of the same size, mostly, and takes its memory over. */
  let spare: Open | null = null;
  let viewer: PixelLane | null = null;

  const seriesOf = (n: number): Open => {
    const s = open.get(n);
    if (!s) throw new Error(`series ${n} is not open in this lane`);
    return s;
  };

  let warming: AsyncGenerator<void, void> | null = null;

  /** Gives up warming up: a scan began. */
  async function stopWarming(): Promise<void> {
    await warming?.return();
    warming = null;
  }

  /** Does some of what need not be done before an answer: answers whether there is more. */
  async function rest(): Promise<boolean> {
    if (await denoise.rest()) return true;
    if ((await warming?.next())?.done !== false) warming = null;
    return warming !== null;
  }

  /** What computes on a made-up scan: the model is the one that the scans to come have. */
  const spareTools: LaneTools = { ...tools, openModel: async () => ({ ...(await denoise.shared()), close: async () => undefined }) };

  /** Brings mask and polar bins up to what this task needs. */
  function prepare(s: Open, t: LaneTask): void {
    if (t.mask.mask !== undefined && t.mask.version !== s.version) {
      s.version = t.mask.version;
      s.pixels.configure({ ...s.about, mask: t.mask.mask });
    }
    projections.know(t.detectors);
    if (!t.features) return;
    setRadius(s, t.radius);
    projections.use(s.about, t.radius);
  }

  function setRadius(s: Open, radius: number): void {
    if (radius === s.radius) return;
    s.radius = radius;
    s.pixels.setPolar({ ...polarExtent(s.about, radius, s.about.ellipse), batch: BATCH });
  }

  async function task(t: LaneTask): Promise<LaneAnswer> {
    const began = performance.now();
    const desk = desks[t.desk] as Desk;
    const s = seriesOf(t.series);
    prepare(s, t);
    const sparse = s.pixels.sparseFrames;
    for (let from = 0; from < t.count; from += BATCH) {
      const rows = Math.min(BATCH, t.count - from);
      for (let i = from; i < from + rows; ) i += measureSome(s.pixels, t, desk, from, i, from + rows);
      if (t.features) await projections.estimate(s.pixels, rows, desk.numbers, from);
    }
    return { ms: performance.now() - began, sparse: s.pixels.sparseFrames - sparse };
  }

  /** Measures the frames from `first` on, before `end`, that lie in one piece: answers how many. `batch`: the frame in row 0 of the polar batch. */
  function measureSome(
    pixels: PixelLane,
    t: LaneTask,
    { ref, centre, accumulate, status, numbers }: Desk,
    batch: number,
    first: number,
    end: number,
  ): number {
    const { shape, features, radius, release } = t;
    const n = SlabReader.inOnePiece(ref, first, end, STAGED);
    const slot = ref[first * REF.width + REF.slot] as number;
    const start = ref[first * REF.width + REF.offset] as number;
    const last = (first + n - 1) * REF.width;
    const bytes = (ref[last + REF.offset] as number) + (ref[last + REF.length] as number) - start;
    // What no frame of this shape can need is not copied to find that out.
    const refused = n === 1 && bytes > payloadLimit(shape[shape.length > 1 ? first : 0] as FrameShape);
    const fault = refused ? SIZE_MISMATCH : pixels.stage(slab.bytes(slot, start, bytes), radius) ? DECODED : TOO_LARGE;
    const frame: Mutable<MeasureInput> = {
      pixels,
      from: 0,
      length: 0,
      shape: shape[0] as FrameShape,
      accumulate: false,
      centre,
      at: 0,
      polarRow: -1,
    };
    for (let i = first; i < first + n; i++) {
      frame.from = (ref[i * REF.width + REF.offset] as number) - start;
      frame.length = ref[i * REF.width + REF.length] as number;
      if (shape.length > 1) frame.shape = shape[i] as FrameShape;
      frame.accumulate = accumulate[i] !== 0;
      frame.at = 2 * i;
      frame.polarRow = features ? i - batch : -1;
      status[i] = fault === DECODED ? measures.estimate(frame, numbers, i * ROW_WIDTH) : fault;
      if (!features) numbers.fill(Number.NaN, i * ROW_WIDTH + measures.width, (i + 1) * ROW_WIDTH);
    }
    if (release) slab.release(slot, n);
    return n;
  }

  const answers: { [K in LaneCall]: (ask: LaneCalls[K]["ask"]) => LaneCalls[K]["answer"] | Promise<LaneCalls[K]["answer"]> } = {
    ...denoise.calls,
    ...components.calls,
    ...lists.calls,
    ...adapt.calls,
    async warmUp({ work, model }) {
      warming = warmUp(work, model, (slab) => createLane(slab, spareTools, gate));
      return null;
    },
    async open(about) {
      const same = spare && sameFrame(spare.about, about) ? spare.pixels : null;
      spare = null;
      const pixels = same ?? newPixelLane();
      pixels.configure({ ...about, mask: null });
      pixels.resetSummary();
      open.set(about.series, { about, pixels, version: -1, radius: Number.NaN });
      await projections.open(about);
      return null;
    },
    close({ series }) {
      spare = open.get(series) ?? spare;
      open.delete(series);
      return null;
    },
    task,
    summary({ series, reset }) {
      const s = open.get(series);
      if (!s) return null;
      const summary = s.pixels.summary();
      if (reset) s.pixels.resetSummary();
      return summary.frames === 0 ? null : summary;
    },
    fit({ parts, height, width, mask }) {
      const all = mergeSummaries(parts);
      const image = masked(summaryImage(all, "mean"), mask);
      const disk = findDisk(image, height, width, all.valid);
      const { hot, dead } = findHot(all.sum, all.squares, all.valid, all.frames, height, width);
      const known = (p: number): boolean => mask !== null && mask[p] !== 0;
      return { ...disk, hot: hot.filter((p) => !known(p)), dead: dead.filter((p) => !known(p)) };
    },
    image({ parts, height, width, kind, mask }) {
      return { height, width, pixels: masked(summaryImage(mergeSummaries(parts), kind), mask) };
    },
    polar({ slot, offset, length, shape, beam: { series, row, col, radius } }) {
      const s = seriesOf(series);
      setRadius(s, radius);
      const numbers = new Float64Array(measures.width);
      const answer = s.pixels.process(slab.bytes(slot, offset, length), shape, false, numbers, 0, row, col, radius, 0);
      const { rings, sectors } = POLAR;
      return answer === 0 ? { height: rings, width: sectors, pixels: s.pixels.polarBatch().slice(0, rings * sectors) } : null;
    },
    pattern({ slot, offset, length, shape }) {
      viewer ??= newPixelLane();
      viewer.configure({
        height: shape.height,
        width: shape.width,
        type: shape.type,
        mask: null,
        low: Number.NEGATIVE_INFINITY,
        high: Number.POSITIVE_INFINITY,
      });
      if (viewer.decode(slab.bytes(slot, offset, length), shape) !== 0) return null;
      const copy = pixelArray(shape.type, shape.height * shape.width);
      copy.set(viewer.pixels());
      return { height: shape.height, width: shape.width, pixels: copy };
    },
  };

  return {
    desk(id: number, buffer: SharedArrayBuffer): void {
      desks[id] = aDesk(id, buffer);
    },
    rest,
    /** It is to end: what takes long is given up. */
    stop: adapt.stop,
    adopt: (slot: number, buffer: SharedArrayBuffer): void => slab.adopt(slot, buffer),
    async answer<K extends LaneCall>(call: K, ask: LaneCalls[K]["ask"]): Promise<LaneCalls[K]["answer"]> {
      if (OPENING.has(call)) await stopWarming();
      return answers[call](ask);
    },
    async close(): Promise<void> {
      await stopWarming();
      await projections.close();
      components.close();
      lists.close();
      await denoise.close();
    },
  };
}

/** Masked pixels are excluded, not zero. */
function masked(image: Float32Array, mask: Uint8Array | null): Float32Array {
  if (mask) for (let p = 0; p < image.length; p++) if (mask[p] !== 0) image[p] = Number.NaN;
  return image;
}

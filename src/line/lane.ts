import { type FrameShape, pixelArray } from "../core/frame.js";
import type { Image, SummaryKind } from "../core/sink.js";
import { findDisk } from "../kernels/find-disk.js";
import { findHot } from "../kernels/find-hot.js";
import type { PixelLane } from "../kernels/pixel-lane.js";
import { mergeSummaries, type Summary, summaryImage } from "../kernels/summarise.js";
import { measures } from "../stages/measures.js";
import type { LaneAnswer, LaneSeries, LaneTask } from "./messages.js";
import { REF, type SlabReader } from "./slab.js";

/** Where the beam is and which pixels must not count, from a summary of finished lines. */
export interface BeamFit {
  readonly row: number;
  readonly col: number;
  readonly radius: number;
  readonly found: boolean;
  readonly hot: Int32Array;
  readonly dead: Int32Array;
}

/** Questions to a lane, and their answers. */
export interface LaneCalls {
  open: { ask: LaneSeries; answer: null };
  close: { ask: { series: number }; answer: null };
  task: { ask: LaneTask; answer: LaneAnswer };
  /** This lane's part of the summary; null: it has seen nothing of the series. */
  summary: { ask: { series: number; reset: boolean }; answer: Summary | null };
  fit: { ask: { parts: readonly Summary[]; height: number; width: number; mask: Uint8Array | null }; answer: BeamFit };
  image: { ask: { parts: readonly Summary[]; height: number; width: number; kind: SummaryKind; mask: Uint8Array | null }; answer: Image };
  pattern: { ask: { slot: number; offset: number; length: number; shape: FrameShape }; answer: Image | null };
}
export type LaneCall = keyof LaneCalls;

interface Open {
  readonly about: LaneSeries;
  readonly pixels: PixelLane;
  version: number;
}

/** One pixel lane: decodes and measures. Holds private memory per open series, reads the shared slab, writes only its own. */
export function createLane(slab: SlabReader, newPixelLane: () => PixelLane) {
  const open = new Map<number, Open>();
  let viewer: PixelLane | null = null;

  const seriesOf = (n: number): Open => {
    const s = open.get(n);
    if (!s) throw new Error(`series ${n} is not open in this lane`);
    return s;
  };

  function task(t: LaneTask): LaneAnswer {
    const began = performance.now();
    const s = seriesOf(t.series);
    if (t.mask.mask !== undefined && t.mask.version !== s.version) {
      s.version = t.mask.version;
      s.pixels.configure({ ...s.about, mask: t.mask.mask });
    }
    const status = new Int8Array(t.count);
    const out = new Float64Array(t.count * measures.width);
    for (let i = 0; i < t.count; i++) {
      const r = i * REF.width;
      const slot = t.ref[r + REF.slot] as number;
      const frame = {
        pixels: s.pixels,
        payload: slab.bytes(slot, t.ref[r + REF.offset] as number, t.ref[r + REF.length] as number),
        shape: t.shape[t.shape.length > 1 ? i : 0] as FrameShape,
        accumulate: t.accumulate[i] !== 0,
        row: t.centre[2 * i] as number,
        col: t.centre[2 * i + 1] as number,
        radius: t.radius,
      };
      status[i] = measures.estimate(frame, out, i * measures.width);
      if (t.release) slab.release(slot);
    }
    return { status, measures: out, ms: performance.now() - began };
  }

  const answers: { [K in LaneCall]: (ask: LaneCalls[K]["ask"]) => LaneCalls[K]["answer"] } = {
    open(about) {
      const pixels = newPixelLane();
      pixels.configure({ ...about, mask: null });
      open.set(about.series, { about, pixels, version: -1 });
      return null;
    },
    close({ series }) {
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
    adopt: (slot: number, buffer: SharedArrayBuffer): void => slab.adopt(slot, buffer),
    answer: <K extends LaneCall>(call: K, ask: LaneCalls[K]["ask"]): LaneCalls[K]["answer"] => answers[call](ask),
  };
}

/** Masked pixels are excluded, not zero. */
function masked(image: Float32Array, mask: Uint8Array | null): Float32Array {
  if (mask) for (let p = 0; p < image.length; p++) if (mask[p] !== 0) image[p] = Number.NaN;
  return image;
}

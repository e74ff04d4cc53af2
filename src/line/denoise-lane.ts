import { type FrameShape, type PixelArray, sameFrame } from "../core/frame.js";
import type { Image } from "../core/sink.js";
import { Denoiser, type DenoiseSetup, type RowEstimate } from "../denoise/denoiser.js";
import type { PixelLane } from "../kernels/pixel-lane.js";
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

export interface RowAnswer {
  readonly estimates: readonly RowEstimate[];
  /** Frames whose pixels are no counts. */
  readonly refused: number;
  /** ms of the lane's time. */
  readonly ms: number;
}

/** Questions about denoising. */
export interface DenoiseCalls {
  denoiseOpen: { ask: LaneSeries & { readonly columns: number }; answer: null };
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
}

/** Whether frames of this type can be denoised: counts of electrons. */
export const isCounts = (type: FrameShape["type"]): boolean => type !== "float32";

/** What computes. */
export interface DenoiseTools {
  readonly newPixelLane: () => PixelLane;
  readonly newEstimator: DenoiseSetup["newEstimator"];
  readonly newProducts: () => DenoiseSetup["products"];
}

/** Denoises series in the thread that it is called in. */
export function createDenoiseLane(slab: SlabReader, tools: DenoiseTools) {
  const open = new Map<number, Open>();
  let reader: PixelLane | null = null;
  let read: FrameShape | null = null;

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

  return {
    denoiseOpen(about: DenoiseCalls["denoiseOpen"]["ask"]): null {
      const { height, width, columns } = about;
      const denoiser = new Denoiser({ height, width, columns, newEstimator: tools.newEstimator, products: tools.newProducts() });
      open.set(about.series, { about, version: -1, denoiser });
      return null;
    },
    denoiseClose({ series }: { series: number }): null {
      open.delete(series);
      return null;
    },
    denoiseRow({ series, row, mask, frames }: RowAsk): RowAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      const { height, width, columns, high } = s.about;
      if (mask.mask !== undefined && mask.version !== s.version) {
        s.version = mask.version;
        s.denoiser.setUsed(Uint8Array.from({ length: height * width }, (_, p) => (mask.mask?.[p] ? 0 : 1)));
      }
      const at = byPosition(columns, frames);
      const { estimates, refused } = s.denoiser.takeRow(row, (column) => at(row, column), high);
      return { estimates, refused, ms: performance.now() - began };
    },
    denoiseEnd({ series }: { series: number }): RowAnswer {
      const began = performance.now();
      const estimates = seriesOf(series).denoiser.finish();
      return { estimates, refused: 0, ms: performance.now() - began };
    },
    weighed({ series, rows, row, column, frames }: DenoiseCalls["weighed"]["ask"]): number {
      const { about, denoiser } = seriesOf(series);
      return denoiser.weighAt(byPosition(about.columns, frames), rows, row, column, about.high);
    },
    denoised({ series, rows, row, column, frames }: DenoiseCalls["denoised"]["ask"]): Image | null {
      const { about, denoiser } = seriesOf(series);
      const pixels = denoiser.pattern(byPosition(about.columns, frames), rows, row, column, about.high);
      return pixels && { height: about.height, width: about.width, pixels };
    },
  };
}

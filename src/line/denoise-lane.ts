import { type FrameShape, sameFrame } from "../core/frame.js";
import type { Image } from "../core/sink.js";
import { Denoiser, type RowEstimate } from "../denoise/denoiser.js";
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
  denoised: { ask: { series: number; row: number; column: number; frames: HeldFrames }; answer: Image | null };
  denoiseClose: { ask: { series: number }; answer: null };
}

interface Open {
  readonly about: DenoiseCalls["denoiseOpen"]["ask"];
  version: number;
  used: Uint8Array;
  denoiser: Denoiser;
}

/** Whether frames of this type can be denoised: counts of electrons. */
export const isCounts = (type: FrameShape["type"]): boolean => type !== "float32";

/** Denoises series in the thread that it is called in. */
export function createDenoiseLane(slab: SlabReader, newPixelLane: () => PixelLane) {
  const open = new Map<number, Open>();
  let reader: PixelLane | null = null;
  let read: FrameShape | null = null;

  const seriesOf = (n: number): Open => {
    const s = open.get(n);
    if (!s) throw new Error(`series ${n} is not being denoised`);
    return s;
  };

  function newDenoiser({ about, used }: Pick<Open, "about" | "used">): Denoiser {
    return new Denoiser({ columns: about.columns, height: about.height, width: about.width, used });
  }

  /** The counts of a frame; null: it cannot be decoded, or holds no counts. */
  function listFrame(s: Open, frames: HeldFrames, i: number): Uint32Array | null {
    const { ref } = frames;
    const r = i * REF.width;
    const shape = frames.shape[frames.shape.length > 1 ? i : 0] as FrameShape;
    reader ??= newPixelLane();
    if (!read || !sameFrame(read, shape)) {
      const { height, width, type } = shape;
      reader.configure({ height, width, type, mask: null, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
      read = shape;
    }
    const payload = slab.bytes(ref[r + REF.slot] as number, ref[r + REF.offset] as number, ref[r + REF.length] as number);
    if (reader.decode(payload, shape) !== 0) return null;
    return s.denoiser.list(reader.pixels(), s.about.high);
  }

  /** Frames of a position one after the other: their counts add up. */
  function join(a: Uint32Array | null | undefined, b: Uint32Array | null): Uint32Array | null {
    if (!a || !b) return b ?? a ?? null;
    const both = new Uint32Array(a.length + b.length);
    both.set(a);
    both.set(b, a.length);
    return both;
  }

  return {
    denoiseOpen(about: DenoiseCalls["denoiseOpen"]["ask"]): null {
      const used = new Uint8Array(about.height * about.width).fill(1);
      open.set(about.series, { about, version: -1, used, denoiser: newDenoiser({ about, used }) });
      return null;
    },
    denoiseClose({ series }: { series: number }): null {
      open.delete(series);
      return null;
    },
    denoiseRow({ series, row, mask, frames }: RowAsk): RowAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      if (mask.mask !== undefined && mask.version !== s.version) {
        s.version = mask.version;
        s.used = Uint8Array.from({ length: s.used.length }, (_, p) => (mask.mask?.[p] ? 0 : 1));
        s.denoiser.setUsed(s.used);
      }
      const line = new Array<Uint32Array | null>(s.about.columns).fill(null);
      let refused = 0;
      for (let i = 0; i < frames.column.length; i++) {
        const entries = listFrame(s, frames, i);
        if (!entries) refused++;
        const c = frames.column[i] as number;
        line[c] = join(line[c], entries);
      }
      const estimates = s.denoiser.takeRow(row, line);
      return { estimates, refused, ms: performance.now() - began };
    },
    denoiseEnd({ series }: { series: number }): RowAnswer {
      const began = performance.now();
      const estimates = seriesOf(series).denoiser.finish();
      return { estimates, refused: 0, ms: performance.now() - began };
    },
    denoised({ series, row, column, frames }: DenoiseCalls["denoised"]["ask"]): Image | null {
      const s = seriesOf(series);
      const at = new Map<number, Uint32Array | null>();
      for (let i = 0; i < frames.column.length; i++) {
        const key = (frames.row[i] as number) * s.about.columns + (frames.column[i] as number);
        at.set(key, join(at.get(key), listFrame(s, frames, i)));
      }
      const pixels = s.denoiser.pattern((r, c) => at.get(r * s.about.columns + c) ?? null, row, column);
      return pixels && { height: s.about.height, width: s.about.width, pixels };
    },
  };
}

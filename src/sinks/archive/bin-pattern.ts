import type { ArchiveAbout, ArchiveBin } from "../../core/archive.js";
import { type FrameKind, type PixelArray, type PixelType, pixelArray } from "../../core/frame.js";
import type { ZarrType } from "./zarr-store.js";

/** Of sums of up to 16 pixels. */
const WIDER: Readonly<Record<PixelType, PixelType>> = {
  uint8: "uint16",
  uint16: "uint32",
  uint32: "uint32",
  int16: "int32",
  int32: "int32",
  float32: "float32",
};
const ZARR: Readonly<Record<PixelType, ZarrType>> = {
  uint8: "|u1",
  uint16: "<u2",
  uint32: "<u4",
  int16: "<i2",
  int32: "<i4",
  float32: "<f4",
};

export interface PatternKind extends FrameKind {
  readonly zarr: ZarrType;
}

/** What patterns are in the archive; rows and columns that fill no bin are left out. */
export function binnedKind({ signal, frame }: Pick<ArchiveAbout, "signal" | "frame">, bin: ArchiveBin): PatternKind {
  const type = signal === "denoised" ? "float32" : bin > 1 ? WIDER[frame.type] : frame.type;
  return { height: Math.floor(frame.height / bin), width: Math.floor(frame.width / bin), type, zarr: ZARR[type] };
}

/**
 * Sums of squares of pixels, to `out` from `at` on. Pixels without data, NaN or outside of low to high, are left out; a sum of nothing is NaN in
 * floats and 0 in whole numbers. With bin 1 pixels are copied as they are.
 */
export function binPattern(
  pixels: PixelArray,
  { frame, low, high }: Pick<ArchiveAbout, "frame" | "low" | "high">,
  bin: ArchiveBin,
  out: PixelArray,
  at: number,
): void {
  if (bin === 1) {
    out.set(pixels, at);
    return;
  }
  const [height, width] = [Math.floor(frame.height / bin), Math.floor(frame.width / bin)];
  const nothing = out instanceof Float32Array ? Number.NaN : 0;
  for (let r = 0, to = at; r < height; r++)
    for (let c = 0; c < width; c++, to++) {
      let [sum, used] = [0, 0];
      for (let y = r * bin; y < (r + 1) * bin; y++)
        for (let x = c * bin; x < (c + 1) * bin; x++) {
          const v = pixels[y * frame.width + x] as number;
          if (!(v >= low && v <= high)) continue;
          sum += v;
          used++;
        }
      out[to] = used > 0 ? sum : nothing;
    }
}

/** Room for so many patterns, all zero. */
export const patternRoom = ({ height, width, type }: FrameKind, count: number): PixelArray => pixelArray(type, count * height * width);

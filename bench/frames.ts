import { BYTES_PER_PIXEL, type PixelArray, pixelArray } from "../src/core/frame.js";
import { encodeBslz4 } from "../src/kernels/encode-bslz4.js";
import { randomFrom } from "../src/microscope/random.js";
import type { FrameKind, GrainKind } from "./cases.js";
import { grainFrames } from "./grain-frames.js";

export interface Packed {
  readonly kind: FrameKind;
  /** Frames as bslz4. */
  readonly payloads: readonly Uint8Array[];
}
export interface Replay extends Packed {
  readonly patterns: readonly PixelArray[];
}

/** Distinct frames of a run: memory for at most so many pixels, but never fewer than 64 frames. */
const MOST_PIXELS = 128 * 192 * 192;
const FEWEST_FRAMES = 64;
/** Shares of the counts: undiffracted disk, 80 Bragg disks; the rest is diffuse. The disk stays within 8 bits at 5 counts per pixel. */
const DIRECT = 0.12;
const BRAGG = 0.4;
/** Bragg disks along each axis, to either side of the centre. */
const ORDERS = 4;

/** Expected counts per pixel. */
function intensity({ size, counts }: FrameKind): Float64Array {
  const out = new Float64Array(size * size);
  const centre = (size - 1) / 2;
  const radius = size / 16;
  const spacing = size / 9.6;
  const add = (share: number, of: (row: number, col: number) => number): void => {
    const part = Float64Array.from(out, (_, i) => of(Math.floor(i / size) - centre, (i % size) - centre));
    const total = part.reduce((a, b) => a + b, 0);
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + (share * counts * out.length * (part[i] as number)) / total;
  };
  add(DIRECT, (row, col) => (Math.hypot(row, col) <= radius ? 1 : 0));
  add(BRAGG, (row, col) => {
    const h = Math.round(row / spacing);
    const k = Math.round(col / spacing);
    const inside = Math.max(Math.abs(h), Math.abs(k)) <= ORDERS && (h !== 0 || k !== 0);
    const distance = Math.hypot(row - h * spacing, col - k * spacing);
    return inside && distance <= radius / 2 ? Math.exp(-Math.hypot(h, k) / 2) : 0;
  });
  add(1 - DIRECT - BRAGG, (row, col) => Math.exp(-Math.hypot(row, col) / (size / 5)));
  return out;
}

/** Poisson patterns of a kind, the same in every process. */
export function makeFrames(kind: FrameKind): Replay {
  const mean = intensity(kind);
  const random = randomFrom(1, 1);
  const count = Math.max(FEWEST_FRAMES, Math.floor(MOST_PIXELS / mean.length));
  const patterns = Array.from({ length: count }, () => {
    const pixels = pixelArray(kind.type, mean.length);
    for (let i = 0; i < pixels.length; i++) pixels[i] = random.poisson(mean[i] as number);
    return pixels;
  });
  return { kind, patterns, payloads: patterns.map((p) => encodeBslz4(p, BYTES_PER_PIXEL[kind.type])) };
}

/** The frames of a scan of grains, in its order. */
export function packGrains(kind: GrainKind): Packed {
  const { size, counts, type, grains } = kind;
  const { lists } = grainFrames(size, grains.columns, Math.round(counts * size * size), grains.crystals);
  const pixels = pixelArray(type, size * size);
  const payloads = lists.map((list) => {
    pixels.fill(0);
    for (const entry of list) pixels[entry & 0x1ffffff] = entry >>> 25;
    return encodeBslz4(pixels, BYTES_PER_PIXEL[type]);
  });
  return { kind, payloads };
}

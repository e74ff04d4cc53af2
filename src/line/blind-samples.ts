import { BANK } from "../denoise/method.js";
import type { BlindBank } from "../denoise/row-estimate.js";
import type { Samples } from "../networks/bank-trainer.js";

/** One valid pixel in `stride` of a position, beginning with another one each time. */
export function samplesOf({ planes, counts, mean, frames }: BlindBank, used: Uint8Array, stride: number, shift: number): Samples {
  const pixels: number[] = [];
  for (let p = shift % stride; p < used.length; p += stride) if (used[p] !== 0) pixels.push(p);
  const bank = new Float32Array(BANK * pixels.length);
  pixels.forEach((p, i) => {
    for (let k = 0; k < BANK; k++) bank[i * BANK + k] = planes[k * used.length + p] as number;
  });
  return {
    bank,
    counts: Float32Array.from(pixels, (p) => counts[p] as number),
    mean: new Float32Array(pixels.length).fill(mean),
    frames: new Float32Array(pixels.length).fill(frames),
  };
}

const joined = (blocks: readonly Samples[], of: (samples: Samples) => Float32Array): Float32Array => {
  const out = new Float32Array(blocks.reduce((n, block) => n + of(block).length, 0));
  let at = 0;
  for (const block of blocks) {
    out.set(of(block), at);
    at += of(block).length;
  }
  return out;
};

/** All samples in one. */
export const together = (blocks: readonly Samples[]): Samples => ({
  bank: joined(blocks, (s) => s.bank),
  counts: joined(blocks, (s) => s.counts),
  mean: joined(blocks, (s) => s.mean),
  frames: joined(blocks, (s) => s.frames),
});

/** Their memory, to be moved to another thread. */
export const sampleBuffers = (blocks: readonly Samples[]): ArrayBuffer[] =>
  blocks.flatMap(({ bank, counts, mean, frames }) => [bank, counts, mean, frames].map((a) => a.buffer as ArrayBuffer));

/** Blocks that are kept: of a longer scan every second, fourth ... */
const MOST_BLOCKS = 512;

/** Some of the blocks that came, evenly over all: which ones follows from their number alone. */
export class Blocks {
  readonly kept: Samples[] = [];
  #came = 0;
  #every = 1;

  add(block: Samples): void {
    if (this.#came++ % this.#every !== 0) return;
    this.kept.push(block);
    if (this.kept.length < MOST_BLOCKS) return;
    this.#every *= 2;
    for (let i = 0; i < MOST_BLOCKS / 2; i++) this.kept[i] = this.kept[2 * i] as Samples;
    this.kept.length = MOST_BLOCKS / 2;
  }
}

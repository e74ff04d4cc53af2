import { setImmediate } from "node:timers/promises";
import { Denoiser } from "../../denoise/denoiser.js";
import { BANK, REACH } from "../../denoise/method.js";
import type { BlindBank } from "../../denoise/row-estimate.js";
import { createWasmEstimator } from "../../denoise/wasm-estimator.js";
import { instantiateKernels } from "../../kernels/kernel-module.js";
import { loadKernels } from "../../line/load-kernels.js";
import type { Samples } from "../../networks/bank-trainer.js";
import type { SampleScan } from "./collect-samples.js";
import type { Entries, RecordedScan } from "./read-scan.js";

/** Positions of a scan, spread over it. */
const POSITIONS = 384;
/** Counts of entries are whole, however many. */
const HIGH = 2 ** 32 - 1;

type Line = readonly (Entries | null)[];

/** A frame as pixels, in `room`; none where there is no frame. */
function* pixelsOf(entries: Entries | null | undefined, room: Uint32Array): Generator<Uint32Array> {
  if (!entries) return;
  room.fill(0);
  for (const e of entries) (room[e & 0x1ffffff] as number) += e >>> 25;
  yield room;
}

/** Learns from all rows, then goes through them again for the samples. */
export const sampleScan: SampleScan = async function* (scan, most, signal) {
  const { height, width, used } = scan;
  const { rows, columns } = scan.grid;
  const kernels = await loadKernels();
  const denoiser = new Denoiser({
    height,
    width,
    columns,
    newEstimator: (setup) => createWasmEstimator(kernels, setup),
    products: instantiateKernels(kernels),
  });
  denoiser.setUsed(used);
  const room = new Uint32Array(height * width);
  let row = 0;
  for (const line of scan.lines()) {
    denoiser.takeRow(row++, (column) => pixelsOf(line[column], room), HIGH);
    await setImmediate();
    if (signal.aborted) return;
  }
  denoiser.finish();
  const step = Math.max(1, Math.floor((rows * columns) / POSITIONS));
  const stride = Math.max(1, Math.ceil((POSITIONS * height * width) / most));
  for (const { at, line } of windowsOf(scan)) {
    // Another column in each row.
    for (let column = (at * 7919) % step; column < columns; column += step) {
      const bank = denoiser.blindAt((r, c) => pixelsOf(line(r)?.[c], room), rows, at, column, HIGH);
      if (bank) yield samplesOf(bank, used, stride, at + column);
    }
    await setImmediate();
  }
};

/** Every row with the rows that its windows reach. */
function* windowsOf({ grid, lines }: RecordedScan): Generator<{ at: number; line: (row: number) => Line | undefined }> {
  const ring = REACH.back + REACH.ahead + 1;
  const near: Line[] = [];
  const line = (row: number): Line | undefined => near[row % ring];
  let next = 0;
  for (const read of lines()) {
    near[next++ % ring] = read;
    if (next > REACH.ahead) yield { at: next - 1 - REACH.ahead, line };
  }
  for (let at = Math.max(0, grid.rows - REACH.ahead); at < grid.rows; at++) yield { at, line };
}

/** One valid pixel in `stride`, beginning with another one each time. */
function samplesOf({ planes, counts, mean, frames }: BlindBank, used: Uint8Array, stride: number, shift: number): Samples {
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

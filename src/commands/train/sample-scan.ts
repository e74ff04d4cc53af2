import { setImmediate } from "node:timers/promises";
import { Denoiser } from "../../denoise/denoiser.js";
import { BANK, REACH } from "../../denoise/method.js";
import type { Bank, BlindBank } from "../../denoise/row-estimate.js";
import { createWasmEstimator } from "../../denoise/wasm-estimator.js";
import { instantiateKernels } from "../../kernels/kernel-module.js";
import { samplesOf } from "../../line/blind-samples.js";
import { loadKernels } from "../../line/load-kernels.js";
import type { SampleScan } from "./collect-samples.js";
import type { Entries, RecordedScan } from "./read-scan.js";
import { thinCounts } from "./thin-counts.js";

/** Positions of a scan, spread over it. */
const POSITIONS = 384;
/** Counts of entries are whole, however many. */
const HIGH = 2 ** 32 - 1;

/** What the denoiser sees of a frame, and what it must foretell where that is something else. */
interface Seen {
  readonly kept: Entries;
  readonly rest: Entries | null;
}
type Line = readonly (Seen | null)[];

/** Adds counts to pixels. */
function addTo(pixels: Uint32Array | Float32Array, entries: Entries): void {
  for (const e of entries) (pixels[e & 0x1ffffff] as number) += e >>> 25;
}

/** A frame as pixels, in `room`; none where there is no frame. */
function* pixelsOf(seen: Seen | null | undefined, room: Uint32Array): Generator<Uint32Array> {
  if (!seen) return;
  room.fill(0);
  addTo(room, seen.kept);
  yield room;
}

/** The lines of a scan, the same counts each time. */
function* linesOf({ lines, grid }: RecordedScan, thin: number | null): Generator<Line> {
  let at = 0;
  for (const line of lines()) {
    const first = at++ * grid.columns;
    yield line.map((entries, c) => entries && (thin === null ? { kept: entries, rest: null } : thinCounts(entries, thin, first + c)));
  }
}

/** Learns from all rows, then goes through them again for the samples. */
export const sampleScan: SampleScan = async function* (scan, { most, thin }, signal) {
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
  for (const line of linesOf(scan, thin)) {
    denoiser.takeRow(row++, (column) => pixelsOf(line[column], room), HIGH);
    await setImmediate();
    if (signal.aborted) return;
  }
  denoiser.finish();
  const step = Math.max(1, Math.floor((rows * columns) / POSITIONS));
  const stride = Math.max(1, Math.ceil((POSITIONS * height * width) / most));
  for (const { at, line } of windowsOf(scan, thin)) {
    // Another column in each row.
    for (let column = (at * 7919) % step; column < columns; column += step) {
      const frames = (r: number, c: number): Iterable<Uint32Array> => pixelsOf(line(r)?.[c], room);
      const rest = line(at)?.[column]?.rest;
      const bank = rest
        ? restOf(denoiser.bankAt(frames, rows, at, column, HIGH), rest, thin ?? 1)
        : denoiser.blindAt(frames, rows, at, column, HIGH);
      if (bank) yield samplesOf(bank, used, stride, at + column);
    }
    await setImmediate();
  }
};

/** A bank that has to foretell the counts that it was made without, as many as the share that it was made from would have. */
function restOf(bank: Bank | null, rest: Entries, share: number): BlindBank | null {
  if (!bank) return null;
  const counts = new Float32Array(bank.planes.length / BANK);
  addTo(counts, rest);
  return { ...bank, counts: counts.map((v) => (v * share) / (1 - share)) };
}

/** Every row with the rows that its windows reach. */
function* windowsOf(scan: RecordedScan, thin: number | null): Generator<{ at: number; line: (row: number) => Line | undefined }> {
  const { rows } = scan.grid;
  const ring = REACH.back + REACH.ahead + 1;
  const near: Line[] = [];
  const line = (row: number): Line | undefined => near[row % ring];
  let next = 0;
  for (const read of linesOf(scan, thin)) {
    near[next++ % ring] = read;
    if (next > REACH.ahead) yield { at: next - 1 - REACH.ahead, line };
  }
  for (let at = Math.max(0, rows - REACH.ahead); at < rows; at++) yield { at, line };
}

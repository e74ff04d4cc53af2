import type { PixelArray } from "../core/frame.js";
import { listMasked } from "../kernels/fill-masked.js";
import { instantiateKernels, type KernelModule } from "../kernels/kernel-module.js";
import { binGains, fillScores, WINDOW_FRAME } from "../kernels/window-frame.js";
import { type Bins, layOutBins } from "./bins.js";
import { createEntryArena } from "./entry-arena.js";
import type { Estimator, EstimatorSetup, Members } from "./estimator.js";
import { asCounts, MOST_ENTRIES } from "./plain-estimator.js";
import { createWasmBank } from "./wasm-bank.js";
import { createWasmFeatures } from "./wasm-features.js";
import { layOutEstimator } from "./wasm-layout.js";
import { createWasmSeats } from "./wasm-seats.js";

/** Bytes of the lists of all frames at once. */
const MOST_BYTES = 2 ** 30;
/** Numbers of pixel types in the kernels, by bytes per pixel. */
const TYPE: Readonly<Record<number, number>> = { 1: 0, 2: 1, 4: 2 };

/** An estimator in WebAssembly: the fast one. Throws RangeError where there is no memory. */
export function createWasmEstimator(module: KernelModule, setup: EstimatorSetup): Estimator {
  const { height, width, seats } = setup;
  const pixels = height * width;
  const kernels = instantiateKernels(module);
  const { run } = kernels;
  let used: Uint8Array = new Uint8Array(pixels).fill(1);
  let bins: Bins = layOutBins(height, width, used);
  const at = layOutEstimator(run.base(), setup, bins.count);
  if (!kernels.reserve(at.end)) throw new RangeError(`no memory to denoise frames of ${height} x ${width} px`);
  const features = setup.features ? createWasmFeatures(kernels, setup, setup.features, at.end) : null;
  const arena = createEntryArena(features?.end ?? at.end, (end) => kernels.reserve(end), MOST_BYTES);
  const seated = createWasmSeats(kernels, { seats, frames: at.frames, list: at.list }, arena, features);
  const { from, to, addressOf } = seated;
  // Views last until memory grows.
  const floats = (address: number, length: number): Float32Array => kernels.floats().subarray(address / 4, address / 4 + length);
  const words = (address: number, length: number): Uint32Array => kernels.words().subarray(address / 4, address / 4 + length);
  let gains: Float32Array = new Float32Array(bins.count);
  let weighed = 0;
  let masked = { at: 0, end: 0 };

  function put(seat: number, frame: PixelArray, high: number): boolean {
    const counts = asCounts(frame);
    if (!counts) return false;
    kernels.bytes().set(new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength), at.frame);
    const type = TYPE[counts.BYTES_PER_ELEMENT] as number;
    const n = run.listCounts(type, at.frame, at.used, pixels, Math.min(high, 2 ** 32 - 1), at.list, MOST_ENTRIES * pixels);
    return n >= 0 && seated.put(seat, words(at.list, n));
  }

  function weigh(members: Members, kappa: number): number {
    const list = kernels.words();
    for (let j = 0; j < members.length; j++) list[at.members / 4 + j] = addressOf(members[j] as number);
    weighed = members.length;
    return run.weighWindow(at.members, weighed, kappa, at.weights);
  }

  /** Adds what was binned in the memory of the kernels, and clears it. */
  function addBinned(out: Float32Array): void {
    const binned = floats(at.binned, bins.count);
    for (let b = 0; b < out.length; b++) (out[b] as number) += (gains[b] as number) * (binned[b] as number);
    binned.fill(0);
  }

  function setTables(): void {
    gains = binGains(bins.bin, bins.gain, bins.count);
    kernels.bytes().set(used, at.used);
    new Uint16Array(kernels.bytes().buffer, at.bin, pixels).set(bins.bin);
    run.setScores(at.bin, at.basis, at.noise);
  }

  const bank = createWasmBank(kernels, at, setup, seated, weigh);
  setTables();
  return {
    get size() {
      return kernels.bytes().length;
    },
    setUsed(next) {
      used = Uint8Array.from(next);
      bins = layOutBins(height, width, used);
      setTables();
      if (masked.end > masked.at) arena.give(masked.at, masked.end - masked.at);
      const list = listMasked(used, height, width);
      const address = list.length > 0 ? arena.take(list.byteLength) : 0;
      if (list.length > 0 && address === 0) throw new RangeError("no memory for masked pixels");
      if (list.length > 0) words(address, list.length).set(list);
      masked = { at: address, end: address + list.byteLength };
      bank.setMasked([masked.at, masked.end]);
      return seated.keep(used);
    },
    put,
    putList: (seat, { list }) => seated.put(seat, list),
    setRadius(radius) {
      features?.setRadius(radius);
      seated.aimAgain();
    },
    aim: seated.aim,
    clear: seated.clear,
    has: seated.has,
    counts: (seat) => run.countEntries(from(seat), to(seat)),
    addCounts(seat, out) {
      for (const e of seated.entries(seat)) (out[e & 0x1ffffff] as number) += e >>> 25;
    },
    addBins(some, out) {
      for (const seat of some) run.binEntries(from(seat), to(seat), 1, at.bin, at.binned);
      addBinned(out);
    },
    setModel(next) {
      fillScores(next.table, gains, floats(at.basis, WINDOW_FRAME.scores * bins.count), floats(at.noise, 2 * bins.count));
      bank.setModel(next);
    },
    score: (seat) => run.scoreFrames(addressOf(seat), 1),
    weigh,
    addAverage(out) {
      run.binWindow(at.members, weighed, at.weights, at.bin, at.binned);
      addBinned(out);
    },
    polar: (out, offset) => features?.average(at.members, weighed, at.weights, out, offset),
    features: (out, offset) => features?.blend(at.members, weighed, at.weights, out, offset),
    fill: (variant, windows, blind = false) => bank.fill(variant, windows, blind),
    learn: bank.learn,
    mix: bank.mix,
    bank: bank.bank,
  };
}

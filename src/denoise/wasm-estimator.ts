import type { PixelArray } from "../core/frame.js";
import { listMasked } from "../kernels/fill-masked.js";
import { instantiateKernels, type KernelModule } from "../kernels/kernel-module.js";
import { MIX_STRIDE } from "../kernels/mix-planes.js";
import { binGains, fillScores, WINDOW_FRAME } from "../kernels/window-frame.js";
import { GUIDE_TAPS, MEMBER_TAPS, MOST_OWN, othersOf, ownShares } from "./bank.js";
import { type Bins, layOutBins } from "./bins.js";
import { createEntryArena } from "./entry-arena.js";
import type { DenoiseModel, Estimator, EstimatorSetup, Members } from "./estimator.js";
import {
  AVERAGE,
  BANK,
  CLASSES,
  FEATURE_WINDOW,
  GUIDE,
  KEPT_WINDOW,
  LEAST,
  LEAST_SHARE,
  MEMBERS,
  MIDDLE,
  MOST_MEMBERS,
  PRIOR,
  WINDOWS,
} from "./method.js";
import { LEAST_RATE, MARGIN, MIX_ROWS, type Mixing, SUMMED } from "./mixing.js";
import { asCounts, MOST_ENTRIES } from "./plain-estimator.js";
import { createWasmFeatures } from "./wasm-features.js";
import { createWasmSeats } from "./wasm-seats.js";

/** Bytes of the lists of all frames at once. */
const MOST_BYTES = 2 ** 30;
/** Vectors reach past the ends of arrays. */
const PAD = 64;
/** Numbers of pixel types in the kernels, by bytes per pixel. */
const TYPE: Readonly<Record<number, number>> = { 1: 0, 2: 1, 4: 2 };
/** The averages of the windows, after the own frame: the planes that frames are spread over. */
const SPREAD = 4;

/** Of the members, and then of the guide. */
const BLURS = [...MEMBER_TAPS, GUIDE_TAPS];

/** Where everything lies in the memory of the kernels. */
function layOut(base: number, { height, width, seats }: EstimatorSetup, bins: number) {
  const pixels = height * width;
  const pitch = Math.ceil((4 * pixels) / PAD + 1) * PAD;
  let end = Math.ceil(base / PAD) * PAD;
  const take = (bytes: number): number => {
    const at = end;
    end = Math.ceil((end + bytes) / PAD + 1) * PAD;
    return at;
  };
  const taps = BLURS.map((t) => take(4 * (t?.length ?? 0)));
  const at = {
    used: take(pixels),
    bin: take(2 * pixels),
    basis: take(4 * WINDOW_FRAME.scores * bins),
    noise: take(8 * bins),
    binned: take(4 * bins),
    frames: take(WINDOW_FRAME.bytes * seats),
    members: take(4 * MOST_MEMBERS),
    weights: take(4 * MOST_MEMBERS),
    room: take(4 * (width + 64)),
    table: take(4 * MIX_STRIDE * MIX_ROWS),
    learnt: take(4 * SUMMED * SUMMED * CLASSES),
    planes: take(pitch * BANK),
    guide: take(pitch),
    estimate: take(pitch),
    sums: take(SPREAD * pitch),
    frame: take(4 * pixels),
    list: take(4 * MOST_ENTRIES * pixels),
  };
  return { ...at, pitch, taps, end };
}

/** An estimator in WebAssembly: the fast one. Throws RangeError where there is no memory. */
export function createWasmEstimator(module: KernelModule, setup: EstimatorSetup): Estimator {
  const { height, width, seats } = setup;
  const pixels = height * width;
  const kernels = instantiateKernels(module);
  const { run } = kernels;
  let used: Uint8Array = new Uint8Array(pixels).fill(1);
  let bins: Bins = layOutBins(height, width, used);
  const at = layOut(run.base(), setup, bins.count);
  if (!kernels.reserve(at.end)) throw new RangeError(`no memory to denoise frames of ${height} x ${width} px`);
  const features = setup.features ? createWasmFeatures(kernels, setup, setup.features, at.end) : null;
  const arena = createEntryArena(features?.end ?? at.end, (end) => kernels.reserve(end), MOST_BYTES);
  const seated = createWasmSeats(kernels, { seats, frames: at.frames, list: at.list }, arena, features);
  const { from, to, addressOf } = seated;
  // Views last until memory grows.
  const floats = (address: number, length: number): Float32Array => new Float32Array(kernels.bytes().buffer, address, length);
  const words = (address: number, length: number): Uint32Array => new Uint32Array(kernels.bytes().buffer, address, length);
  const plane = (k: number): number => at.planes + k * at.pitch;
  let gains: Float32Array = new Float32Array(bins.count);
  let model: DenoiseModel | null = null;
  let weighed = 0;
  let masked = { at: 0, end: 0 };
  const own = new Array<number>(WINDOWS.length).fill(1);
  const shares = new Float32Array(SPREAD * MOST_MEMBERS);
  const place = new Int32Array(seats);

  const meanInUse = (): number => {
    if (!model) throw new Error("no model is set");
    return model.mean;
  };

  function put(seat: number, frame: PixelArray, high: number): boolean {
    const counts = asCounts(frame);
    if (!counts) return false;
    kernels.bytes().set(new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength), at.frame);
    const type = TYPE[counts.BYTES_PER_ELEMENT] as number;
    const n = run.listCounts(type, at.frame, at.used, pixels, Math.min(high, 2 ** 32 - 1), at.list, MOST_ENTRIES * pixels);
    return n >= 0 && seated.put(seat, words(at.list, n));
  }

  function weigh(members: Members, kappa: number): number {
    const list = seated.heap();
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

  /** Frames in the order of the largest window: their weights in each, after 1 for the own frame itself. Answers their effective number. */
  function shareOut(windows: readonly Members[], all: Members, blind: boolean): number {
    let effective = 0;
    shares.fill(0);
    for (let j = 0; j < all.length; j++) place[all[j] as number] = j;
    shares[0] = blind ? 0 : 1;
    for (let w = 0; w < windows.length; w++) {
      const members = windows[w] as Members;
      const n = weigh(members, WINDOWS[w]?.kappa ?? 1);
      const weights = floats(at.weights, members.length);
      own[w] = weights[0] as number;
      if (w === FEATURE_WINDOW) effective = blind ? othersOf(n, weights[0] as number) : n;
      const scale = blind ? 1 / (1 - (own[w] as number)) : 1;
      for (let j = blind ? 1 : 0; j < members.length; j++)
        shares[SPREAD * (place[members[j] as number] as number) + w + 1] = scale * (weights[j] as number);
    }
    return effective;
  }

  function blur(from: number, tap: number, to: number): void {
    const taps = BLURS[tap];
    run.blurPlane(from, height, width, at.taps[tap] as number, (taps?.length ?? 1) - 1, at.room, to);
  }

  function guide(): void {
    const share = own[MEMBERS[GUIDE]?.window ?? 0] as number;
    if (share > MOST_OWN) {
      kernels.bytes().copyWithin(at.guide, plane(GUIDE), plane(GUIDE) + 4 * pixels);
      return;
    }
    blur(plane(0), BANK, at.guide);
    run.blindGuide(plane(GUIDE), at.guide, share, pixels, at.guide);
  }

  function mixAll(): void {
    meanInUse();
    const { first, weights } = (model as DenoiseModel).mix;
    const last = weights.length / MIX_STRIDE - 1;
    run.mixPlanes(plane(0), at.pitch, BANK, at.guide, at.table, last, first, plane(LEAST), LEAST_SHARE, pixels, at.estimate);
    const total = run.sumUsed(plane(AVERAGE[KEPT_WINDOW] as number), at.used, pixels);
    run.keepCounts(at.estimate, at.used, pixels, total);
  }

  for (const [i, taps] of BLURS.entries()) if (taps) floats(at.taps[i] as number, taps.length).set(taps);
  setTables();
  return {
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
      model = next;
      fillScores(next.table, gains, floats(at.basis, WINDOW_FRAME.scores * bins.count), floats(at.noise, 2 * bins.count));
      floats(at.table, next.mix.weights.length).set(next.mix.weights);
    },
    score: (seat) => run.scoreFrames(addressOf(seat), 1),
    weigh,
    addAverage(out) {
      run.binWindow(at.members, weighed, at.weights, at.bin, at.binned);
      addBinned(out);
    },
    polar: (out, offset) => features?.average(at.members, weighed, at.weights, out, offset),
    features: (out, offset) => features?.blend(at.members, weighed, at.weights, out, offset),
    fill(windows, blind = false) {
      const all = windows[windows.length - 1] as Members;
      const effective = shareOut(windows, all, blind);
      if (blind && Math.max(...own) > MOST_OWN) return 0;
      for (let j = 0; j < all.length; j++) {
        const s = SPREAD * j;
        const [a, b, c, d] = [shares[s] as number, shares[s + 1] as number, shares[s + 2] as number, shares[s + 3] as number];
        if (a + b + c + d === 0) continue;
        run.spreadEntries(from(all[j] as number), to(all[j] as number), a, b, c, d, at.sums);
      }
      const [b = 0, c = 0, d = 0] = AVERAGE.map(plane);
      run.partSums(at.sums, pixels, plane(0), b, c, d);
      if (masked.end > masked.at) for (const p of [plane(0), b, c, d]) run.fillMasked(p, masked.at, masked.end);
      for (let k = 0; k < BANK; k++) if (MEMBER_TAPS[k]) blur(plane(MEMBERS[k]?.from ?? 0), k, plane(k));
      if (blind) {
        const memory = kernels.bytes();
        memory.copyWithin(plane(0), plane(PRIOR), plane(PRIOR) + 4 * pixels);
        memory.copyWithin(at.guide, plane(GUIDE), plane(GUIDE) + 4 * pixels);
      } else guide();
      return effective;
    },
    learn(mixing: Mixing) {
      const mean = meanInUse();
      if (!(mean > 0)) return;
      const first = Math.log2(mean) - MIDDLE;
      run.learnMixing(plane(0), at.pitch, BANK, at.guide, at.used, height, width, MARGIN, first, LEAST_RATE * mean, CLASSES, at.learnt);
      mixing.addSums(floats(at.learnt, SUMMED * SUMMED * CLASSES), ownShares(own));
    },
    mix() {
      mixAll();
      const out = floats(at.estimate, pixels).slice();
      if (masked.end > masked.at) for (let p = 0; p < pixels; p++) if (used[p] === 0) out[p] = Number.NaN;
      return out;
    },
    bank(out) {
      mixAll();
      for (let k = 1; k < BANK; k++) out.set(floats(plane(k), pixels), (k - 1) * pixels);
      out.set(floats(at.estimate, pixels), (BANK - 1) * pixels);
    },
  };
}

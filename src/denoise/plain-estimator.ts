import type { PixelArray } from "../core/frame.js";
import type { DenoiseVariant } from "../core/wire.js";
import { fillMasked, listMasked } from "../kernels/fill-masked.js";
import { krigeWeights } from "../kernels/krige-weights.js";
import { listCounts } from "../kernels/list-counts.js";
import { mixPlanes } from "../kernels/mix-planes.js";
import { scoreEntries } from "../kernels/score-entries.js";
import { spreadEntries } from "../kernels/spread-entries.js";
import { blindGuide, blurBank, CENTRES, MOST_OWN, othersOf, ownShares, surroundings } from "./bank.js";
import { type Bins, layOutBins } from "./bins.js";
import type { DenoiseModel, Estimator, EstimatorSetup, Members } from "./estimator.js";
import { keepCounts } from "./keep-counts.js";
import {
  AVERAGE,
  BANK,
  COMPONENTS,
  FEATURE_WINDOW,
  GUIDE,
  KEPT_WINDOW,
  LEAST_SHARE,
  MEMBERS,
  MOST_MEMBERS,
  PRIOR,
  VARIANTS,
  WINDOWS,
} from "./method.js";
import type { Mixing } from "./mixing.js";
import { createPlainFeatures, type PolarFrame } from "./plain-features.js";
import { sumMixing } from "./plain-mixing.js";

interface Frame {
  readonly entries: Uint32Array;
  readonly scores: Float32Array;
  polar: PolarFrame | null;
  /** Square of the scores without their noise. */
  power: number;
  /** Noise of the whole frame. */
  noise: number;
}

/** An estimator in plain TypeScript: what the fast one has to answer. */
export function createPlainEstimator({ height, width, seats, features: wanted }: EstimatorSetup): Estimator {
  const pixels = height * width;
  const features = wanted ? createPlainFeatures({ height, width }, wanted) : null;
  const frames = new Array<Frame | null>(seats).fill(null);
  const plane = (): Float32Array => new Float32Array(pixels);
  const planes = Array.from({ length: BANK }, plane);
  const [guide, around, estimate, between] = [plane(), plane(), plane(), plane()];
  const distances = new Float32Array(MOST_MEMBERS * MOST_MEMBERS);
  const [noise, gradient, weights] = [0, 0, 0].map(() => new Float32Array(MOST_MEMBERS)) as [Float32Array, Float32Array, Float32Array];
  let used: Uint8Array = new Uint8Array(pixels).fill(1);
  let masked: Uint32Array = new Uint32Array();
  let bins: Bins = layOutBins(height, width, used);
  let model: DenoiseModel | null = null;
  let members: Members = [];
  /** Weight of the own frame in each of WINDOWS, or what is in place of it. */
  const own = new Array<number>(WINDOWS.length).fill(1);
  /** Of the bank. */
  let filled: DenoiseVariant = "full";

  const frameOf = (seat: number): Frame => {
    const frame = frames[seat];
    if (!frame) throw new Error(`seat ${seat} is empty`);
    return frame;
  };
  const modelInUse = (): DenoiseModel => {
    if (!model) throw new Error("no model is set");
    return model;
  };

  function addBins(entries: Uint32Array, weight: number, out: Float32Array): void {
    for (const e of entries) {
      const p = e & 0x1ffffff;
      (out[bins.bin[p] as number] as number) += weight * (bins.gain[p] as number) * (e >>> 25);
    }
  }

  /** Squared distances between all members, without their noise. */
  function measure(): void {
    for (let i = 0; i < members.length; i++) {
      const a = frameOf(members[i] as number);
      noise[i] = a.noise;
      distances[i * MOST_MEMBERS + i] = 0;
      for (let j = 0; j < i; j++) {
        const b = frameOf(members[j] as number);
        let dot = 0;
        for (let k = 0; k < COMPONENTS; k++) dot += (a.scores[k] as number) * (b.scores[k] as number);
        const d = Math.max(0, a.power + b.power - 2 * dot);
        distances[i * MOST_MEMBERS + j] = d;
        distances[j * MOST_MEMBERS + i] = d;
      }
    }
  }

  function weigh(window: Members, kappa: number): number {
    members = window;
    measure();
    krigeWeights(window.length, distances, MOST_MEMBERS, noise, kappa, weights, gradient);
    let squares = 0;
    for (let j = 0; j < window.length; j++) squares += (weights[j] as number) ** 2;
    return 1 / squares;
  }

  function polarOf(seat: number): PolarFrame {
    const { polar } = frameOf(seat);
    if (!polar) throw new Error(`seat ${seat} has no polar counts`);
    return polar;
  }

  function add(seat: number, found: Uint32Array): void {
    const before = frames[seat]?.entries ?? new Uint32Array();
    const entries = new Uint32Array(before.length + found.length);
    entries.set(before);
    entries.set(found, before.length);
    frames[seat] = { entries, scores: new Float32Array(COMPONENTS), polar: null, power: 0, noise: 0 };
  }

  function listPolar(f: Frame, row: number, col: number): void {
    if (features) f.polar = features.list(f.entries, row, col);
  }

  function listPolarAgain(): void {
    for (const f of frames) if (f?.polar) listPolar(f, f.polar.row, f.polar.col);
  }

  function spread(seat: number, weight: number, to: Float32Array): void {
    const { entries } = frameOf(seat);
    spreadEntries(entries, 0, entries.length, weight, to);
  }

  function mixAll(): void {
    const { own: first, last, rises } = VARIANTS[filled];
    mixPlanes(planes.slice(first, last + 1), guide, rises ? around : guide, modelInUse().mix[filled], last - first, LEAST_SHARE, estimate);
    keepCounts(estimate, planes[AVERAGE[KEPT_WINDOW] as number] as Float32Array, used);
  }

  return {
    get size() {
      return (BANK + 4) * 4 * pixels + frames.reduce((sum, f) => sum + (f ? f.entries.byteLength : 0), 0);
    },
    setUsed(next) {
      used = Uint8Array.from(next);
      masked = listMasked(used, height, width);
      bins = layOutBins(height, width, used);
      let dropped = 0;
      frames.forEach((f, seat) => {
        if (!f) return;
        const entries = f.entries.filter((e) => used[e & 0x1ffffff] !== 0);
        dropped += f.entries.length - entries.length;
        frames[seat] = { ...f, entries };
      });
      listPolarAgain();
      return dropped;
    },
    put(seat, frame: PixelArray, high) {
      const found = listFrame(frame, used, high);
      if (!found) return false;
      add(seat, found);
      return true;
    },
    putList(seat, { list }) {
      add(seat, list);
      return true;
    },
    setRadius(radius) {
      features?.setRadius(radius);
      listPolarAgain();
    },
    aim: (seat, row, col) => listPolar(frameOf(seat), row, col),
    clear(seat) {
      frames[seat] = null;
    },
    has: (seat) => Boolean(frames[seat]),
    counts: (seat) => frameOf(seat).entries.reduce((sum, e) => sum + (e >>> 25), 0),
    addCounts(seat, out) {
      for (const e of frameOf(seat).entries) (out[e & 0x1ffffff] as number) += e >>> 25;
    },
    addBins(seats, out) {
      for (const seat of seats) addBins(frameOf(seat).entries, 1, out);
    },
    setModel(next) {
      model = next;
    },
    score(seat) {
      const f = frameOf(seat);
      const { table } = modelInUse();
      const found = { inScores: 0, inFrame: 0 };
      f.scores.fill(0);
      scoreEntries(f.entries, 0, f.entries.length, table, f.scores, 0, found);
      f.power = f.scores.reduce((sum, z) => sum + z * z, 0) - found.inScores;
      f.noise = found.inFrame;
    },
    weigh,
    addAverage(out) {
      members.forEach((seat, j) => {
        addBins(frameOf(seat).entries, weights[j] as number, out);
      });
    },
    polar: (out, offset) => features?.average(members.map(polarOf), weights, out, offset),
    features: (out, offset) => features?.blend(members.map(polarOf), weights, out, offset),
    fill(variant, windows, blind = false) {
      const { windows: shapes, own: first, last } = VARIANTS[variant];
      filled = variant;
      let effective = 0;
      windows.forEach((window, i) => {
        const n = weigh(window, shapes[i]?.kappa ?? 1);
        const share = weights[0] as number;
        const w = WINDOWS.length - shapes.length + i;
        if (i === Math.min(FEATURE_WINDOW, shapes.length - 1)) effective = blind ? othersOf(n, share) : n;
        const scale = blind ? 1 / (1 - share) : 1;
        const to = planes[AVERAGE[w] as number] as Float32Array;
        to.fill(0);
        for (let j = blind ? 1 : 0; j < window.length; j++) spread(window[j] as number, scale * (weights[j] as number), to);
        fillMasked(to, masked);
        own[w] = share;
      });
      if (blind && Math.max(...own.slice(-shapes.length)) > MOST_OWN) return 0;
      const x = planes[first] as Float32Array;
      x.fill(0);
      if (!blind) spread(windows[0]?.[0] as number, 1, x);
      fillMasked(x, masked);
      blurBank(planes, VARIANTS[variant], height, width, between);
      if (blind) {
        x.set(planes[PRIOR] as Float32Array);
        guide.set(planes[GUIDE] as Float32Array);
        around.set(planes[last] as Float32Array);
      } else {
        blindGuide(planes, first, own[MEMBERS[GUIDE]?.window as number] as number, height, width, between, guide);
        const counted = Math.min(MOST_OWN, (own[MEMBERS[last]?.window as number] as number) * (CENTRES[last] as number));
        surroundings(planes[last] as Float32Array, x, counted, around);
      }
      return effective;
    },
    learn(mixing: Mixing) {
      const { mean } = modelInUse();
      if (mean > 0) mixing.addSums(sumMixing(planes, guide, around, mean, used, height, width), ownShares(own));
    },
    mix(out) {
      mixAll();
      for (let p = 0; p < pixels; p++) out[p] = used[p] !== 0 ? (estimate[p] as number) : Number.NaN;
    },
    bank(out) {
      mixAll();
      for (const [k, from] of [...planes.slice(1), estimate].entries()) out.set(from, k * pixels);
    },
  };
}

/** Entries per pixel that there is room for; more: the pixels are no counts of electrons. */
export const MOST_ENTRIES = 4;

/** Pixels as counts; null: they cannot be. Negative values carry no data. */
export function asCounts(pixels: PixelArray): Uint8Array | Uint16Array | Uint32Array | null {
  if (pixels instanceof Float32Array) return null;
  if (pixels instanceof Int16Array || pixels instanceof Int32Array) return Uint32Array.from(pixels, (v) => Math.max(0, v));
  return pixels;
}

/** The counts of a frame; null: its pixels are no counts. */
function listFrame(pixels: PixelArray, used: Uint8Array, high: number): Uint32Array | null {
  const counts = asCounts(pixels);
  const out = new Uint32Array(MOST_ENTRIES * pixels.length);
  const n = counts ? listCounts(counts, used, high, out) : -1;
  return n >= 0 ? out.slice(0, n) : null;
}

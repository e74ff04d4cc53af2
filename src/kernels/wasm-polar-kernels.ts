import { instantiateKernels, type KernelModule } from "./kernel-module.js";
import { type LiveArea, MOST_MIXED, type PolarKernels, type TemplateParts } from "./polar-kernels.js";
import type { PolarBlur } from "./smooth-polar.js";
import { stabiliser } from "./stabilise-counts.js";
import { TURNS, wave } from "./turn-spectra.js";

/** Live areas and blurs that are kept in the memory of the kernels. */
const MOST_AREAS = 1024;
const MOST_BLURS = 16;
/** Rings of a blur, at most (wasm/smooth-polar.ts). */
const MOST_RINGS = 32;
const GROUP = 16;
/** Events that are copied one by one: a view of them would cost more. */
const FEW = 128;

const room = (bytes: number): number => Math.ceil(bytes / GROUP) * GROUP;

/** Addresses: [planes of f32 | sums of f64 | small arrays | blurs | areas | logarithms and events, which grow]. */
function layOut(base: number, rings: number, sectors: number, table: number) {
  const plane = 4 * (rings * sectors + 4);
  const wide = 8 * (rings * sectors + 4);
  const blur = room(MOST_RINGS + 2 * rings * sectors + 4 * rings);
  let end = room(base);
  const take = (bytes: number): number => {
    const at = end;
    end += room(bytes);
    return at;
  };
  const [a, b, c, d, e] = [take(plane), take(plane), take(plane), take(plane), take(plane)];
  const [x, y, z] = [take(wide), take(wide), take(wide)];
  const spectrum = 16 * rings * (sectors / 2 + 1);
  const spectra = [take(spectrum), take(spectrum)] as const;
  const [mean, around, sums] = [take(4 * (rings + 1)), take(rings), take(24 * rings)];
  const [prior, shares, stable] = [take(8 * MOST_MIXED), take(8 * MOST_MIXED), take(4 * table)];
  const [blurs, areas] = [take(MOST_BLURS * blur), take(2 * MOST_AREAS * plane)];
  return {
    plane,
    blur,
    planes: [a, b, c, d, e],
    wide: [x, y, z],
    spectra,
    mean,
    around,
    sums,
    prior,
    shares,
    stable,
    blurs,
    areas,
    logs: end,
  } as const;
}

/** The kernels in WebAssembly: the fast ones. Throws RangeError where there is no memory, or on rings and sectors that they are not made for. */
export function wasmPolarKernels(module: KernelModule, rings: number, sectors: number): PolarKernels {
  if (rings > MOST_RINGS || rings % 2 !== 0 || sectors !== TURNS) throw new RangeError(`no kernels for ${rings} x ${sectors} bins`);
  const bins = rings * sectors;
  const kernels = instantiateKernels(module);
  const { run } = kernels;
  const stable = Float32Array.from(stabiliser().mean);
  const at = layOut(run.base(), rings, sectors, stable.length);
  const [a, b, c, d, e] = at.planes;
  const [x, y, z] = at.wide;
  const spectrum = 2 * rings * (sectors / 2 + 1);
  let floats = new Float32Array();
  let doubles = new Float64Array();
  let levels = new Uint16Array();
  let words = new Uint32Array();
  let bytes = new Uint8Array();
  grow(at.logs);
  floats.set(stable, at.stable / 4);
  doubles.set(wave(), run.waveAt() / 8);
  const blurs = new Map<PolarBlur, number>();
  let areas = new Map<LiveArea, number>();
  /** Logarithms that are kept; events lie behind them. */
  let logs = 0;
  const eventsAt = (): number => at.logs + logs * at.plane;

  function grow(end: number): void {
    if (bytes.length >= end && bytes.length > 0) return;
    if (!kernels.reserve(end)) throw new RangeError("no memory to find components");
    bytes = kernels.bytes() as Uint8Array<ArrayBuffer>;
    floats = new Float32Array(bytes.buffer);
    doubles = new Float64Array(bytes.buffer);
    levels = new Uint16Array(bytes.buffer);
    words = new Uint32Array(bytes.buffer);
  }

  const answer = (from: number, out: Float32Array): void => out.set(floats.subarray(from / 4, from / 4 + out.length));

  function blurAt(blur: PolarBlur): number {
    const known = blurs.get(blur);
    if (known !== undefined) return known;
    if (blurs.size === MOST_BLURS) blurs.clear();
    const to = at.blurs + blurs.size * at.blur;
    bytes.set(blur.reach, to);
    floats.set(blur.along, (to + MOST_RINGS) / 4);
    floats.set(blur.across, (to + MOST_RINGS) / 4 + blur.along.length);
    blurs.set(blur, to);
    return to;
  }

  /** The area, and the smooth one a plane behind it. */
  function areaAt(area: LiveArea): number {
    const known = areas.get(area);
    if (known !== undefined) return known;
    if (areas.size === MOST_AREAS) areas = new Map();
    const to = at.areas + 2 * areas.size * at.plane;
    floats.set(area.area, to / 4);
    floats.set(area.smooth, (to + at.plane) / 4);
    areas.set(area, to);
    return to;
  }

  /** Blurs values into another plane than a. */
  function smoothWide(values: Float64Array, blur: number, across: number, out: number): void {
    doubles.set(values.length > bins ? values.subarray(0, bins) : values, x / 8);
    run.toFloats(x, bins, a);
    run.smoothPolar(a, blur, rings, sectors, across, out, e);
  }

  /** Leaves rates in plane d. */
  function template({ counts, areas: of, weights, frames, prior, mean, blur }: TemplateParts): void {
    floats.fill(0, b / 4, (b + at.plane) / 4);
    if (counts.length === 1) floats.set(counts[0] as Float32Array, a / 4);
    else {
      floats.fill(0, a / 4, (a + at.plane) / 4);
      for (const values of counts) {
        floats.set(values, c / 4);
        run.addFloats(c, 1, bins + 4, a);
      }
    }
    for (const [i, area] of of.entries()) run.addFloats(areaAt(area) + at.plane, weights[i], bins + 4, b);
    for (let r = 0; r <= rings; r++) floats[at.mean / 4 + r] = Math.max(mean[r], 1e-12);
    run.smoothPolar(a, blurAt(blur), rings, sectors, blur.across.length, c, e);
    floats[c / 4 + bins] = floats[a / 4 + bins];
    run.blendTemplate(c, b, frames, prior, at.mean, rings, sectors, d);
  }

  return {
    smooth(input, blur, out) {
      const [to, across] = [blurAt(blur), blur.across.length];
      if (input instanceof Float32Array) {
        floats.set(input.length > bins ? input.subarray(0, bins) : input, a / 4);
        run.smoothPolar(a, to, rings, sectors, across, b, e);
      } else smoothWide(input, to, across, b);
      out.set(floats.subarray(b / 4, b / 4 + bins));
    },
    contrast({ halves, area, frames, around, blur }, out, sums) {
      doubles.set(halves[0], x / 8);
      doubles.set(halves[1], y / 8);
      doubles.set(area, z / 8);
      bytes.set(around, at.around);
      const [scaleA, scaleB, share] = [1 / Math.sqrt(frames[0]), 1 / Math.sqrt(frames[1]), frames[0] / (frames[0] + frames[1])];
      const across = blur.across.length;
      const [to, where] = [blurAt(blur), at.around];
      const power = run.contrastPolar(x, y, z, rings, sectors, where, at.stable, scaleA, scaleB, share, to, across, e, a, b, at.sums, c);
      answer(c, out);
      sums.set(doubles.subarray(at.sums / 8, at.sums / 8 + 3 * rings));
      return power;
    },
    logTemplate(parts, rate, log) {
      template(parts);
      run.logFloats(d, bins, c);
      answer(d, rate);
      answer(c, log);
      log[bins] = Math.log(rate[bins]);
    },
    mass(rate, area) {
      floats.set(rate, d / 4);
      return run.dotFloats(d, areaAt(area), bins + 4);
    },
    keepLog(number, log) {
      logs = Math.max(logs, number + 1);
      grow(eventsAt());
      floats.set(log, (at.logs + number * at.plane) / 4);
    },
    likelihoods(events, from, to, numbers, n, out) {
      const list = eventsAt();
      const pointers = list + room(2 * (to - from));
      const sums = pointers + room(4 * n);
      grow(sums + 8 * room(n));
      if (to - from < FEW) for (let i = from, k = list / 2; i < to; i++, k++) levels[k] = events[i];
      else levels.set(from === 0 && to === events.length ? events : events.subarray(from, to), list / 2);
      const padded = (n + 3) & ~3;
      for (let k = 0; k < padded; k++) words[pointers / 4 + k] = at.logs + numbers[Math.min(k, n - 1)] * at.plane;
      run.sumLogs(list, to - from, pointers, padded, sums);
      for (let k = 0; k < n; k++) out[k] = doubles[sums / 8 + k];
    },
    unitTemplate(parts, rate) {
      template(parts);
      let mass = 0;
      for (const [i, area] of parts.areas.entries()) mass += parts.weights[i] * run.dotFloats(d, areaAt(area), bins + 4);
      run.scaleFloats(d, parts.frames / mass, bins + 4);
      answer(d, rate);
    },
    spectra(values, out) {
      const own = values.length > bins ? values.subarray(0, bins) : values;
      if (own instanceof Uint16Array) {
        levels.set(own, x / 2);
        run.levelSpectra(x, rings, at.spectra[0]);
      } else {
        doubles.set(own, x / 8);
        run.spectraOf(x, rings, at.spectra[0]);
      }
      const [from, end] = [at.spectra[0] / 8, at.spectra[0] / 8 + spectrum];
      if (!out) return doubles.slice(from, end);
      out.set(doubles.subarray(from, end));
      return out;
    },
    product(p, q, weights, out) {
      const [to, other] = at.spectra;
      doubles.set(p, to / 8);
      if (q !== p) doubles.set(q, other / 8);
      doubles.set(weights, at.sums / 8);
      run.spectraProduct(to, q === p ? to : other, at.sums, rings, x);
      out.set(doubles.subarray(x / 8, x / 8 + sectors));
      return out;
    },
    rateSpectra({ counts, area, blur, prior, frames }, log, rate) {
      const to = blurAt(blur);
      const across = blur.across.length;
      smoothWide(counts, to, across, b);
      smoothWide(area, to, across, c);
      run.rateLevels(b, c, rings, sectors, prior, frames, x, y);
      for (const [values, out] of [
        [x, log],
        [y, rate],
      ] as const) {
        run.spectraOf(values, rings, at.spectra[0]);
        out.set(doubles.subarray(at.spectra[0] / 8, at.spectra[0] / 8 + spectrum));
      }
    },
    turnProducts(p, q, weights, first, n, out) {
      levels.set(p, x / 2);
      if (q !== p) levels.set(q, y / 2);
      doubles.set(weights, at.sums / 8);
      run.turnProducts(x, q === p ? x : y, at.sums, rings, first, n, z);
      for (let k = 0; k < n; k++) out[(first + k) % sectors] = doubles[z / 8 + k];
    },
    mix(events, from, to, direct, rates, prior, shares) {
      const [n, count] = [rates.length, to - from];
      const padded = (count + 3) & ~3;
      const pitch = 4 * (padded + 4);
      const list = eventsAt();
      grow(list + n * pitch);
      // Memory that may grow is looked up for each electron, one that is named here is not.
      const memory = floats;
      for (let k = 0, row = list / 4; k < n; k++, row += padded + 4) {
        const rate = rates[k];
        for (let i = 0; i < count; i++) memory[row + i] = rate[events[from + i]];
        for (let i = count; i < padded; i++) memory[row + i] = 1;
        memory[row + padded] = rate[bins];
      }
      for (let k = 0; k < n; k++) {
        doubles[at.prior / 8 + k] = prior[k];
        doubles[at.shares / 8 + k] = shares[k];
      }
      run.mixEvents(list, pitch, n, padded, padded - count, direct, at.prior, at.shares);
      for (let k = 0; k < n; k++) shares[k] = doubles[at.shares / 8 + k];
    },
  };
}

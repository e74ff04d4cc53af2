import { selectValue } from "../kernels/select-value.js";
import { type PolarBlur, polarBlur } from "../kernels/smooth-polar.js";
import { isSpotted, type Modulation, ModulationMeter, mayBeSpotted } from "./modulation.js";
import { BINS, GRID, type PolarScale, type RegionSum } from "./polar-events.js";
import { LEVELS, type Rotation, type Turnable, toLevels } from "./rotation.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Blur of the rates, in disk radii: half a disk, the least that gathers the electrons of one. */
const BLUR = 0.5;
/** The background of a ring is what this share of its bins lies below, and no less than this part of the scan's mean. */
const BACKGROUND = 0.35;
const FLOOR = 0.15;
/** Square roots of levels, as levels. */
const ROOTS = Uint16Array.from({ length: LEVELS + 1 }, (_, v) => Math.round(Math.sqrt(LEVELS * v)));
/** Standard deviations above the background at which a bin counts half. */
const SURE = 4;
/** Where fewer electrons are scattered than this part of the scan's mean there is next to nothing, and what stands out of it belongs to the neighbours. */
const FAINT = 0.25;

/** What is known to be a crystal, or none, is so until modulation and electrons are beyond by such parts of the thresholds. */
const HELD = [0.1, 0.3] as const;

/** Where the spots of a region are, whatever their intensities. */
export interface Geometry {
  /** The spots as they are, and with each opposite pair as strong as the stronger of the two: a tilt dims spots, it does not move them. */
  readonly plain: Turnable;
  readonly friedel: Turnable;
  readonly modulation: Modulation;
  /** Electrons outside the direct beam, and how many they are relative to the mean of the scan. */
  readonly electrons: number;
  readonly scattered: number;
  readonly frames: number;
}

/** How wide rates are blurred, and the same weights squared, which give their noise. */
interface Blurs {
  readonly mean: PolarBlur;
  readonly square: PolarBlur;
}

function blursOf({ radius, inner, outer }: PolarScale): Blurs {
  const step = (outer - inner) / RINGS;
  const width = BLUR * radius;
  const along = Float64Array.from({ length: RINGS }, (_, r) => ((width / (inner + (r + 0.5) * step)) * SECTORS) / (2 * Math.PI));
  const mean = polarBlur(SECTORS, along, width / step);
  return { mean, square: { ...mean, along: mean.along.map((w) => w * w), across: mean.across.map((w) => w * w) } };
}

/** Makes geometry vectors of region sums. `rotation`: of the same scale. */
export class GeometryMaker {
  readonly #rotation: Rotation;
  readonly #blurs: Blurs;
  readonly #meter: ModulationMeter;
  readonly #counts = new Float64Array(BINS);
  readonly #smooth = [new Float32Array(BINS), new Float32Array(BINS), new Float32Array(BINS)] as const;
  readonly #line = new Float32Array(SECTORS);
  readonly #spots = new Float64Array(BINS);

  constructor(scale: PolarScale, rotation: Rotation) {
    this.#rotation = rotation;
    this.#blurs = blursOf(scale);
    this.#meter = new ModulationMeter(scale, rotation.kernels);
  }

  /** `scan`: [rings + 1] isotropic mean rates of the scan so far; `core`: what is surely of the region. */
  make(sum: RegionSum, scan: ArrayLike<number>, core = sum): Geometry {
    const {
      halves: [a, b],
      area,
      frames,
    } = sum;
    const both = this.#counts;
    for (let i = 0; i < both.length; i++) both[i] = a[i] + b[i];
    const [counts, live, spread] = this.#smooth;
    this.#rotation.kernels.smooth(both, this.#blurs.mean, counts);
    this.#rotation.kernels.smooth(area, this.#blurs.mean, live);
    this.#rotation.kernels.smooth(area, this.#blurs.square, spread);
    const spots = this.#spots.fill(0);
    for (let r = 0; r < RINGS; r++) this.#standOut(r, scan[r], spots);
    const levels = toLevels(spots);
    const [electrons, scattered] = this.#scattered(area, scan);
    const sure = this.#meter.measure(core);
    const modulation = Number.isFinite(sure.noise) ? sure : this.#meter.measure(sum);
    const root = new Uint16Array(BINS);
    for (let i = 0; i < root.length; i++) root[i] = ROOTS[levels[i]];
    return { plain: this.#rotation.of(root), friedel: this.#rotation.of(strongerOfPairs(root)), modulation, electrons, scattered, frames };
  }

  #scattered(area: Float64Array, scan: ArrayLike<number>): readonly [electrons: number, scattered: number] {
    const both = this.#counts;
    let counts = 0;
    let expected = 0;
    for (let r = 0, i = 0; r < RINGS; r++) {
      const rate = scan[r];
      for (let t = 0; t < SECTORS; t++, i++) {
        counts += both[i];
        expected += area[i] * rate;
      }
    }
    return [counts, expected > 0 ? counts / expected : 0];
  }

  /** What stands out of the background of a ring: ln(rate / background) / ln 10 in 0..1, as far as it is above the noise. */
  #standOut(ring: number, scan: number, spots: Float64Array): void {
    const [counts, live, spread] = this.#smooth;
    const line = this.#line;
    const from = ring * SECTORS;
    let n = 0;
    for (let i = from; i < from + SECTORS; i++) if (live[i] > 0) line[n++] = counts[i] / live[i];
    if (n === 0) return;
    const background = Math.max(selectValue(line, n, Math.floor(BACKGROUND * (n - 1))), FLOOR * scan);
    if (!(background > 0)) return;
    for (let i = from; i < from + SECTORS; i++) {
      if (!(counts[i] > background * live[i])) continue;
      const rate = counts[i] / live[i];
      // Counts that the rate is as well known by are its live area squared over that of its noise.
      const known = live[i] * live[i];
      const above = (rate - background) * known;
      const square = (above * above) / (spread[i] * (background * known + spread[i]));
      spots[i] = (Math.log(rate / background) * Math.LOG10E * square) / (square + SURE * SURE);
    }
  }
}

function strongerOfPairs(values: Uint16Array): Uint16Array {
  const out = new Uint16Array(BINS);
  const half = SECTORS / 2;
  for (let base = 0; base < BINS; base += SECTORS)
    for (let i = base; i < base + half; i++) {
      const stronger = values[i] > values[i + half] ? values[i] : values[i + half];
      out[i] = stronger;
      out[i + half] = stronger;
    }
  return out;
}

/** Whether a region may be a crystal, as far as noise tells. */
export const isOpen = ({ modulation, scattered }: Geometry): boolean => mayBeSpotted(modulation) && scattered > FAINT;

/** Whether a region is a crystal: `known` is what it was taken for before, so that noise about the threshold does not flip it. */
export function isCrystalline({ modulation, scattered }: Geometry, known: boolean | null = null): boolean {
  const side = known === null ? 0 : known ? -1 : 1;
  return isSpotted(modulation, 1 + side * HELD[0]) && scattered > FAINT * (1 + side * HELD[1]);
}

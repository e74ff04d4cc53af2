import { GRID, type PolarScale } from "./polar-events.js";
import { onStep, type Turnable } from "./rotation.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Opposite spots are alike: one of them is looked at, at an angle modulo half a turn. */
const HALF = SECTORS / 2;

/** In disk radii: standard deviation of the blur before spots are looked for, their least distance, and how far off a spot is of another crystal. */
const BLUR = 0.6;
const APART = 0.9;
const OFF = 0.45;
/** Beyond so many times OFF two spots have nothing to do with each other. */
const REACH = 2.5;
/** Height of a spot, of the highest. */
const LEAST = 0.4;
const MOST_SPOTS = 20;
/** Weights and nearness are multiples of these, so that their sums do not depend on the order of spots. */
const WEIGHTS = 2 ** 12;
const LEVELS = 2 ** 16;

/** Local maxima, one of each opposite pair, the highest first. */
interface SpotList {
  /** px from the beam. */
  readonly radius: Float64Array;
  /** Sectors, 0..64. */
  readonly angle: Float64Array;
  /** Roots of heights, of the highest. */
  readonly weight: Float64Array;
  /** Sum of the weights. */
  readonly all: number;
}

/**
 * Tells how far two patterns have their spots at the same places, however high they are: crystals of one zone that are tilted differently have, those
 * of another one have not, although their patterns may correlate as well as these. Opposite spots of a pattern are alike.
 */
export class Spots {
  readonly #radius: number;
  readonly #inner: number;
  readonly #ring: number;
  readonly #known = new WeakMap<Turnable, SpotList>();
  readonly #shares = new WeakMap<Turnable, WeakMap<Turnable, number>>();
  /** How near the spots of the second of two patterns have one of the first. */
  readonly #found = new Float64Array(MOST_SPOTS);
  /** Roots of a pattern, blurred along the rings, and across them as well: one half. */
  readonly #roots = new Float64Array(SECTORS);
  readonly #along = new Float64Array(RINGS * HALF);
  readonly #blurred = new Float64Array(RINGS * HALF);

  constructor({ radius, inner, outer }: PolarScale) {
    [this.#radius, this.#inner, this.#ring] = [radius, inner, (outer - inner) / RINGS];
  }

  #radiusOf(ring: number): number {
    return this.#inner + (ring + 0.5) * this.#ring;
  }
  /** px of one sector of a ring. */
  #sector(ring: number): number {
    return (this.#radiusOf(ring) * 2 * Math.PI) / SECTORS;
  }

  /** Share of their spots that they have in common where one is turned to lie as the other best: 1 the same, geometric mean of both. Values are squares. `enough`: it may be more than what is found. */
  common(a: Turnable, b: Turnable, enough = 1): number {
    const row = this.#shares.get(a) ?? new WeakMap<Turnable, number>();
    this.#shares.set(a, row);
    const share = row.get(b) ?? this.#common(this.#of(a), this.#of(b), enough);
    row.set(b, share);
    return share;
  }

  #common(a: SpotList, b: SpotList, enough: number): number {
    const near = OFF * this.#radius;
    let best = 0;
    for (let i = 0; i < a.radius.length; i++)
      for (let j = 0; j < b.radius.length && best < enough; j++)
        if (Math.abs(a.radius[i] - b.radius[j]) < near) best = Math.max(best, this.#shareAt(a, b, a.angle[i] - b.angle[j]));
    return best;
  }

  /** With the second pattern turned by so many sectors. */
  #shareAt(a: SpotList, b: SpotList, turn: number): number {
    const found = this.#found.fill(0);
    const off = OFF * this.#radius;
    const reach = REACH * off;
    let inA = 0;
    for (let i = 0; i < a.radius.length; i++) {
      const [radius, angle] = [a.radius[i], a.angle[i] - turn];
      let nearest = 0;
      for (let j = 0; j < b.radius.length; j++) {
        const across = radius - b.radius[j];
        if (across > reach || across < -reach) continue;
        const sectors = angle - b.angle[j];
        const along = ((sectors - HALF * Math.round(sectors / HALF)) * Math.PI * (radius + b.radius[j])) / SECTORS;
        const square = (across * across + along * along) / (off * off);
        if (square > REACH * REACH) continue;
        const near = Math.round(LEVELS * Math.exp(-square / 2));
        if (near > nearest) nearest = near;
        if (near > found[j]) found[j] = near;
      }
      inA += nearest * a.weight[i];
    }
    let inB = 0;
    for (let j = 0; j < b.radius.length; j++) inB += found[j] * b.weight[j];
    return Math.sqrt((inA / a.all) * (inB / b.all)) / LEVELS;
  }

  #of(pattern: Turnable): SpotList {
    const spots = this.#known.get(pattern) ?? this.#find(this.#blur(pattern.values));
    this.#known.set(pattern, spots);
    return spots;
  }

  #find(values: Float64Array): SpotList {
    let highest = 0;
    for (let i = 0; i < values.length; i++) if (values[i] > highest) highest = values[i];
    const spots: { radius: number; angle: number; weight: number }[] = [];
    for (let ring = 1; ring < RINGS - 1; ring++)
      for (let t = 0; t < HALF; t++) {
        const height = values[ring * HALF + t];
        if (height < LEAST * highest || height === 0 || !this.#isHighest(values, ring, t)) continue;
        const across = shift(values[(ring - 1) * HALF + t], height, values[(ring + 1) * HALF + t]);
        const along = shift(at(values, ring, t - 1), height, at(values, ring, t + 1));
        const weight = Math.round(WEIGHTS * Math.sqrt(height / highest));
        spots.push({ radius: this.#radiusOf(ring + across), angle: t + onStep(along), weight });
      }
    spots.sort((a, b) => b.weight - a.weight || a.radius - b.radius || a.angle - b.angle);
    const kept = spots.slice(0, MOST_SPOTS);
    return {
      radius: Float64Array.from(kept, (s) => s.radius),
      angle: Float64Array.from(kept, (s) => s.angle),
      weight: Float64Array.from(kept, (s) => s.weight),
      all: kept.reduce((sum, s) => sum + s.weight, 0),
    };
  }

  /** Nothing nearer than APART is higher; of equals the last one is taken. */
  #isHighest(values: Float64Array, ring: number, t: number): boolean {
    const height = values[ring * HALF + t];
    const far = APART * this.#radius;
    const [rings, sector] = [Math.max(1, Math.ceil(far / this.#ring)), this.#sector(ring)];
    const sectors = Math.max(1, Math.ceil(far / sector));
    for (let r = Math.max(0, ring - rings); r <= Math.min(RINGS - 1, ring + rings); r++)
      for (let s = -sectors; s <= sectors; s++) {
        const beside = Math.abs(r - ring) + Math.abs(s) === 1;
        // Neither Math.hypot nor numbers from a list, which make garbage.
        const across = (r - ring) * this.#ring;
        const along = s * sector;
        if (!beside && across * across + along * along > far * far) continue;
        const other = at(values, r, t + s);
        if (other > height || (other === height && (r < ring || (r === ring && s < 0)))) return false;
      }
    return true;
  }

  /** Roots of the values, blurred along the rings and then across them, [RINGS, HALF]: until the next ones. */
  #blur(squares: Uint16Array): Float64Array {
    const [roots, along, out] = [this.#roots, this.#along, this.#blurred.fill(0)];
    for (let ring = 0; ring < RINGS; ring++) {
      for (let t = 0; t < SECTORS; t++) roots[t] = Math.sqrt(squares[ring * SECTORS + t]);
      const taps = tapsOf((BLUR * this.#radius) / this.#sector(ring), HALF - 1);
      for (let t = 0; t < HALF; t++) {
        let sum = taps[0] * roots[t];
        for (let k = 1; k < taps.length; k++) sum += taps[k] * (roots[(t - k) & (SECTORS - 1)] + roots[(t + k) & (SECTORS - 1)]);
        along[ring * HALF + t] = sum;
      }
    }
    const taps = tapsOf((BLUR * this.#radius) / this.#ring, RINGS - 1);
    for (let ring = 0; ring < RINGS; ring++)
      for (let k = 1 - taps.length; k < taps.length; k++) {
        const from = ring + k;
        if (from < 0 || from >= RINGS) continue;
        const tap = taps[Math.abs(k)];
        for (let t = 0; t < HALF; t++) out[ring * HALF + t] += tap * along[from * HALF + t];
      }
    return out;
  }
}

const at = (values: Float64Array, ring: number, t: number): number => values[ring * HALF + (t & (HALF - 1))];

/** From the middle one of three values to where a parabola through them is highest. */
function shift(before: number, value: number, after: number): number {
  const bend = before - 2 * value + after;
  return bend < 0 ? (before - after) / (2 * bend) : 0;
}

/** A normal distribution: its middle, and one side; their sum over both sides is 1. */
function tapsOf(sigma: number, most: number): readonly number[] {
  const reach = Math.min(most, Math.max(1, Math.ceil(2 * sigma)));
  const taps = Array.from({ length: reach + 1 }, (_, k) => Math.exp(-(k * k) / (2 * sigma * sigma)));
  const sum = taps.reduce((s, v, k) => s + (k === 0 ? v : 2 * v), 0);
  return taps.map((v) => v / sum);
}

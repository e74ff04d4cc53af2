import { BINS, GRID, type PolarScale } from "./polar-events.js";
import { onStep, type Turnable, wrap } from "./rotation.js";

const { rings: RINGS, sectors: SECTORS } = GRID;

/** In disk radii: standard deviation of the blur before spots are looked for, their least distance, and how far off a spot is of another crystal. */
const BLUR = 0.6;
const APART = 0.9;
const OFF = 0.45;
/** Beyond so many times OFF two spots have nothing to do with each other. */
const REACH = 2.5;
/** Height of a spot, of the highest. */
const LEAST = 0.4;
const MOST_SPOTS = 40;

/** A local maximum; place in px from the beam and in sectors. */
interface Spot {
  readonly radius: number;
  readonly angle: number;
  /** Root of its height. */
  readonly weight: number;
}

/**
 * Tells how far two patterns have their spots at the same places, however high they are: crystals of one zone that are tilted differently have, those
 * of another one have not, although their patterns may correlate as well as these.
 */
export class Spots {
  readonly #radius: number;
  readonly #inner: number;
  readonly #ring: number;
  readonly #known = new WeakMap<Turnable, readonly Spot[]>();
  readonly #shares = new WeakMap<Turnable, WeakMap<Turnable, number>>();
  /** How near the spots of the second of two patterns have one of the first. */
  readonly #found = new Float64Array(MOST_SPOTS);

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

  /** Share of their spots that they have in common where one is turned to lie as the other best: 1 the same, geometric mean of both. Values are squares. */
  common(a: Turnable, b: Turnable): number {
    const row = this.#shares.get(a) ?? new WeakMap<Turnable, number>();
    this.#shares.set(a, row);
    const share = row.get(b) ?? this.#common(this.#of(a), this.#of(b));
    row.set(b, share);
    return share;
  }

  #common(a: readonly Spot[], b: readonly Spot[]): number {
    let best = 0;
    for (const p of a)
      for (const q of b)
        if (Math.abs(p.radius - q.radius) < OFF * this.#radius) best = Math.max(best, this.#shareAt(a, b, p.angle - q.angle));
    return best;
  }

  /** With the second pattern turned by so many sectors. */
  #shareAt(a: readonly Spot[], b: readonly Spot[], turn: number): number {
    const found = this.#found.fill(0);
    let inA = 0;
    let allA = 0;
    let inB = 0;
    let allB = 0;
    for (let i = 0; i < a.length; i++) {
      const p = a[i] as Spot;
      let nearest = 0;
      for (let j = 0; j < b.length; j++) {
        const near = this.#nearness(p, b[j] as Spot, turn);
        if (near > nearest) nearest = near;
        if (near > found[j]) found[j] = near;
      }
      inA += nearest * p.weight;
      allA += p.weight;
    }
    for (let j = 0; j < b.length; j++) {
      const { weight } = b[j] as Spot;
      inB += found[j] * weight;
      allB += weight;
    }
    return Math.sqrt((inA / allA) * (inB / allB));
  }

  /** 1: at one place. */
  #nearness(p: Spot, q: Spot, turn: number): number {
    const off = OFF * this.#radius;
    const across = p.radius - q.radius;
    if (Math.abs(across) > REACH * off) return 0;
    const sectors = wrap(p.angle - q.angle - turn);
    const along = (Math.min(sectors, SECTORS - sectors) * Math.PI * (p.radius + q.radius)) / SECTORS;
    const square = (across * across + along * along) / (off * off);
    return square > REACH * REACH ? 0 : Math.exp(-square / 2);
  }

  #of(pattern: Turnable): readonly Spot[] {
    const spots = this.#known.get(pattern) ?? this.#find(this.#blurred(pattern.values));
    this.#known.set(pattern, spots);
    return spots;
  }

  #find(values: Float64Array): readonly Spot[] {
    const highest = Math.max(...values);
    const spots: Spot[] = [];
    for (let ring = 1; ring < RINGS - 1; ring++)
      for (let t = 0; t < SECTORS; t++) {
        const height = values[ring * SECTORS + t];
        if (height < LEAST * highest || height === 0 || !this.#isHighest(values, ring, t)) continue;
        const across = shift(values[(ring - 1) * SECTORS + t], height, values[(ring + 1) * SECTORS + t]);
        const along = shift(at(values, ring, t - 1), height, at(values, ring, t + 1));
        spots.push({ radius: this.#radiusOf(ring + across), angle: t + onStep(along), weight: Math.sqrt(height / highest) });
      }
    return spots.sort((a, b) => b.weight - a.weight || a.radius - b.radius || a.angle - b.angle).slice(0, MOST_SPOTS);
  }

  /** Nothing nearer than APART is higher; of equals the last one is taken. */
  #isHighest(values: Float64Array, ring: number, t: number): boolean {
    const height = values[ring * SECTORS + t];
    const far = APART * this.#radius;
    const [rings, sector] = [Math.max(1, Math.ceil(far / this.#ring)), this.#sector(ring)];
    const sectors = Math.max(1, Math.ceil(far / sector));
    for (let r = Math.max(0, ring - rings); r <= Math.min(RINGS - 1, ring + rings); r++)
      for (let s = -sectors; s <= sectors; s++) {
        const beside = Math.abs(r - ring) + Math.abs(s) === 1;
        if (!beside && Math.hypot((r - ring) * this.#ring, s * sector) > far) continue;
        const other = at(values, r, t + s);
        if (other > height || (other === height && (r < ring || (r === ring && s < 0)))) return false;
      }
    return true;
  }

  /** Roots of the values, blurred along the rings and then across them. */
  #blurred(squares: Uint16Array): Float64Array {
    const along = new Float64Array(BINS);
    for (let ring = 0; ring < RINGS; ring++) {
      const taps = tapsOf((BLUR * this.#radius) / this.#sector(ring), (SECTORS >> 1) - 1);
      for (let t = 0; t < SECTORS; t++) {
        let sum = taps[0] * Math.sqrt(squares[ring * SECTORS + t]);
        for (let k = 1; k < taps.length; k++)
          sum += taps[k] * (Math.sqrt(squares[ring * SECTORS + wrap(t - k)]) + Math.sqrt(squares[ring * SECTORS + wrap(t + k)]));
        along[ring * SECTORS + t] = sum;
      }
    }
    const taps = tapsOf((BLUR * this.#radius) / this.#ring, RINGS - 1);
    const out = new Float64Array(BINS);
    for (let ring = 0; ring < RINGS; ring++)
      for (let k = 1 - taps.length; k < taps.length; k++) {
        const from = ring + k;
        if (from < 0 || from >= RINGS) continue;
        for (let t = 0; t < SECTORS; t++) out[ring * SECTORS + t] += taps[Math.abs(k)] * along[from * SECTORS + t];
      }
    return out;
  }
}

const at = (values: Float64Array, ring: number, t: number): number => values[ring * SECTORS + wrap(t)];

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

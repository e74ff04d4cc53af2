import { dotFrom } from "../kernels/count-events.js";
import { BINS, GRID, type PolarScale } from "./polar-events.js";
import { ringAreas } from "./radial-profile.js";
import { addSpread, wrap } from "./rotation.js";
import { type FrameCounts, type RateSmoother, TurnableRates, type TurnedRates } from "./turned-rates.js";

const { rings: RINGS, sectors: SECTORS } = GRID;

/** Pixels per bin of a detector without gaps, [BINS + 1]. */
export function nominalAreas(scale: PolarScale): Float64Array {
  const rings = ringAreas(scale);
  return Float64Array.from({ length: BINS + 1 }, (_, b) => (b === BINS ? rings[RINGS] : rings[Math.floor(b / SECTORS)] / SECTORS));
}

/** Additive statistics of a component: electrons that it explained, and live area times electrons, both by bin in its own direction. [BINS + 1] */
export interface ComponentSums {
  readonly explained: Float64Array;
  readonly exposed: Float64Array;
  /** Frames, each by its share. */
  frames: number;
}

export const emptySums = (): ComponentSums => ({ explained: new Float64Array(BINS + 1), exposed: new Float64Array(BINS + 1), frames: 0 });

/** A component turned by so many sectors. */
export interface Part {
  readonly component: number;
  readonly turn: number;
}

/** Electrons that were explained of frames of one live area at one angle. */
export interface Pending {
  readonly turn: number;
  readonly area: Float32Array;
  electrons: number;
}

/** One pattern of the factorisation. Its rates are those of one electron, so that loadings are electrons. */
export class Component {
  readonly id: number;
  readonly sums: ComponentSums;
  rate: Float64Array;
  /** Electrons that it explained since the last epoch. */
  recent = 0;
  /** Epochs that it has explained next to nothing. */
  idle = 0;
  #turned: TurnableRates;
  /** Exposure that is not in the sums yet. */
  pending: Pending | null = null;

  constructor(id: number, rate: Float64Array, sums: ComponentSums) {
    this.id = id;
    this.rate = rate;
    this.#turned = new TurnableRates(rate);
    this.sums = sums;
  }

  at(turn: number): TurnedRates {
    return this.#turned.at(turn);
  }

  /** Takes what this component explains of a frame: `share` of its electrons; `mixed`: expected counts per bin of one electron and pixel. */
  take({ bins, counts, electrons, area }: FrameCounts, turn: number, share: number, mixed: Float64Array): void {
    const weight = share / this.at(turn).mass(area);
    const { explained } = this.sums;
    const whole = Math.ceil(turn);
    const x = whole - turn;
    for (let i = 0; i < bins.length; i++) {
      const bin = bins[i];
      const part = (counts[i] * weight) / mixed[i];
      if (bin >= BINS) {
        explained[bin] += part * this.rate[bin];
        continue;
      }
      const t = bin % SECTORS;
      const a = bin - t + wrap(t - whole);
      const b = bin - t + wrap(t - whole + 1);
      explained[a] += part * (1 - x) * this.rate[a];
      explained[b] += part * x * this.rate[b];
    }
    this.#expose(turn, area, electrons * weight);
    this.sums.frames += share;
    this.recent += electrons * share;
  }

  /** Frames of one region come one after the other: their exposure is turned back once. */
  #expose(turn: number, area: Float32Array, electrons: number): void {
    if (this.pending && (this.pending.turn !== turn || !isSameArea(this.pending.area, area))) this.flush();
    this.pending = { turn, area, electrons: (this.pending?.electrons ?? 0) + electrons };
  }

  /** Brings the sums up to date. */
  flush(): void {
    if (this.pending) addSpread(wide(this.pending.area), -this.pending.turn, this.pending.electrons, this.sums.exposed);
    this.pending = null;
  }

  /** New rates from the sums, of one electron over the nominal area; older sums count for less by `kept`. */
  renew(nominal: Float64Array, smoother: RateSmoother, kept: number): void {
    this.flush();
    const { explained, exposed } = this.sums;
    const rate = new Float64Array(BINS + 1);
    let electrons = 0;
    for (let b = 0; b < rate.length; b++) {
      electrons += explained[b];
      if (exposed[b] > 0) rate[b] = explained[b] / exposed[b];
    }
    if (!(electrons > 0)) return;
    this.rate = smoother.firm(rate, exposed);
    const mass = dotFrom(this.rate, nominal, 0, BINS + 1);
    const own = this.rate;
    for (let b = 0; b < own.length; b++) {
      own[b] = own[b] / mass;
      explained[b] *= kept;
      exposed[b] *= kept * mass;
    }
    this.sums.frames *= kept;
    this.#turned = new TurnableRates(this.rate);
  }

  /** Takes over the sums of another one that lies turned by so much against this one. */
  absorb(other: Component, turn: number): void {
    other.flush();
    this.flush();
    addSpread(other.sums.explained, -turn, 1, this.sums.explained);
    addSpread(other.sums.exposed, -turn, 1, this.sums.exposed);
    this.sums.frames += other.sums.frames;
    this.recent += other.recent;
  }
}

const widened = new Float64Array(BINS + 1);
/** An area as wide numbers, until the next one is asked for. */
export function wide(area: Float32Array): Float64Array {
  widened.set(area);
  return widened;
}

/** Tables are shared, but those of a saved state are copies. */
export const isSameArea = (a: Float32Array, b: Float32Array): boolean => a === b || a.every((v, i) => v === b[i]);

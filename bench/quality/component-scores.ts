import type { ComponentTruth } from "./component-truth.js";
import { adjustedRand, homogeneity } from "./partition-scores.js";

/** Positions of a purer mixture than this are cores. */
const CORE = 0.95;
const ROUNDS = 3;

/** Labels of every position. */
export interface Labels {
  readonly label: ArrayLike<number>;
  readonly grain: ArrayLike<number>;
  /** rad, from +column towards -row; NaN: none. null: the method has no angles. */
  readonly angle: ArrayLike<number> | null;
}

export interface ComponentScores {
  /** Adjusted Rand index of classes against zones; NaN: there are none. */
  readonly zone: number;
  /** Of grains: all positions, and those of cores. */
  readonly grain: number;
  readonly grainCore: number;
  /** Homogeneity of classes with respect to phases. */
  readonly phase: number;
  /** Degrees, modulo the fold of the truth, less an offset per zone; NaN: no angles. */
  readonly angleMedian: number;
  readonly angleP90: number;
  /** Share of the crystalline positions that have an angle. */
  readonly answered: number;
  readonly classes: number;
  readonly trueClasses: number;
  readonly grains: number;
  readonly trueGrains: number;
}

const numberOf = (labels: ArrayLike<number>): number => new Set(Array.from(labels)).size;

/** Into -period / 2 .. period / 2. */
const wrapped = (x: number, period: number): number => x - period * Math.round(x / period);

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The offset that angles have in common: the circular mean of those of cores, then the median about it. */
function offsetOf(angles: readonly number[], period: number): number {
  const turn = (2 * Math.PI) / period;
  const [s, c] = [angles.reduce((sum, a) => sum + Math.sin(a * turn), 0), angles.reduce((sum, a) => sum + Math.cos(a * turn), 0)];
  let offset = Math.atan2(s, c) / turn;
  for (let round = 0; round < ROUNDS && angles.length > 0; round++) offset += median(angles.map((a) => wrapped(a - offset, period)));
  return offset;
}

function angleScores({ family, angle: truth, fold, purity }: ComponentTruth, found: ArrayLike<number>) {
  const errors: number[] = [];
  let crystal = 0;
  if (!family || !truth || !fold) return { angleMedian: Number.NaN, angleP90: Number.NaN, answered: Number.NaN };
  for (const zone of [...new Set(Array.from(family))].filter((z) => z > 0)) {
    const all = Array.from(family).flatMap((z, p) => (z === zone ? [p] : []));
    crystal += all.length;
    const own = all.filter((p) => Number.isFinite(found[p]));
    const period = 360 / (fold[all[0] as number] as number);
    const off = new Map(own.map((p) => [p, ((-180 * (found[p] as number)) / Math.PI - (truth[p] as number)) as number]));
    const core = own.filter((p) => (purity[p] as number) > CORE).map((p) => off.get(p) as number);
    const offset = offsetOf(core, period);
    for (const d of off.values()) errors.push(Math.abs(wrapped(d - offset, period)));
  }
  errors.sort((a, b) => a - b);
  return {
    angleMedian: errors[errors.length >> 1] ?? Number.NaN,
    angleP90: errors[Math.floor(0.9 * errors.length)] ?? Number.NaN,
    answered: errors.length / crystal,
  };
}

export function scoreComponents(truth: ComponentTruth, { label, grain, angle }: Labels): ComponentScores {
  const cores = Array.from(truth.purity).flatMap((v, p) => (v > CORE ? [p] : []));
  const at = (labels: ArrayLike<number>): number[] => cores.map((p) => labels[p] as number);
  return {
    zone: truth.family ? adjustedRand(truth.family, label) : Number.NaN,
    grain: adjustedRand(truth.grain, grain),
    grainCore: adjustedRand(at(truth.grain), at(grain)),
    phase: homogeneity(truth.phase, label),
    ...(angle ? angleScores(truth, angle) : { angleMedian: Number.NaN, angleP90: Number.NaN, answered: Number.NaN }),
    classes: numberOf(label),
    trueClasses: truth.family ? numberOf(truth.family) : Number.NaN,
    grains: numberOf(grain),
    trueGrains: numberOf(truth.grain),
  };
}

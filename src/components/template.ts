import { meanOf } from "./linkage.js";
import { BINS, GRID } from "./polar-events.js";
import { addTurned, between, fromSum, parabola, type Rotation, refine, type Turnable, wrap } from "./rotation.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
export type Fold = 1 | 2 | 3 | 4 | 6;
/** A pattern has a symmetry where it correlates so well with itself turned by it. */
const SYMMETRIC = 0.75;
const ROUNDS = 3;
const SWEEPS = 2;
/** Opposite spots differ for good where so many members are as alike as a symmetry asks for, and half a turn costs more correlation than this. */
const MEMBERS = 3;
const POLAR = 1 - SYMMETRIC;
/** What is known to be so, or not, changes only where the correlation is beyond by so much. */
const MARGIN = 0.05;
/** Weights of neighbouring sectors where the brightest direction is looked for. */
const SOFT = [1, 4, 6, 4, 1] as const;

/** A region as a member of a class; `turn`: by how many sectors it must be turned to lie as the others. */
export interface Member {
  readonly plain: Turnable;
  readonly friedel: Turnable;
  readonly weight: number;
  readonly turn: number;
}

/** What the members of a class have in common. */
export interface Template {
  /** Mean with opposite spots alike, made symmetric; and as they are. */
  readonly friedel: Turnable;
  readonly plain: Turnable;
  /** Fold where opposite spots are taken as alike, and where they are not. */
  readonly friedelFold: 2 | 4 | 6;
  readonly polarFold: 1 | 3;
  /** Above 0: opposite spots differ for good; null: too few members to tell. */
  readonly polarity: number | null;
  /** Correlation of the plain mean with itself turned by half a turn: 1 where opposite spots are alike. */
  readonly friedelSymmetry: number;
}

/** The template of some members, with their turns as a start. Turned members give the same bits, turned. */
export function fitTemplate(rotation: Rotation, members: readonly Member[]): Template {
  let turns = members.map((m) => m.turn);
  let friedelFold: 2 | 4 | 6 = 2;
  let friedel = (members[0] as Member).friedel;
  for (let round = 0; round < ROUNDS; round++) {
    const mean = meanOf(
      rotation,
      members.map((m, i) => ({ pattern: m.friedel, weight: m.weight, turn: turns[i] })),
    );
    friedelFold = foldOf(rotation, mean, [6, 4] as const) ?? 2;
    mean.rest();
    if (round > 0) friedel.rest();
    friedel = symmetrise(rotation, mean, friedelFold);
    const better = members.map((m) => refine(rotation.correlate(friedel, m.friedel)).turn);
    const isSettled = better.every((turn, i) => turn === turns[i]);
    turns = better;
    // Members that lie as they did have the same mean once more.
    if (isSettled) break;
  }
  const { plain, gain, alike } = choosePlain(rotation, members, turns, friedelFold);
  const friedelSymmetry = rotation.correlate(plain, plain)[SECTORS / 2];
  const polarity = members.length < MEMBERS ? null : Math.min(gain - POLAR, alike - SYMMETRIC);
  return { friedel, plain, friedelFold, polarFold: foldOf(rotation, plain, [3] as const) ?? 1, polarity, friedelSymmetry };
}

/** The first of these symmetries that a pattern has. */
function foldOf<F extends Fold>(rotation: Rotation, pattern: Turnable, folds: readonly F[]): F | null {
  const c = rotation.correlate(pattern, pattern);
  const has = (n: number): boolean =>
    Array.from({ length: n - 1 }, (_, k) => between(c, ((k + 1) * SECTORS) / n)).every((v) => v > SYMMETRIC);
  return folds.find(has) ?? null;
}

/** Memory that is used again. */
const sum = new Float64Array(BINS);

function symmetrise(rotation: Rotation, pattern: Turnable, fold: Fold): Turnable {
  sum.fill(0);
  for (let k = 0; k < fold; k++) addTurned(pattern.values, (k * SECTORS) / fold, 1, sum);
  return rotation.of(fromSum(sum, fold));
}

/**
 * The plain mean. Which of the turns that are alike but for opposite spots each member is best turned by is judged by the others; `gain`: how much
 * better that is than half a turn away, on average.
 */
function choosePlain(
  rotation: Rotation,
  members: readonly Member[],
  turns: readonly number[],
  fold: number,
): { plain: Turnable; gain: number; alike: number } {
  const chosen = turns.slice();
  const sum = new Float64Array(BINS);
  // Only what lies about the turns that it is chosen from is looked at.
  const c = new Float64Array(SECTORS);
  let weight = 0;
  const add = (i: number, sign: number): void => {
    addTurned(members[i].plain.values, chosen[i], sign * members[i].weight, sum);
    weight += sign * members[i].weight;
  };
  for (const i of members.keys()) add(i, 1);
  let gain = 0;
  let alike = 0;
  for (let sweep = 0; sweep < SWEEPS && members.length > 1; sweep++) {
    [gain, alike] = [0, 0];
    for (const [i, m] of members.entries()) {
      add(i, -1);
      const others = rotation.of(fromSum(sum, weight));
      for (let k = 0; k < fold; k++) rotation.correlateAt(others, m.plain, Math.floor(turns[i] + (k * SECTORS) / fold) - 1, 4, c);
      chosen[i] = bestBranch(c, turns[i], fold);
      alike += m.weight * between(c, chosen[i]);
      gain += m.weight * (between(c, chosen[i]) - between(c, chosen[i] + SECTORS / 2));
      add(i, 1);
    }
  }
  return { plain: rotation.of(fromSum(sum, weight)), gain: gain / weight, alike: alike / weight };
}

/** Of the turns a whole number of 1/fold circles away, that of the highest correlation, the first of equals. */
export function bestBranch(c: Float64Array, turn: number, fold: number): number {
  const turns = Array.from({ length: fold }, (_, k) => wrap(turn + (k * SECTORS) / fold));
  return turns.reduce((a, b) => (between(c, b) > between(c, a) ? b : a));
}

/** The fold of a class by its template, and by what it was before. */
export function foldBy({ friedelFold, polarFold, polarity }: Template, known: Fold | null): Fold {
  if (polarity === null) return known !== null && known % 2 === 1 ? known : friedelFold;
  const margin = known === null ? 0 : known % 2 === 1 ? -MARGIN : MARGIN;
  return polarity > margin ? polarFold : friedelFold;
}

/** By how much a template must be turned so that its brightest direction lies along zero: an angle that depends on nothing but the pattern. */
export function turnToZero(rotation: Rotation, { friedel, plain }: Template, fold: Fold): number {
  const { values } = fold % 2 === 0 ? friedel : plain;
  const line = new Float64Array(SECTORS);
  for (let r = 0, at = 0; r < RINGS; r++) for (let t = 0; t < SECTORS; t++, at++) line[t] += rotation.weights[r] * values[at];
  const soft = line.map((_, t) => SOFT.reduce((sum, w, d) => sum + w * line[(t + d + SECTORS - 2) % SECTORS], 0));
  return wrap(-parabola(soft).turn);
}

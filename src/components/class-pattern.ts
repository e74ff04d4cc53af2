import type { CrystalPattern } from "./library.js";
import { BINS } from "./polar-events.js";
import { addTurned, fromSum, type Rotation, refine, type Turnable } from "./rotation.js";
import { foldBy, type Template, turnToZero } from "./template.js";

/** Weights of the zero, of the pattern known so far, and of its plain form, where a template is laid along the zero. */
const ANCHOR = [2, 1, 3] as const;

function turned(rotation: Rotation, { values }: Turnable, turn: number): Turnable {
  const sum = new Float64Array(BINS);
  addTurned(values, turn, 1, sum);
  return rotation.of(fromSum(sum, 1));
}

/** The patterns of a new class: along its brightest direction, or along the zero of what it was taken for. */
export function define(rotation: Rotation, template: Template, earlier: CrystalPattern | null): CrystalPattern {
  const fold = foldBy(template, null);
  const turn = earlier ? turnAlong(rotation, template, earlier, fold) : turnToZero(rotation, template, fold);
  const friedel = turned(rotation, template.friedel, turn);
  const plain = turned(rotation, template.plain, turn);
  const { friedelFold, friedelSymmetry } = template;
  return { zero: friedel, zeroRate: new Float64Array(BINS + 1), zeroFrames: 0, friedel, plain, fold, friedelFold, friedelSymmetry };
}

/** By how many sectors a template is turned to lie along the zero of a class. */
function turnAlong(rotation: Rotation, template: Template, { zero, friedel, plain }: CrystalPattern, fold: number): number {
  const [toZero, toFriedel] = [rotation.correlate(zero, template.friedel), rotation.correlate(friedel, template.friedel)];
  const toPlain = rotation.correlate(plain, template.plain);
  return refine(toZero.map((v, k) => ANCHOR[0] * v + ANCHOR[1] * toFriedel[k] + (fold % 2 === 1 ? ANCHOR[2] * toPlain[k] : 0))).turn;
}

/** The patterns of a known class from a new template: along the zero that it has. */
export function layAlong(rotation: Rotation, template: Template, known: CrystalPattern): CrystalPattern {
  const fold = foldBy(template, known.fold);
  const turn = turnAlong(rotation, template, known, fold);
  return {
    ...known,
    fold,
    friedelFold: template.friedelFold,
    friedelSymmetry: template.friedelSymmetry,
    friedel: turned(rotation, template.friedel, turn),
    plain: turned(rotation, template.plain, turn),
  };
}

import { BINS, type PolarScale } from "./polar-events.js";
import { PROFILE, type Profile } from "./radial-profile.js";
import { LEVELS, type Rotation, type Turnable } from "./rotation.js";
import type { Fold } from "./template.js";

/** What a class has beside its profile where it is crystalline. Patterns lie along the zero of its angle. */
export interface CrystalPattern {
  /** As the class was first defined: what zero is. */
  readonly zero: Turnable;
  /** Mean rates then, [BINS + 1], and frames that they are of. */
  readonly zeroRate: Float64Array;
  readonly zeroFrames: number;
  /** As it is known now, with opposite spots alike, and as they are. */
  readonly friedel: Turnable;
  readonly plain: Turnable;
  readonly fold: Fold;
  readonly friedelFold: 2 | 4 | 6;
  readonly friedelSymmetry: number;
}

/** A class with a permanent id. */
export interface ClassRecord {
  readonly id: number;
  /** null: no crystal, hence no angle. */
  crystal: CrystalPattern | null;
  profile: Profile;
  /** [BINS + 1] Mean counts of a live pixel in a frame, along the zero of the angle. */
  rate: Float64Array;
  /** Frames that it had when it was last seen. */
  frames: number;
  /** Neither changed nor joined with another class. */
  frozen: boolean;
  /** The id that all of its area has as a grain; -1: its grains are told apart. */
  readonly grain: number;
}

export interface SavedRecord {
  readonly id: number;
  readonly frames: number;
  readonly frozen: boolean;
  readonly grain: number;
  readonly profile: { readonly counts: readonly number[]; readonly electrons: number };
  readonly rate: readonly number[];
  readonly crystal: null | {
    readonly zero: readonly number[];
    readonly zeroRate: readonly number[];
    readonly zeroFrames: number;
    readonly friedel: readonly number[];
    readonly plain: readonly number[];
    readonly fold: Fold;
    readonly friedelFold: 2 | 4 | 6;
    readonly friedelSymmetry: number;
  };
}

/** Classes as plain numbers, which JSON keeps to the bit. */
export interface Library {
  readonly scale: PolarScale;
  readonly classes: readonly SavedRecord[];
}

/** Scales this much apart put spots into other rings. */
const SAME_SCALE = 0.01;
const FOLDS: readonly number[] = [1, 2, 3, 4, 6];

export function saveRecord({ crystal, profile, rate, id, frames, frozen, grain }: ClassRecord): SavedRecord {
  return {
    id,
    frames,
    frozen,
    grain,
    profile: { counts: Array.from(profile.counts), electrons: profile.electrons },
    rate: Array.from(rate),
    crystal: crystal && {
      zero: Array.from(crystal.zero.values),
      zeroRate: Array.from(crystal.zeroRate),
      zeroFrames: crystal.zeroFrames,
      friedel: Array.from(crystal.friedel.values),
      plain: Array.from(crystal.plain.values),
      fold: crystal.fold,
      friedelFold: crystal.friedelFold,
      friedelSymmetry: crystal.friedelSymmetry,
    },
  };
}

/** Throws RangeError, which names the class and what is wrong with it. */
export function openRecord(saved: SavedRecord, rotation: Rotation): ClassRecord {
  const { id, frames, frozen, grain, profile, rate, crystal } = saved;
  const check = (good: boolean, what: string): void => {
    if (!good) throw new RangeError(`class ${id} of the library: ${what}`);
  };
  check(Number.isSafeInteger(id) && id > 0, "its id is no positive whole number");
  check(Number.isSafeInteger(grain) && grain >= -1, "its grain is no whole number");
  check(Number.isFinite(frames) && frames >= 0, "its frames are no count");
  check(typeof frozen === "boolean", "it is neither frozen nor not");
  check(isList(profile?.counts, PROFILE) && profile.electrons >= 0, `its profile is not ${PROFILE} counts`);
  check(isList(rate, BINS + 1), `its rates are not ${BINS + 1} numbers`);
  check(crystal === null || FOLDS.includes(crystal?.fold), `its fold is none of ${FOLDS.join(", ")}`);
  check(crystal === null || [2, 4, 6].includes(crystal.friedelFold), "its fold of opposite spots is none of 2, 4, 6");
  check(crystal === null || (isList(crystal.zeroRate, BINS + 1) && crystal.zeroFrames > 0), `its first rates are not ${BINS + 1} numbers`);
  const pattern = (name: "zero" | "friedel" | "plain"): Turnable => {
    const values = crystal?.[name];
    check(
      isList(values, BINS) && values.every((v) => v <= LEVELS && Number.isInteger(v)),
      `${name} is not ${BINS} whole numbers to ${LEVELS}`,
    );
    return rotation.of(Uint16Array.from(values as readonly number[]));
  };
  return {
    id,
    frames,
    frozen,
    grain,
    profile: { counts: Float64Array.from(profile.counts), electrons: profile.electrons },
    rate: Float64Array.from(rate),
    crystal: crystal && {
      zero: pattern("zero"),
      zeroRate: Float64Array.from(crystal.zeroRate),
      zeroFrames: crystal.zeroFrames,
      friedel: pattern("friedel"),
      plain: pattern("plain"),
      fold: crystal.fold,
      friedelFold: crystal.friedelFold,
      friedelSymmetry: Number(crystal.friedelSymmetry),
    },
  };
}

/** Throws RangeError where the rings of a library are not those of the scan. */
export function checkScale(library: Library, scale: PolarScale): void {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= SAME_SCALE * b;
  const own = library.scale;
  if (near(own?.radius, scale.radius) && near(own.inner, scale.inner) && near(own.outer, scale.outer)) return;
  throw new RangeError("the library is of another camera length or detector: its rings are not those of the scan");
}

const isList = (list: readonly number[] | undefined, length: number): list is readonly number[] =>
  Array.isArray(list) && list.length === length && list.every((v) => Number.isFinite(v) && v >= 0);

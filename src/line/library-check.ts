import type { SavedJoin } from "../components/joined-classes.js";
import type { Library, SavedRecord } from "../components/library.js";
import { GRID } from "../components/polar-events.js";
import { MOST_NAME } from "../core/components.js";
import type { Words } from "./component-book.js";

/** A class without its numbers. */
export type RecordHead = Omit<SavedRecord, "profile" | "rate" | "crystal"> & {
  readonly electrons: number;
  readonly crystal: null | Omit<NonNullable<SavedRecord["crystal"]>, "zero" | "zeroRate" | "friedel" | "plain">;
};
/** A file up to its numbers. */
export interface Header {
  readonly grid: readonly number[];
  readonly libraries: readonly { readonly scale: Library["scale"]; readonly classes: readonly RecordHead[] }[];
  readonly joined: readonly SavedJoin[];
  readonly words: readonly Words[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Sides of a detector beyond which a scale is none, px. */
const MOST_SIDE = 2 ** 17;
/** Camera lengths, and lists of what people said, in one file. */
const MOST_LISTED = 4096;

const isFields = (v: unknown): v is Fields => typeof v === "object" && v !== null && !Array.isArray(v);
const isId = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) > 0;
const isAmount = (v: unknown): v is number => typeof v === "number" && Number.isFinite(v) && v >= 0;

function fail(what: string): never {
  throw new RangeError(what);
}
function listOf(from: Fields, key: string): readonly Fields[] {
  const list = from[key];
  if (!Array.isArray(list) || list.length > MOST_LISTED || !list.every(isFields)) return fail(`its header has no list of ${key}`);
  return list;
}

function checkScale({ scale }: Fields): void {
  const { radius, inner, outer } = isFields(scale) ? scale : {};
  const good = isAmount(radius) && isAmount(inner) && isAmount(outer) && radius > 0 && inner < outer && outer <= MOST_SIDE;
  if (!good) fail("its header has a scale that is none");
}

/** What the numbers of a class must be is checked where it is opened. */
function checkClass({ id, frames, grain, frozen, electrons, crystal }: Fields, known: Set<number>): void {
  if (!isId(id) || known.has(id)) fail(`its header has a class with the id ${JSON.stringify(id)}`);
  else known.add(id);
  const sound = isAmount(frames) && Number.isSafeInteger(grain) && typeof frozen === "boolean" && isAmount(electrons);
  const { fold, friedelFold, friedelSymmetry, zeroFrames } = isFields(crystal) ? crystal : {};
  // The symmetry is a correlation: it may be below 0.
  const crystalline = [fold, friedelFold, zeroFrames].every(isAmount) && Number.isFinite(friedelSymmetry);
  if (!sound || (crystal !== null && !crystalline)) fail(`class ${id}: its numbers are none`);
}

/** Ids lead to lower ones: nobody goes round in circles. */
function checkJoin({ id, into, turn }: Fields): void {
  if (!isId(id) || !isId(into) || into >= id || typeof turn !== "number" || !Number.isFinite(turn))
    fail(`its header joins ${JSON.stringify(id)} into ${JSON.stringify(into)}`);
}

function checkWords({ id, name, color, background }: Fields): void {
  const named = name === undefined || (typeof name === "string" && name !== "" && name.length <= MOST_NAME);
  const coloured = color === undefined || (typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color));
  if (!isId(id) || !named || !coloured || !(background === undefined || typeof background === "boolean"))
    fail(`its header says of class ${JSON.stringify(id)} what cannot be said`);
}

/** The header of a file, if it is one. Throws RangeError. */
export function checkHeader(header: unknown): Header {
  if (!isFields(header)) return fail("its header is none");
  const { grid } = header;
  if (JSON.stringify(grid) !== JSON.stringify([GRID.rings, GRID.sectors]))
    fail(`its patterns are not of ${GRID.rings} rings and ${GRID.sectors} sectors`);
  const known = new Set<number>();
  for (const library of listOf(header, "libraries")) {
    checkScale(library);
    for (const of of listOf(library, "classes")) checkClass(of, known);
  }
  for (const join of listOf(header, "joined")) checkJoin(join);
  for (const words of listOf(header, "words")) checkWords(words);
  return header as unknown as Header;
}

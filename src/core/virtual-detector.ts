/** Virtual detectors that people place live: sums of the polar counts of a frame, each a column of the line's matrix product. */
import type { LayerSpec } from "./map-layer.js";

/** At the same time. */
export const MOST_DETECTORS = 8;
/** Characters of a name. */
export const MOST_DETECTOR_NAME = 60;
/** A sector that is repeated so often at most. */
const MOST_FOLD = 12;

/** A ring, or sectors of it, about the followed beam with the ellipse undone. */
export interface DetectorArea {
  /** px from the beam. */
  readonly inner: number;
  readonly outer: number;
  /** From +col towards +row of the mounted detector, rad; `from` below `to`; null: the whole ring. */
  readonly sector: { readonly from: number; readonly to: number; readonly fold: number } | null;
}

/** How likely the counts of a ring are for a component, against the mean of all: a weight per ring of POLAR, the natural logarithm of the ratio. */
export interface DetectorProfile {
  readonly component: number;
  readonly rings: readonly number[];
}

/** Sum over the counts of row^rows col^cols, px from the beam, in the mounted detector. */
export interface DetectorMoment {
  readonly rows: number;
  readonly cols: number;
}
/** Moments of a higher order than this lie on few counts. */
const MOST_ORDER = 2;

export interface NewDetector {
  readonly name: string;
  readonly what: DetectorArea | DetectorProfile | DetectorMoment;
}

/** One that is in use. It never changes: another one has another id. */
export interface VirtualDetector extends NewDetector {
  /** Also the name of its layer. */
  readonly id: string;
}

/** The detectors from some line on, by column; null: none. */
export interface DetectorSet {
  readonly version: number;
  readonly slots: readonly (VirtualDetector | null)[];
}
export const NO_DETECTORS: DetectorSet = { version: 0, slots: Array<null>(MOST_DETECTORS).fill(null) };

/** A detector of a series: from which line of the scan on, and the part of it that the polar bins of the series have. */
export interface SeriesDetector {
  readonly id: string;
  readonly name: string;
  readonly from_line: number;
  /** Polar bins in it; 0: none of its area is between the first and the last ring, so nothing is counted. */
  readonly bins: number;
}

export const isMoment = (what: VirtualDetector["what"]): what is DetectorMoment => "rows" in what;
export const isArea = (what: VirtualDetector["what"]): what is DetectorArea => "inner" in what;

const degrees = (angle: number): string => String(Math.round((angle * 1800) / Math.PI) / 10);
/** For people. */
export function aboutArea({ inner, outer, sector }: DetectorArea): string {
  const ring = `${inner} to ${outer} px from the beam`;
  if (sector === null) return ring;
  const fold = sector.fold > 1 ? `, ${sector.fold}-fold` : "";
  return `${ring}, ${degrees(sector.from)}° to ${degrees(sector.to)}°${fold}`;
}

export function detectorLayer({ id, name, what }: VirtualDetector): LayerSpec {
  const common = { name: id, dtype: "float32", channels: 1, title: name } as const;
  if (isArea(what))
    return { ...common, kind: "intensity", claim: "quantitative", unit: "counts", about: `Counts in polar bins ${aboutArea(what)}` };
  if (isMoment(what)) {
    const { rows, cols } = what;
    const unit = `px${rows + cols > 1 ? "²" : ""} counts`;
    return {
      ...common,
      kind: "signed",
      claim: "relative",
      unit,
      about: `Sum of row^${rows} col^${cols} over the counts beyond the direct beam`,
    };
  }
  const about = `How much likelier the radial profile is for component ${what.component} than for the mean of all components, logarithm`;
  return { ...common, kind: "signed", claim: "exploratory", unit: "", about };
}

const TURN = 2 * Math.PI;
/** Why this is no area; null: it is one. */
export function areaProblem({ inner, outer, sector }: DetectorArea): string | null {
  if (!(inner >= 0 && outer > inner && Number.isFinite(outer))) return "outer must be above inner, and inner from 0, in px";
  if (sector === null) return null;
  const { from, to, fold } = sector;
  if (!(Number.isInteger(fold) && fold >= 1 && fold <= MOST_FOLD)) return `fold must be a whole number from 1 to ${MOST_FOLD}`;
  if (!(Number.isFinite(from) && Math.abs(from) <= TURN && to > from && to - from <= TURN / fold))
    return fold === 1
      ? "to must be above from, and not by more than a turn"
      : `to must be above from, and not by more than 1/${fold} of a turn`;
  return null;
}

/** Why this is no moment; null: it is one. */
export function momentProblem({ rows, cols }: DetectorMoment): string | null {
  const whole = [rows, cols].every((n) => Number.isInteger(n) && n >= 0);
  return whole && rows + cols >= 1 && rows + cols <= MOST_ORDER ? null : `powers of row and col must be whole, 1 to ${MOST_ORDER} together`;
}

/** Why this cannot be placed; null: it can. */
export function detectorProblem({ name, what }: NewDetector): string | null {
  return nameProblem(name) ?? (isArea(what) ? areaProblem(what) : isMoment(what) ? momentProblem(what) : null);
}

/** Why this is no name; null: it is one. */
export const nameProblem = (name: string): string | null =>
  name.trim() !== "" && name.length <= MOST_DETECTOR_NAME ? null : `name must be a text of 1 to ${MOST_DETECTOR_NAME} characters`;

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const TEXT = new RegExp(
  String.raw`^([^:]+):\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*px(?:\s*,\s*(${NUMBER})\s*to\s*(${NUMBER})\s*deg(?:\s*,\s*(\d+)-fold)?)?$`,
);
export const DETECTOR_EXAMPLE = "NAME: 20-26 px, or NAME: 20-26 px, -15 to 15 deg, 4-fold";

/** Reads what people write in the configuration; a string: why it cannot be. */
export function readDetector(text: string): NewDetector | string {
  const found = TEXT.exec(text.trim());
  if (!found) return `write ${DETECTOR_EXAMPLE}`;
  const [, name = "", inner, outer, from, to, fold] = found;
  const rad = (degrees: string): number => (Number(degrees) * Math.PI) / 180;
  const sector = from === undefined || to === undefined ? null : { from: rad(from), to: rad(to), fold: Number(fold ?? 1) };
  const what = { inner: Number(inner), outer: Number(outer), sector };
  return nameProblem(name) ?? areaProblem(what) ?? { name: name.trim(), what };
}

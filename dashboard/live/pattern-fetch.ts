import type { PatternMade } from "../../src/core/denoise.js";
import type { PatternView, Position } from "../lib/hash-state.js";
import type { NpyArray } from "../lib/npy.js";
import { differencePattern, meanPattern } from "../lib/pattern-parts.js";
import { type Pattern, readPattern } from "../lib/pattern-stats.js";
import { residualPattern } from "../lib/residual-pattern.js";
import { fetchPattern, fetchSummary, type PatternKind, Refused } from "../net/api.js";

/** A position that a picture is made of, as the maps had it when the picture was asked for. */
export interface Source extends Position {
  /** 0: not known. */
  readonly tier: number;
  /** Effective number of frames; NaN: not known. */
  readonly frames: number;
}
/** A picture that is wanted. */
export interface Wanted {
  /** Of what is shown, whatever the quality of its estimates. */
  readonly key: string;
  readonly id: string;
  /** Scan and grid: a scan that was placed again has other frames at its positions. */
  readonly scan: string;
  readonly at: Position;
  readonly view: PatternView;
  readonly sources: readonly Source[];
  /** Why there is nothing to ask for; then without sources. */
  readonly problem: string | null;
  /** Estimates after the end of a scan use all of it. */
  readonly over: boolean;
  /** Another number whenever classes may be others. */
  readonly classes: number;
  /** Of the bright-field disk, px; null: not known. */
  readonly radius: number | null;
}
/** A pattern on screen, or why there is none. */
export interface Shown {
  readonly key: string;
  readonly at: Position | null;
  readonly view: PatternView;
  readonly pattern: Pattern | null;
  /** Highest value of the colour table, the same in every view of counts. */
  readonly high: number;
  /** What it is made of: fewer than wanted where frames are not there. */
  readonly sources: readonly Source[];
  /** How each of them was denoised. */
  readonly how: readonly PatternMade[];
  readonly problem: string | null;
}
export const NOTHING: Shown = { key: "", at: null, view: "raw", pattern: null, high: 1, sources: [], how: [], problem: null };

/** What is on screen while there is no picture of it. */
export const without = ({ key, at, view }: Wanted, problem: string | null): Shown => ({ ...NOTHING, key, at, view, problem });

const MOST_BYTES = 64 * 2 ** 20;
/** A pattern, and how it was denoised. */
interface Got {
  readonly pattern: Pattern;
  readonly made: PatternMade | null;
}
const cache = new Map<string, Got>();
let cached = 0;
const bytesOf = ({ pattern: p }: Got): number => p.values.byteLength + p.mask.byteLength;
function remember(key: string, p: Got): Got {
  const old = cache.get(key);
  cached += bytesOf(p) - (old ? bytesOf(old) : 0);
  cache.delete(key);
  cache.set(key, p);
  for (const [k, q] of cache) {
    if (cached <= MOST_BYTES || k === key) break;
    cache.delete(k);
    cached -= bytesOf(q);
  }
  return p;
}

function toPattern({ shape, type, data }: NpyArray): Pattern {
  const [h, w] = shape;
  if (shape.length !== 2 || !h || !w) throw new Error(`the pattern has shape (${shape.join(", ")})`);
  return readPattern(h, w, type, data);
}
function explain(e: unknown): string {
  if (!(e instanceof Refused)) return e instanceof Error ? e.message : String(e);
  if (e.status === 410) return e.code === "pattern_not_retained" ? "The frame is no longer kept" : "The scan is no longer kept";
  if (e.code === "no_class") return "No class here yet";
  return e.status === 404 ? "No frame came for this position" : e.message;
}
/** This position has no frame; others may. */
const isAbsent = (e: unknown): boolean => e instanceof Refused && ["no_frame", "pattern_not_retained", "no_class"].includes(e.code);

async function one(w: Wanted, s: Source, kind: PatternKind, signal: AbortSignal): Promise<Got> {
  const quality = { raw: "", denoised: `/${s.tier}${w.over ? "+" : ""}`, match: `/${w.classes}` }[kind];
  const key = `${w.scan}/${s.row}/${s.col}/${kind}${quality}`;
  const old = cache.get(key);
  if (old) return remember(key, old);
  const { array, made } = await fetchPattern(w.id, s, kind, signal);
  const got = { pattern: toPattern(array), made };
  // A better one is made when there is time.
  return made?.variant === "cheap" ? got : remember(key, got);
}

interface Pair {
  readonly source: Source;
  readonly raw: Pattern;
  /** Denoised, or as its components predict it; the same as `raw` where nobody asked for it. */
  readonly other: Pattern;
  readonly made: PatternMade | null;
}
async function pairOf(w: Wanted, source: Source, signal: AbortSignal): Promise<Pair> {
  // In every view: it sets the contrast.
  const raw = one(w, source, "raw", signal);
  const kind = OTHERS[w.view];
  const [a, b] = await Promise.all([raw, kind === null ? raw : one(w, source, kind, signal)]);
  return { source, raw: a.pattern, other: b.pattern, made: b.made };
}
/** What a view is made of, beside the raw frame. */
const OTHERS = { raw: null, denoised: "denoised", difference: "denoised", explained: "match", residual: "match" } as const;

/** The picture of a view. `frames`: so many were averaged. */
function pictureOf({ view, radius }: Wanted, raw: Pattern, other: Pattern, frames: number): Pattern {
  if (view === "residual") return residualPattern(raw, other, frames, radius);
  return view === "difference" ? differencePattern(other, raw) : other;
}

/** The patterns of all positions that have one. Throws where none has, and whatever is wrong with all of them. */
async function gather(w: Wanted, signal: AbortSignal): Promise<readonly Pair[]> {
  const out: Pair[] = [];
  let absent: unknown;
  // The first alone: a refusal that holds for the series is heard once.
  for (const part of [w.sources.slice(0, 1), w.sources.slice(1)])
    for (const got of await Promise.allSettled(part.map((s) => pairOf(w, s, signal))))
      if (got.status === "fulfilled") out.push(got.value);
      else if (isAbsent(got.reason)) absent = got.reason;
      else throw got.reason;
  if (out.length === 0) throw absent;
  return out;
}

/** The picture that is wanted, or why there is none; null: given up. */
export async function loadShown(w: Wanted, signal: AbortSignal): Promise<Shown | null> {
  if (w.problem !== null) return without(w, w.problem);
  const { key, at, view } = w;
  try {
    const pairs = await gather(w, signal);
    const raw = meanPattern(pairs.map((p) => p.raw));
    const other = meanPattern(pairs.map((p) => p.other));
    const pattern = pictureOf(w, raw, other, pairs.length);
    const high = view === "residual" ? pattern.high : raw.high;
    const how = pairs.map((p) => p.made).filter((made) => made !== null);
    return { key, at, view, pattern, high, sources: pairs.map((p) => p.source), how, problem: null };
  } catch (e) {
    return signal.aborted ? null : without(w, explain(e));
  }
}

export type SummaryKind = "mean" | "max" | "variance";
export async function loadSummary(id: string, what: SummaryKind): Promise<Shown> {
  const key = `${id}/${what}`;
  try {
    const pattern = toPattern(await fetchSummary(id, what));
    return { ...NOTHING, key, pattern, high: pattern.high };
  } catch (e) {
    return { ...NOTHING, key, problem: e instanceof Refused && e.status === 404 ? "No frame yet" : explain(e) };
  }
}

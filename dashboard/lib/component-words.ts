import type { ClusterMember, Component, Grain } from "../../src/core/components.js";
import type { SeriesChurn } from "../../src/core/series.js";
import type { Position } from "./hash-state.js";
import { whole } from "./numbers.js";

const DEGREES = 180 / Math.PI;
/** Degrees without more places than say something. */
const places = (x: number): string => (x < 10 ? x.toFixed(1) : x.toFixed(0)).replace(/\.0$/, "");
export const degrees = (rad: number): string => `${(rad * DEGREES).toFixed(1)}°`;
/** Angle after which a pattern of this fold repeats. */
export const periodWords = (fold: number): string => `${places(360 / fold)}°`;
export const foldWords = (fold: number): string => (fold > 0 ? `${fold}-fold` : "no crystal");
export const angleWords = (angle: number | null, fold: number): string =>
  angle === null || Number.isNaN(angle) || fold <= 0 ? "no angle" : `${degrees(angle)} of ${periodWords(fold)}`;

/** Standard deviation of directions that are all alike in number, in parts of the period. */
const ALL = 1 / Math.sqrt(12);

/** How grains of a class are turned, and how far from each other, weighted by area; null: none has an angle. */
export function spreadWords(component: Pick<Component, "id" | "fold">, grains: readonly Grain[]): string | null {
  const { id, fold } = component;
  const own = grains.filter((g) => g.component === id && g.angle !== null && g.area > 0);
  if (fold <= 0 || own.length === 0) return null;
  const area = own.reduce((sum, g) => sum + g.area, 0);
  const mean = (f: (x: number) => number): number => own.reduce((sum, g) => sum + g.area * f(fold * (g.angle as number)), 0) / area;
  const [x, y] = [mean(Math.cos), mean(Math.sin)];
  const mid = Math.atan2(y, x) / fold;
  const period = (2 * Math.PI) / fold;
  const about = degrees(mid < 0 ? mid + period : mid);
  if (own.length === 1) return `one grain at ${about}`;
  const spread = Math.sqrt(-2 * Math.log(Math.min(1, Math.max(1e-12, Math.hypot(x, y))))) / fold;
  const many = `${own.length} grains`;
  return spread < ALL * period ? `${many} at ${about} ± ${places(spread * DEGREES)}°` : `${many} in all directions of ${periodWords(fold)}`;
}

/** "turned by 31.2°, shifted by 4, −3 (0.62 alike)": a member of a cluster against the one of most frames. */
export function memberWords({ turn, shift, alike }: Pick<ClusterMember, "turn" | "shift" | "alike">): string {
  const [rows, columns] = shift.map((n) => `${n}`.replace("-", "−"));
  return `turned by ${degrees(turn)}, map shifted by ${rows}, ${columns} (${alike.toFixed(2)} alike)`;
}

const part = (x: number): string => `${(100 * x).toFixed(x > 0 && x < 0.1 ? 2 : 0)} %`;
const parts = ({ label, grain }: Pick<SeriesChurn, "label" | "grain">): string => `${part(label)} of classes and ${part(grain)} of grains`;
/**
 * "0.12 % of classes and 0.30 % of grains by the newest of 17 updates; at most 0.40 % of … after the first fifth of the rows", the same of what is known,
 * and how much waits, each a sentence of its own.
 */
export function churnWords(churn: SeriesChurn | null): readonly string[] {
  if (!churn) return ["no class shown"];
  const { most, updates, known, waiting } = churn;
  const largest = most ? `; at most ${parts(most)} after the first fifth of the rows` : "";
  return [
    `${parts(churn)} by the newest of ${updates} updates${largest}`,
    `Known to be others: ${parts(known)}${known.most ? `; at most ${parts(known.most)}` : ""}`,
    waiting === 0 ? "No correction waits" : `${whole(waiting)} ${waiting === 1 ? "position waits" : "positions wait"} for a correction`,
  ];
}

/** What the series has, the largest first; what is said to be no specimen behind. */
export const byShare = (components: readonly Component[]): readonly Component[] =>
  [...components].sort((a, b) => Number(a.background) - Number(b.background) || b.share - a.share || a.id - b.id);

/** The position of a grain that is nearest to its middle, which may lie in another; its middle where the map does not have it. */
export function placeOf(grain: Grain, ids: ArrayLike<number> | undefined, rows: number, cols: number): Position {
  const inside = (x: number, n: number): number => Math.min(n - 1, Math.max(0, Math.round(x)));
  let best: Position = { row: inside(grain.row, rows), col: inside(grain.column, cols) };
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; ids && i < rows * cols; i++) {
    if (ids[i] !== grain.id) continue;
    const [row, col] = [Math.floor(i / cols), i % cols];
    const far = (row - grain.row) ** 2 + (col - grain.column) ** 2;
    if (far < least) [least, best] = [far, { row, col }];
  }
  return best;
}

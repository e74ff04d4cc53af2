import type { Stats } from "../../src/core/wire.js";
import { short, whole } from "./numbers.js";

/** A measure that is shown and remembered. */
export interface Measure {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly about: string;
  readonly of: (s: Stats) => number;
  readonly show: (v: number) => string;
  /** True: a person is needed. */
  readonly alert: (s: Stats) => boolean;
}
const never = (): boolean => false;

/** What the strip shows. */
export const STRIP: readonly Measure[] = [
  { key: "frames-in", title: "In", unit: "frames/s", about: "Frames received", of: (s) => s.frames_in_hz, show: short, alert: never },
  {
    key: "frames-done",
    title: "Processed",
    unit: "frames/s",
    about: "Frames that reached the maps",
    of: (s) => s.frames_done_hz,
    show: short,
    alert: never,
  },
  { key: "bytes-in", title: "Data", unit: "MB/s", about: "Bytes received", of: (s) => s.bytes_in_hz / 1e6, show: short, alert: never },
  {
    key: "backlog",
    title: "Backlog",
    unit: "frames",
    about: "Received and not yet on a map",
    of: (s) => s.backlog,
    show: short,
    alert: never,
  },
  {
    key: "lost",
    title: "Lost",
    unit: "frames",
    about: "Frames of the newest series that never arrived",
    of: (s) => s.account?.lost ?? 0,
    show: whole,
    alert: (s) => (s.account?.lost ?? 0) > 0,
  },
  {
    key: "lag",
    title: "Lag",
    unit: "rows",
    about: "Rows between the newest frame and the maps",
    of: (s) => s.lag_rows,
    show: whole,
    alert: never,
  },
  {
    key: "memory",
    title: "Memory",
    unit: "MB",
    about: "Resident memory of the daemon; red when the frame store is nearly full",
    of: (s) => s.memory.rss_mb,
    show: short,
    alert: (s) => s.memory.slab_limit_mb > 0 && s.memory.slab_mb > 0.9 * s.memory.slab_limit_mb && s.backlog > 0,
  },
  {
    key: "clients",
    title: "Clients",
    unit: "",
    about: "Browsers and programs that watch",
    of: (s) => s.clients,
    show: whole,
    alert: never,
  },
];

/** What is remembered: the strip, and what a burst leaves behind. */
export const MEASURES: readonly Measure[] = [
  ...STRIP,
  {
    key: "put-off",
    title: "Put off",
    unit: "frames",
    about: "Frames whose measures or features were put off because frames came too fast",
    of: (s) => s.overload.waiting_measures + s.overload.waiting_features,
    show: short,
    alert: never,
  },
  {
    key: "measured-one-in",
    title: "Measured 1 in",
    unit: "positions",
    about: "One position in so many is measured at once; 1: every position",
    of: (s) => s.overload.measured_one_in,
    show: whole,
    alert: never,
  },
  {
    key: "features-one-in",
    title: "Features 1 in",
    unit: "positions",
    about: "One position in so many gets its features at once; 1: every position",
    of: (s) => s.overload.features_one_in,
    show: whole,
    alert: never,
  },
  {
    key: "loop-lag",
    title: "Loop lag",
    unit: "ms",
    about: "How late the main loop of the daemon was at worst",
    of: (s) => s.loop_lag_ms,
    show: short,
    alert: never,
  },
];

/** Columns of the last samples, oldest first: times in s, then one column per measure. */
export interface History {
  readonly time: readonly number[];
  readonly columns: ReadonlyMap<string, readonly number[]>;
}
export const NO_HISTORY: History = { time: [], columns: new Map(MEASURES.map((m) => [m.key, []])) };

/** History with one more sample, at most `keep` of them. */
export function remember(h: History, s: Stats, keep = 600): History {
  const push = (list: readonly number[], v: number): number[] => [...list.slice(Math.max(0, list.length + 1 - keep)), v];
  return {
    time: push(h.time, s.at / 1000),
    columns: new Map(MEASURES.map((m) => [m.key, push(h.columns.get(m.key) ?? [], m.of(s))])),
  };
}

/** Points "x,y" of a line of the last `span` s in a box, zero at the bottom; empty with fewer than two samples. */
export function sparkline(
  time: readonly number[],
  values: readonly number[],
  span: number,
  width: number,
  height: number,
): readonly (readonly [number, number])[] {
  const end = time.at(-1);
  if (end === undefined || time.length < 2) return [];
  const from = Math.max(
    0,
    time.findIndex((t) => t >= end - span),
  );
  const seen = values.slice(from);
  const top = Math.max(...seen, 1e-9);
  return seen.map((v, i) => [width * (1 - (end - (time[from + i] ?? end)) / span), height * (1 - Math.max(0, v) / top)] as const);
}

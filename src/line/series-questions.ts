import type { FrameShape } from "../core/frame.js";
import type { FramesAbout, Image, LineView, PatternAnswer, PatternKind } from "../core/sink.js";
import { matchOf } from "./component-questions.js";
import { keptRow } from "./kept-frames.js";
import type { LaneCalls } from "./lane-calls.js";
import type { SeriesBook } from "./series-book.js";
import type { SeriesNeeds } from "./series-needs.js";
import { eachImage, laneSeries } from "./series-parts.js";
import type { SeriesRun } from "./series-run.js";
import { REF } from "./slab.js";

type Beam = LaneCalls["polar"]["ask"]["beam"];

/** The frame of an image that came; with a beam its polar counts. */
async function frameOf(image: number, { account }: SeriesRun, { pool, slab }: SeriesNeeds, beam: Beam | null): Promise<PatternAnswer> {
  const { images } = account;
  const ref = new Int32Array(REF.width);
  images.ref(image, ref, 0);
  const slot = ref[REF.slot] as number;
  const [offset, length] = [ref[REF.offset] as number, ref[REF.length] as number];
  if (!slab.hold(slot, ref[REF.serial] as number)) return "gone";
  try {
    const frame = { slot, offset, length, shape: images.shape(image) };
    return (beam ? await pool.ask(image, "polar", { ...frame, beam }) : await pool.ask(image, "pattern", frame)) ?? "none";
  } finally {
    slab.release(slot);
  }
}

/** Where the beam is at a position; null: that is not known. */
function beamAt({ number, work, maps, map }: SeriesRun, row: number, column: number): Beam | null {
  const radius = work?.measures.known.beam?.radius;
  const at = 2 * (row * map.grid.columns + column);
  const [y = Number.NaN, x = Number.NaN] = maps.layer("centre")?.value.subarray(at, at + 2) ?? [];
  return radius === undefined || Number.isNaN(y) ? null : { series: number, row: y, col: x, radius };
}

async function patternAt(s: SeriesRun, row: number, column: number, kind: PatternKind, n: SeriesNeeds): Promise<PatternAnswer> {
  const image = s.map.imageAt(row, column);
  if (image < 0) return "none";
  if (kind === "denoised" || kind === "polar_denoised") {
    const denoise = s.work?.denoise ?? "no frame has come";
    return typeof denoise === "string" ? { off: denoise } : denoise.pattern(row, column, kind);
  }
  if (kind === "match") return matchOf(s, row, column, n.pool);
  if (kind === "raw") return frameOf(image, s, n, null);
  const beam = beamAt(s, row, column);
  return beam ? frameOf(image, s, n, beam) : "none";
}

/** How the frames of a series are to be read. */
function framesAbout({ id, number, begin, frame, map, work }: SeriesRun, n: SeriesNeeds): FramesAbout | "none" {
  if (!frame) return "none";
  const { height, width, type, low, high } = laneSeries(number, frame, begin, n);
  const { rows, columns } = map.grid;
  const masked = Array.from(work?.measures.known.mask ?? [], (m, p) => (m !== 0 ? p : -1)).filter((p) => p >= 0);
  return { series: id, rows, columns, height, width, type, low, high, masked };
}

type SeriesQuestions = Pick<LineView, "pattern" | "frames" | "keptRow" | "model" | "summary">;

/** What the line answers about frames and patterns of the series that are kept. */
export const seriesQuestions = (book: Pick<SeriesBook, "get">, n: SeriesNeeds): SeriesQuestions => ({
  async pattern(id, row, column, kind) {
    const s = book.get(id);
    return s ? patternAt(s, row, column, kind, n) : "none";
  },
  frames(id) {
    const s = book.get(id);
    return s ? framesAbout(s, n) : "none";
  },
  keptRow(id, row, from) {
    const s = book.get(id);
    if (!s?.frame) return "none";
    const { map, account } = s;
    const { images } = account;
    const visitEach = (at: number, visit: (image: number) => void): void => eachImage({ map, images }, at, visit);
    const ref = (image: number, out: Int32Array, at: number): boolean => images.ref(image, out, at);
    const shape = (image: number): FrameShape => images.shape(image);
    return keptRow({ columns: map.grid.columns, slab: n.slab, eachImage: visitEach, ref, shape }, row, from);
  },
  model: (id) => book.get(id)?.work?.model ?? "none",
  /** Mean, maximum or variance of what the lanes have seen of a series. */
  async summary(id, kind): Promise<Image | "none"> {
    const { frame, number: series, work } = book.get(id) ?? {};
    if (!frame || series === undefined) return "none";
    const parts = (await n.pool.askAll("summary", { series, reset: false })).filter((p) => p !== null);
    const { height, width } = frame;
    return parts.length === 0 ? "none" : n.pool.askHelper("image", { parts, height, width, kind, mask: work?.measures.known.mask ?? null });
  },
});

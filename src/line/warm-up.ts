import { polarScale } from "../components/event-binner.js";
import type { FinalQuestion } from "../components/final-questions.js";
import { roomForShares } from "../components/final-shares.js";
import { BINS, type PolarScale } from "../components/polar-events.js";
import { NO_DETECTORS } from "../core/virtual-detector.js";
import { aDesk } from "./desk.js";
import type { LaneCall, LaneCalls, LaneWork } from "./lane-calls.js";
import type { ListAnswer } from "./list-calls.js";
import { madeUpScan } from "./made-up-scan.js";
import type { SlabReader } from "./slab.js";

/** A lane in this thread that nothing else uses. */
export interface SpareLane {
  desk(id: number, buffer: SharedArrayBuffer): void;
  answer<K extends LaneCall>(call: K, ask: LaneCalls[K]["ask"]): Promise<LaneCalls[K]["answer"]>;
  rest(): Promise<boolean>;
  close(): Promise<void>;
}

type Scan = ReturnType<typeof madeUpScan>;
type Work = (lane: SpareLane, scan: Scan, model: boolean) => AsyncGenerator<void, void>;

const SERIES = 0;
const MASK = { version: 0, mask: null };
/** Of the beam in the sums of the scan. */
const FITS = 3;
/**
 * Rows of the scans that are run. What a function that makes others has made is compiled anew each time, until it has been called some times:
 * hence the short ones.
 */
const SHORT = 3;
const SHORT_SCANS = 10;

const aboutScan = ({ shape: { height, width, type } }: Scan): LaneCalls["open"]["ask"] => ({
  series: SERIES,
  height,
  width,
  type,
  low: 0,
  high: 65535,
  mount: { flipRows: false, flipCols: false, transpose: false },
  ellipse: [1, 0],
});
const rowOf = (scan: Scan, row: number) => ({ series: SERIES, row, mask: MASK, radius: scan.radius, frames: scan.row(row) });

async function* measure(lane: SpareLane, scan: Scan): AsyncGenerator<void, void> {
  const desk = aDesk(0);
  lane.desk(desk.id, desk.buffer);
  desk.accumulate.fill(1);
  await lane.answer("open", aboutScan(scan));
  const task = {
    series: SERIES,
    desk: desk.id,
    release: false,
    features: true,
    mask: MASK,
    detectors: NO_DETECTORS,
    shape: [scan.shape],
    radius: scan.radius,
  };
  for (let row = 0; row < scan.rows; row++) {
    const { count, ref, centre } = scan.row(row);
    desk.ref.set(ref);
    desk.centre.set(centre);
    await lane.answer("task", { ...task, count });
    yield;
  }
}

async function* fit(lane: SpareLane, scan: Scan): AsyncGenerator<void, void> {
  yield* measure(lane, scan);
  const summary = await lane.answer("summary", { series: SERIES, reset: false });
  if (!summary) return;
  const { height, width } = scan.shape;
  for (let i = 0; i < FITS; i++) {
    await lane.answer("fit", { parts: [summary], height, width, mask: null });
    yield;
  }
}
async function* denoise(lane: SpareLane, scan: Scan, model: boolean): AsyncGenerator<void, void> {
  const { columns, rows } = scan;
  await lane.answer("denoiseOpen", { ...aboutScan(scan), columns, method: model ? "auto" : "neighbour", adapt: false });
  for (let row = 0; row < rows; row++) {
    await lane.answer("denoiseRow", rowOf(scan, row));
    yield;
    while (await lane.rest()) yield;
  }
  await lane.answer("denoiseEnd", { series: SERIES });
}

/** The rows of the scan by polar bins, of so large rings. */
async function* list(lane: SpareLane, scan: Scan, scale: PolarScale): AsyncGenerator<ListAnswer, void> {
  await lane.answer("listOpen", { ...aboutScan(scan), columns: scan.columns, rows: scan.rows });
  for (let row = 0; row < scan.rows; row++)
    yield await lane.answer("listRow", { series: SERIES, row, mask: MASK, scale, frames: scan.row(row) });
}

async function* listRows(lane: SpareLane, scan: Scan): AsyncGenerator<void, void> {
  const { height, width } = scan.shape;
  for await (const _ of list(lane, scan, polarScale(height, width, scan.radius))) yield;
  await lane.answer("listEnd", { series: SERIES });
  const region = scan.grains.subarray(0, scan.rows * scan.columns);
  for (const question of finalQuestions(scan, [...new Set(region)])) {
    await lane.answer("listJudge", { series: SERIES, region, question });
    yield;
  }
}

function finalQuestions({ rows, columns }: Scan, ids: readonly number[]): FinalQuestion[] {
  const known = new Map(ids.map((id) => [id, { class: 1, angle: id, fold: 1, confidence: 1, grain: id }]));
  const components = [[1, new Float64Array(BINS + 1).fill(1 / BINS)]] as const;
  return [
    { about: "borders", sweep: 0, first: 0, end: rows },
    { about: "splits", ids },
    { about: "rivals", ids },
    { about: "shares", known, components, extra: new Map(), ...roomForShares(rows * columns) },
  ];
}

async function* findComponents(lane: SpareLane, scan: Scan): AsyncGenerator<void, void> {
  const { columns, rows, radius } = scan;
  await lane.answer("componentOpen", { ...aboutScan(scan), columns, rows, most: 32, again: false });
  const scale = await lane.answer("componentBegin", { series: SERIES, radius, row: 0 });
  let row = 0;
  for await (const { events } of list(lane, scan, scale)) {
    await lane.answer("componentRow", { series: SERIES, row: row++, mask: MASK, events });
    yield;
  }
  const superpixels = await lane.answer("listEnd", { series: SERIES });
  let { shared } = await lane.answer("componentEnd", { series: SERIES, superpixels });
  while (shared) {
    yield;
    const theirs = await lane.answer("listJudge", { series: SERIES, ...shared });
    ({ shared } = await lane.answer("componentSettle", { series: SERIES, theirs }));
  }
}

const WORK: Readonly<Record<LaneWork, Work>> = { pixels: measure, images: fit, denoise, lists: listRows, components: findComponents };

/**
 * Does the work of a lane on a small made-up scan, part by part, and forgets it: code that has run is compiled well, and the first scan need
 * not wait for that. `model`: patterns will be made by one; `open` opens a lane over a slab, which is closed again at the end or on return.
 */
export async function* warmUp(work: LaneWork, model: boolean, open: (slab: SlabReader) => SpareLane): AsyncGenerator<void, void> {
  const whole = madeUpScan();
  for (let i = 0; i <= SHORT_SCANS; i++) {
    const scan = i < SHORT_SCANS ? { ...whole, rows: SHORT } : whole;
    const opened = open(scan.slab);
    // As questions come from another thread: code is compiled for the kind of object that it has seen.
    const lane: SpareLane = { ...opened, answer: (call, ask) => opened.answer(call, structuredClone(ask)) };
    try {
      yield* WORK[work](lane, scan, model);
    } finally {
      await lane.close();
    }
  }
}

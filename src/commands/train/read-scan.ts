import { DETECTORS } from "../../../detectors/index.js";
import { type ArrivalSink, type Detector, payloadOf, type SeriesBegin, type WireFrame } from "../../core/detector.js";
import { Fault } from "../../core/fault.js";
import { type FrameKind, type FrameShape, frameBytes, type PixelArray, pixelArray, sameFrame } from "../../core/frame.js";
import { PLAIN_RASTER, place, type ScanGrid } from "../../core/scan.js";
import { accumulateFrame, emptySummary } from "../../kernels/accumulate-frame.js";
import { decodeFrame } from "../../kernels/decode-frame.js";
import { findHot } from "../../kernels/find-hot.js";
import { ENTRY_PIXELS, listCounts } from "../../kernels/list-counts.js";
import { DECODED } from "../../kernels/pixel-lane.js";
import type { Summary } from "../../kernels/summarise.js";
import { planScan, type ScanSettings } from "../../line/scan-plan.js";
import { countLimits } from "../../line/series-options.js";
import { readRecording } from "../../wire/containers.js";
import { archiveFile, isArchive } from "./archive-file.js";
import type { BeginFacts, ScanFile } from "./scan-file.js";

/** A frame as the pixels that counted: pixel in the low 25 bits, counts in the upper 7; none of excluded pixels. */
export type Entries = Uint32Array;

/** The first scan of a recording. */
export interface RecordedScan {
  readonly path: string;
  readonly grid: ScanGrid;
  readonly height: number;
  readonly width: number;
  /** Non-zero where a pixel is valid: not masked by the stream, neither hot nor dead. */
  readonly used: Uint8Array;
  /** Every scan row, in order, read from the file as it is asked for; null where no frame is. Faults: bad-file. */
  lines(): Generator<readonly (Entries | null)[]>;
  /** Nobody asks for its lines any more. */
  close?(): void;
}

/** Frames that hot and dead pixels are looked for in. */
const SURVEYED = 1024;
/** Entries of a frame per pixel: many counts take several. */
const MOST_ENTRIES = 4;
/** Messages by which a protocol is known. */
const KNOWN_BY = 64;
/** A scan row is done when so many rows later one begins: images may come out of order. */
const LATE_ROWS = 2;
const PLAIN: ScanSettings = {
  shape: null,
  shapeByFlag: false,
  ...PLAIN_RASTER,
  mostMapBytes: Number.POSITIVE_INFINITY,
  positions: null,
};

/** Opens a recording, or an archive. `shape`: of the scan, where the file's is not to be used. Faults: bad-file. */
export function readScan(path: string, shape: readonly [rows: number, columns: number] | null): RecordedScan {
  return scanOf(isArchive(path) ? archiveFile(path) : recordingFile(path), shape);
}

function recordingFile(path: string): ScanFile {
  const detector = detectorOf(path);
  return { path, grid: null, arrivals: () => firstSeries(path, detector) };
}

function scanOf(file: ScanFile, shape: readonly [rows: number, columns: number] | null): RecordedScan {
  const { path } = file;
  const { begin, frame, summary } = survey(file);
  const planned = (): ScanGrid => planScan({ ...PLAIN, shape, shapeByFlag: shape !== null }, begin, null).grid;
  const known = shape === null ? file.grid : null;
  const grid = known ?? planned();
  const { height, width } = frame;
  const used = new Uint8Array(height * width).fill(1);
  for (const [p, masked] of (begin.mask ?? []).entries()) if (masked !== 0) used[p] = 0;
  const { hot, dead } = findHot(summary.sum, summary.squares, summary.valid, summary.frames, height, width);
  for (const p of [...hot, ...dead]) used[p] = 0;
  const list = frameLister(frame, used, countLimits(frame.type, begin).high);
  const listed = (wire: WireFrame): Entries | null => list(payloadOf(wire), wire.shape);
  return { path, grid, height, width, used, lines: () => linesOf(file, grid, known !== null, listed) };
}

/** Lists the counts of frames of a kind; null where a payload is not one. */
export function frameLister(frame: FrameKind, used: Uint8Array, high: number): (payload: Uint8Array, shape: FrameShape) => Entries | null {
  const room = new Uint32Array(MOST_ENTRIES * used.length);
  return (payload, shape) => {
    const pixels = decoded(payload, shape, frame);
    const count = pixels ? listCounts(pixels, used, high, room) : -1;
    return count < 0 ? null : room.slice(0, count);
  };
}

/** Begin and frames of the first series, each valid until the next is asked for. */
function* firstSeries(path: string, detector: Detector): Generator<SeriesBegin | WireFrame> {
  const reader = detector.open({});
  let arrived: (SeriesBegin | WireFrame | null)[] = [];
  const sink: ArrivalSink = {
    begin: (begin) => void arrived.push(begin),
    frame: (frame) => void (frame.drives && arrived.push(frame)),
    end: () => void arrived.push(null),
    ignored: () => {},
    malformed: () => {},
  };
  let key: string | null = null;
  for (const { parts } of readRecording(path)) {
    arrived = [];
    reader.read(parts, sink);
    for (const arrival of arrived) {
      if (arrival === null && key === null) continue;
      if (arrival === null || (key !== null && arrival.key !== key)) return;
      key = arrival.key;
      yield arrival;
    }
  }
}

/** The protocol whose reader finds a frame in the first messages. */
function detectorOf(path: string): Detector {
  const found = DETECTORS.find((detector) => {
    let left = KNOWN_BY;
    for (const arrival of firstSeries(path, detector)) {
      if ("bytes" in arrival) return true;
      if (--left === 0) return false;
    }
    return false;
  });
  if (found) return found;
  throw new Fault("bad-file", path, `${path}: holds no frame of ${DETECTORS.map(({ name }) => name).join(", ")}`);
}

/** What the first frames tell: their shape, and sums in which faulty pixels show. */
function survey({ path, arrivals }: ScanFile): { begin: BeginFacts; frame: FrameShape; summary: Summary } {
  let begin: BeginFacts | null = null;
  let frame: FrameShape | null = null;
  let summary = emptySummary(0, 0);
  let frames = 0;
  for (const arrival of arrivals()) {
    if (!("bytes" in arrival)) begin ??= arrival;
    else if (begin) {
      const { height, width, type } = arrival.shape;
      if (height * width > ENTRY_PIXELS) throw new Fault("bad-file", path, `${path}: frames of ${height} x ${width} pixels are too large`);
      if (frame === null) summary = emptySummary(height, width);
      frame ??= { ...arrival.shape };
      const pixels = decoded(payloadOf(arrival), arrival.shape, frame);
      const mask = begin.mask?.length === height * width ? begin.mask : null;
      if (pixels) accumulateFrame(pixels, { height, width, type, mask, ...countLimits(type, begin) }, summary);
      if (pixels && ++frames === SURVEYED) break;
    }
  }
  if (!begin || !frame || frames === 0) throw new Fault("bad-file", path, `${path}: no frame of it can be unpacked`);
  const mask = begin.mask?.length === frame.height * frame.width ? begin.mask : null;
  return { begin: { ...begin, mask }, frame, summary: { ...summary, frames } };
}

/** Null where the payload is not a frame of this kind. */
function decoded(payload: Uint8Array, shape: FrameShape, kind: FrameKind): PixelArray | null {
  if (!sameFrame(shape, kind)) return null;
  const bytes = new Uint8Array(frameBytes(shape));
  if (decodeFrame(payload, shape, bytes) !== DECODED) return null;
  return pixelArray(shape.type, shape.height * shape.width, bytes.buffer);
}

/** `known`: the file says where frames are. */
function* linesOf(
  { arrivals }: ScanFile,
  { rows, columns, ...grid }: ScanGrid,
  known: boolean,
  listed: (frame: WireFrame) => Entries | null,
): Generator<readonly (Entries | null)[]> {
  const open = new Map<number, (Entries | null)[]>();
  let next = 0;
  const take = (): (Entries | null)[] => {
    const line = open.get(next) ?? new Array<null>(columns).fill(null);
    open.delete(next++);
    return line;
  };
  for (const arrival of arrivals()) {
    if (!("bytes" in arrival)) continue;
    const at = (known ? arrival.at : undefined) ?? place({ rows, columns, ...grid }, arrival.image);
    const row = Math.floor(at / columns);
    // Late beyond measure, or nowhere on the map.
    if (at < 0 || row < next) continue;
    while (next < row - LATE_ROWS) yield take();
    const line = open.get(row) ?? new Array<Entries | null>(columns).fill(null);
    line[at % columns] ??= listed(arrival);
    open.set(row, line);
  }
  while (next < rows) yield take();
}

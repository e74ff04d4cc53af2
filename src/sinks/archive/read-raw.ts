import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SeriesBegin } from "../../core/detector.js";
import { Fault } from "../../core/fault.js";
import { ENCODINGS, type FrameShape, MAX_FRAME_BYTES, MAX_SIDE, PIXEL_TYPES } from "../../core/frame.js";
import { MAX_POSITIONS, SCAN_ORDERS, type ScanGrid } from "../../core/scan.js";
import { readElements } from "./appended-array.js";
import { type IndexColumn, RAW, RAW_INDEX } from "./raw-frames.js";
import { ZARR_BYTES, type ZarrType } from "./zarr-store.js";

/** A frame as it came. The bytes are the reader's to keep. */
export interface StoredFrame {
  readonly image: number;
  /** Scan index, SKIPPED or BEYOND. */
  readonly position: number;
  readonly complete: boolean;
  readonly shape: FrameShape;
  readonly bytes: Uint8Array;
}

export type StoredBegin = Pick<SeriesBegin, "key" | "channel" | "expected" | "saturation" | "errorValue" | "scan"> & {
  readonly mask: Uint8Array | null;
};

export interface StoredFrames {
  readonly begin: StoredBegin;
  /** Without listed positions: frames know theirs. */
  readonly grid: ScanGrid;
  /** Frames that are there by now. */
  readonly count: number;
  frames(): Generator<StoredFrame>;
}

type Fields = Readonly<Record<string, unknown>>;
type Fail = (what: string, cause?: unknown) => never;
const isFields = (v: unknown): v is Fields => typeof v === "object" && v !== null && !Array.isArray(v);
const isWhole = (v: unknown, least: number, most: number): v is number =>
  typeof v === "number" && Number.isInteger(v) && v >= least && v <= most;
const numberOrNull = (v: unknown): number | null => (typeof v === "number" ? v : null);

/** Entries of the index that are read in one go. */
const PAGE = 4096;
const MAX_FRAMES = 2 ** 31;

function readJson(path: string, fail: Fail): Fields {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (e) {
    return fail(`cannot be read: ${e instanceof Error ? e.message : String(e)}`, e);
  }
  return isFields(value) ? value : fail("is no object");
}

interface OneAxis {
  readonly path: string;
  readonly length: number;
  readonly perChunk: number;
  readonly size: number;
}

/** A one-dimensional array, or two where `shape` says so, as this program writes it. */
function readArray(folder: string, name: string, type: ZarrType, fail: Fail): OneAxis & { readonly shape: readonly number[] } {
  const path = join(folder, RAW, name);
  const { shape, chunks, dtype, compressor } = readJson(join(path, ".zarray"), fail);
  const isShape = (v: unknown): v is number[] => Array.isArray(v) && v.length > 0 && v.every((n) => isWhole(n, 0, 2 ** 52));
  if (!isShape(shape) || !isShape(chunks) || dtype !== type || compressor !== null || chunks.some((n) => n === 0 || n > 2 ** 28))
    return fail(`${name} is no array of this program`);
  const [length = 0] = shape;
  const [perChunk = 1] = chunks;
  return { path, length, perChunk, size: ZARR_BYTES[type], shape };
}

function readShape(raw: unknown, fail: Fail): FrameShape {
  if (!isFields(raw)) return fail("a shape of frames is none");
  const { height, width, element, bigEndian } = raw;
  const type = PIXEL_TYPES.find((t) => t === raw.type);
  const encoding = ENCODINGS.find((e) => e === raw.encoding);
  if (!type || !encoding || !isWhole(height, 1, MAX_SIDE) || !isWhole(width, 1, MAX_SIDE) || !isWhole(element, 0, 4))
    return fail("a shape of frames is none");
  return { height, width, type, encoding, element, bigEndian: bigEndian === true };
}

function readGrid(raw: unknown, fail: Fail): ScanGrid {
  const o = isFields(raw) ? raw : {};
  const { rows, columns, skipStart, lineSkip, lineSkipAt, framesPerPosition, step } = o;
  const order = SCAN_ORDERS.find((known) => known === o.order);
  const whole = [skipStart, lineSkip].every((n) => isWhole(n, 0, 2 ** 31)) && isWhole(framesPerPosition, 1, 2 ** 20);
  if (!order || !isWhole(rows, 1, MAX_POSITIONS) || !isWhole(columns, 1, MAX_POSITIONS) || rows * columns > MAX_POSITIONS || !whole)
    return fail("the scan is none");
  return {
    rows,
    columns,
    order,
    skipStart: Number(skipStart),
    lineSkip: Number(lineSkip),
    lineSkipAt: lineSkipAt === "end" ? "end" : "start",
    framesPerPosition,
    step: numberOrNull(step) ?? 0,
  };
}

function readMask(folder: string, { height, width }: FrameShape, fail: Fail): Uint8Array | null {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(join(folder, RAW, "mask", "0", "0"));
  } catch {
    // There is none, or it has not been written yet.
    return null;
  }
  return bytes.length === height * width ? new Uint8Array(bytes) : fail("the mask has another size than the frames");
}

function readBegin(raw: unknown, mask: Uint8Array | null): StoredBegin {
  const o = isFields(raw) ? raw : {};
  return {
    key: typeof o.key === "string" ? o.key : "",
    channel: typeof o.channel === "string" ? o.channel : "",
    expected: numberOrNull(o.expected),
    saturation: numberOrNull(o.saturation),
    errorValue: numberOrNull(o.errorValue),
    scan: {},
    mask,
  };
}

/** Low and high words. */
const wide = (words: Uint32Array, i: number): number => (words[2 * i] as number) + 2 ** 32 * (words[2 * i + 1] as number);

/** The frames of an archive, as far as they are there: the scan may be running, or its daemon may have been killed. Faults: bad-file. */
export function readRaw(path: string): StoredFrames {
  const fail: Fail = (what, cause) => {
    throw new Fault("bad-file", path, `${path}: ${what}`, cause);
  };
  const attributes = readJson(join(path, RAW, ".zattrs"), (what, cause) => fail(`holds no frames: ${what}`, cause));
  const shapes = (Array.isArray(attributes.shapes) ? attributes.shapes : []).map((s) => readShape(s, fail));
  const column = (name: IndexColumn): OneAxis => readArray(path, name, RAW_INDEX[name], fail);
  const index: Record<IndexColumn, OneAxis> = {
    image: column("image"),
    position: column("position"),
    offset: column("offset"),
    length: column("length"),
    shape: column("shape"),
    complete: column("complete"),
  };
  const data = readArray(path, "data", "|u1", fail);
  const count = Math.min(MAX_FRAMES, ...Object.values(index).map(({ length }) => length));
  const page = (name: IndexColumn, from: number, n: number): Uint8Array => {
    const { path: at, size, perChunk } = index[name];
    return elements(at, size, perChunk, from, n, fail);
  };
  function* frames(): Generator<StoredFrame> {
    for (let from = 0; from < count; from += PAGE) {
      const n = Math.min(PAGE, count - from);
      const image = new Uint32Array(page("image", from, n).buffer);
      const offset = new Uint32Array(page("offset", from, n).buffer);
      const position = new Int32Array(page("position", from, n).buffer);
      const length = new Int32Array(page("length", from, n).buffer);
      const [kind, complete] = [page("shape", from, n), page("complete", from, n)];
      for (let i = 0; i < n; i++) {
        const [at, bytes, shape] = [wide(offset, i), length[i] as number, shapes[kind[i] as number]];
        if (!shape || bytes < 0 || bytes > MAX_FRAME_BYTES || at + bytes > data.length) fail(`frame ${from + i} lies nowhere`);
        else
          yield {
            image: wide(image, i),
            position: position[i] as number,
            complete: complete[i] !== 0,
            shape,
            bytes: elements(data.path, 1, data.perChunk, at, bytes, fail),
          };
      }
    }
  }
  const [first] = shapes;
  return {
    begin: readBegin(attributes.begin, first ? readMask(path, first, fail) : null),
    grid: readGrid(attributes.grid, fail),
    count,
    frames,
  };
}

function elements(path: string, size: number, perChunk: number, from: number, count: number, fail: Fail): Uint8Array {
  const out = new Uint8Array(count * size);
  try {
    readElements(path, size, perChunk, from, out);
  } catch (e) {
    fail(`cannot be read: ${e instanceof Error ? e.message : String(e)}`, e);
  }
  return out;
}

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../core/fault.js";
import { ENCODINGS, type FrameKind, type FrameShape, PIXEL_TYPES, sameFrame } from "../../core/frame.js";
import { MAX_POSITIONS, PLAIN_RASTER, type ScanGrid } from "../../core/scan.js";
import { ENTRY_PIXELS } from "../../kernels/list-counts.js";
import { type Entries, frameLister, type RecordedScan } from "./read-scan.js";

/** The address of a daemon, not the name of a file. */
export const isAddress = (source: string): boolean => /^https?:\/\//.test(source);

const ANSWER_MS = 60_000;

type Fields = Readonly<Record<string, unknown>>;

/** Asks a daemon; whatever is wrong becomes a fault that names the address. */
function openAsking(source: string, token: string | undefined, signal: AbortSignal) {
  const fail = (what: string, cause?: unknown): never => {
    throw new Fault("bad-file", source, `${source}: ${what}`, cause);
  };
  const url = URL.canParse(source) ? new URL(source) : fail("is no address");
  const path = url.pathname.replace(/\/+$/, "");
  const base = `${url.origin}${path === "" ? "/api/v1/series/latest" : path}`;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = async (what: string): Promise<Response> => {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const answer = await fetch(`${base}${what}`, { headers, redirect: "error", signal: limits }).catch((e: Error) =>
      fail(`no answer: ${e.cause instanceof Error ? e.cause.message : e.message}`, e),
    );
    if (answer.ok) return answer;
    const said = (await answer.text()).slice(0, 300);
    return fail(answer.status === 401 ? "asks for a token: set BRAGGSTREAM__HTTP__TOKEN" : `answers ${answer.status}: ${said}`);
  };
  return { ask, fail };
}
type Fail = ReturnType<typeof openAsking>["fail"];

const UNREADABLE = "an answer cannot be read";
function readJson(text: string, fail: Fail): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Fields) : fail(UNREADABLE);
  } catch (e) {
    return fail(UNREADABLE, e);
  }
}

const isWhole = (v: unknown, least: number, most: number): v is number =>
  typeof v === "number" && Number.isInteger(v) && v >= least && v <= most;

interface About {
  readonly series: string;
  readonly grid: ScanGrid;
  readonly frame: FrameKind;
  readonly high: number;
  readonly used: Uint8Array;
}

function readAbout(o: Fields, fail: Fail): About {
  const { series, rows, columns, height, width, high } = o;
  const type = PIXEL_TYPES.find((t) => t === o.type);
  if (typeof series !== "string" || !isWhole(rows, 1, MAX_POSITIONS) || !isWhole(columns, 1, MAX_POSITIONS) || typeof high !== "number")
    return fail(UNREADABLE);
  if (!type || type === "float32") return fail("its pixels are no counts of electrons");
  if (
    !isWhole(height, 1, ENTRY_PIXELS) ||
    !isWhole(width, 1, ENTRY_PIXELS) ||
    height * width > ENTRY_PIXELS ||
    rows * columns > MAX_POSITIONS
  )
    return fail("its scan or its frames are too large");
  const used = new Uint8Array(height * width).fill(1);
  for (const p of Array.isArray(o.masked) ? o.masked : []) if (isWhole(p, 0, used.length - 1)) used[p] = 0;
  const grid: ScanGrid = { rows, columns, ...PLAIN_RASTER };
  return { series, grid, frame: { height, width, type }, high, used };
}

interface Part {
  readonly shapes: readonly FrameShape[];
  readonly frames: readonly (readonly [column: number, shape: number, bytes: number])[];
  readonly next: number | null;
}

/** The head of an answer, and where its payloads begin. */
function readPart(bytes: Buffer, { frame, grid }: About, fail: Fail): Part & { readonly at: number } {
  const at = 4 + (bytes.length >= 4 ? bytes.readUInt32LE(0) : 0);
  if (at < 5 || at > bytes.length) return fail("an answer is cut short");
  const head = readJson(bytes.toString("utf8", 4, at), fail);
  const { shapes, frames, next } = head as unknown as Part;
  if (!Array.isArray(shapes) || !Array.isArray(frames)) return fail(UNREADABLE);
  let end = at;
  for (const [column, shape, length] of frames) {
    if (!isWhole(column, 0, grid.columns - 1) || !isWhole(shape, 0, shapes.length - 1) || !isWhole(length, 0, bytes.length))
      return fail(UNREADABLE);
    end += length;
  }
  const known = shapes.every((s) => sameFrame(s, frame) && ENCODINGS.includes(s.encoding));
  if (!known || end !== bytes.length || !(next === null || isWhole(next, 1, grid.columns - 1))) return fail(UNREADABLE);
  return { shapes, frames, next, at };
}

/**
 * The frames that a daemon has kept of a series, while it runs or after; they are written to a temporary file, until `close`. `source`: its address, with the path of a
 * series or without, then the newest. Faults: bad-file.
 */
export async function fetchScan(
  source: string,
  token: string | undefined,
  signal: AbortSignal,
  progress: (rows: number, of: number) => void,
): Promise<RecordedScan> {
  const { ask, fail } = openAsking(source, token, signal);
  const about = readAbout(readJson(await (await ask("/frames")).text(), fail), fail);
  const { rows, columns } = about.grid;
  const folder = mkdtempSync(join(tmpdir(), "braggstream-train-"));
  const file = openSync(join(folder, "frames"), "w+");
  const close = (): void => {
    closeSync(file);
    rmSync(folder, { recursive: true });
  };
  const parts: { readonly row: number; readonly at: number; readonly bytes: number }[] = [];
  let [size, frames] = [0, 0];
  try {
    for (let row = 0; row < rows && !signal.aborted; row++)
      for (let from: number | null = 0; from !== null; ) {
        const bytes = Buffer.from(await (await ask(`/frames/${row}?from=${from}`)).arrayBuffer());
        const part = readPart(bytes, about, fail);
        if (part.next !== null && part.next <= from) fail(UNREADABLE);
        writeSync(file, bytes);
        parts.push({ row, at: size, bytes: bytes.length });
        size += bytes.length;
        frames += part.frames.length;
        from = part.next;
        progress(row + 1, rows);
      }
    if (frames === 0) fail("keeps no frame of it");
  } catch (e) {
    close();
    throw e;
  }
  const listed = frameLister(about.frame, about.used, about.high);
  function* lines(): Generator<readonly (Entries | null)[]> {
    let next = 0;
    for (let row = 0; row < rows; row++) {
      const line = new Array<Entries | null>(columns).fill(null);
      for (; parts[next]?.row === row; next++) {
        const { at, bytes } = parts[next] as (typeof parts)[number];
        const buffer = Buffer.alloc(bytes);
        readSync(file, buffer, 0, bytes, at);
        const part = readPart(buffer, about, fail);
        let from = part.at;
        for (const [column, shape, length] of part.frames) {
          line[column] ??= listed(buffer.subarray(from, from + length), part.shapes[shape] as FrameShape);
          from += length;
        }
      }
      yield line;
    }
  }
  const { height, width } = about.frame;
  return { path: `${source}, series ${about.series}`, grid: about.grid, height, width, used: about.used, lines, close };
}

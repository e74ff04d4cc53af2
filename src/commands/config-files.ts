import { readFile } from "node:fs/promises";
import type { ParsedConfig } from "../config/index.js";
import { Fault } from "../core/fault.js";
import type { ScanSettings } from "../line/scan-plan.js";

/** A two-dimensional array of whole numbers from a file. */
interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly number[] | Uint8Array | Int32Array;
}

const READERS: Readonly<Record<string, { bytes: number; read: (v: DataView, at: number) => number }>> = {
  "|b1": { bytes: 1, read: (v, at) => v.getUint8(at) },
  "|u1": { bytes: 1, read: (v, at) => v.getUint8(at) },
  "|i1": { bytes: 1, read: (v, at) => v.getInt8(at) },
  "<u2": { bytes: 2, read: (v, at) => v.getUint16(at, true) },
  "<i2": { bytes: 2, read: (v, at) => v.getInt16(at, true) },
  "<u4": { bytes: 4, read: (v, at) => v.getUint32(at, true) },
  "<i4": { bytes: 4, read: (v, at) => v.getInt32(at, true) },
  "<i8": { bytes: 8, read: (v, at) => Number(v.getBigInt64(at, true)) },
};

/** Reads a `.npy` of whole numbers, [rows, columns], C order. Faults: bad-config. */
export function parseNpy(data: Uint8Array, name: string): Table {
  const bad = (why: string): Fault => new Fault("bad-config", name, `${name}: ${why}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < 12 || String.fromCharCode(...data.subarray(1, 6)) !== "NUMPY") throw bad("is not a .npy file");
  const wide = (data[6] as number) >= 2;
  const begin = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder("latin1").decode(data.subarray(begin, begin + length));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? "";
  const shape = /'shape':\s*\((\d+),\s*(\d+)\)/.exec(header);
  const reader = READERS[descr];
  if (!reader || !shape || /'fortran_order':\s*True/.test(header))
    throw bad("must hold a two-dimensional array of whole numbers in C order");
  const rows = Number(shape[1]);
  const columns = Number(shape[2]);
  if (begin + length + rows * columns * reader.bytes > data.length) throw bad("is cut short");
  return {
    rows,
    columns,
    values: Int32Array.from({ length: rows * columns }, (_, i) => reader.read(view, begin + length + i * reader.bytes)),
  };
}

/** Rows of numbers, two per line; `#` begins a comment. */
function parseText(text: string, name: string): Table {
  const lines = text
    .split("\n")
    .map((l) => l.replace(/#.*/, "").trim())
    .filter(Boolean);
  const values = lines.flatMap((line, i) => {
    const pair = line.split(/[\s,;]+/).map(Number);
    if (pair.length !== 2 || !pair.every(Number.isInteger))
      throw new Fault(
        "bad-config",
        name,
        `${name}: line ${i + 1} must be two whole numbers, row and column, not ${JSON.stringify(line.slice(0, 40))}`,
      );
    return pair;
  });
  return { rows: lines.length, columns: 2, values };
}

async function read(key: string, name: string): Promise<Buffer> {
  try {
    return await readFile(name);
  } catch (e) {
    throw new Fault("bad-config", key, `${key}: ${name} cannot be read: ${e instanceof Error ? e.message : String(e)}`, e);
  }
}

/** The detector mask that the configuration names; non-zero is masked. Faults: bad-config. */
export async function loadMask({ config }: ParsedConfig): Promise<{ height: number; width: number; pixels: Uint8Array } | null> {
  const name = config.detector.mask;
  if (name === null) return null;
  const table = parseNpy(await read("detector.mask", name), name);
  return { height: table.rows, width: table.columns, pixels: Uint8Array.from(table.values, (v) => (v === 0 ? 0 : 1)) };
}

/** What the configuration says of the scan, with the listed positions read. Faults: bad-config. */
export async function loadScan({ config, origins }: ParsedConfig): Promise<ScanSettings> {
  const { scan } = config;
  const name = scan.positions_file;
  let positions: [number, number][] | null = null;
  if (scan.order === "positions" && name !== null) {
    const data = await read("scan.positions_file", name);
    const table = name.endsWith(".npy") ? parseNpy(data, name) : parseText(data.toString("utf8"), name);
    if (table.columns !== 2) throw new Fault("bad-config", "scan.positions_file", `${name}: must have two columns, row and column`);
    if (table.rows === 0) throw new Fault("bad-config", "scan.positions_file", `${name}: lists no position`);
    positions = Array.from({ length: table.rows }, (_, i) => [table.values[2 * i] as number, table.values[2 * i + 1] as number]);
    const [rows, columns] = scan.shape ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const outside = positions.findIndex(([r, c]) => r < 0 || c < 0 || r >= rows || c >= columns);
    if (outside >= 0)
      throw new Fault(
        "bad-config",
        "scan.positions_file",
        `${name}: position ${outside + 1}, ${positions[outside]?.join(" ")}, is outside the scan of ${rows} x ${columns}`,
      );
  }
  return {
    shape: scan.shape,
    shapeByFlag: origins["scan.shape"]?.from === "flag",
    order: scan.order,
    skipStart: scan.skip_start,
    lineSkip: scan.line_skip,
    lineSkipAt: scan.line_skip_at,
    framesPerPosition: scan.frames_per_position,
    mostMapBytes: config.memory.maps_mb * 2 ** 20,
    step: scan.step_nm ?? 0,
    positions,
  };
}

import type { PixelArray, PixelType } from "../../src/core/frame.js";

/** An array of a .npy file, C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly type: PixelType;
  readonly data: PixelArray;
}

const TYPES: Readonly<Record<string, PixelType>> = {
  "|u1": "uint8",
  "<u1": "uint8",
  "<u2": "uint16",
  "<u4": "uint32",
  "<i2": "int16",
  "<i4": "int32",
  "<f4": "float32",
};
const VIEWS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
} as const;

const MAGIC = "\u0093NUMPY";
const fail = (what: string): never => {
  throw new Error(`npy: ${what}`);
};

/** Reads a .npy file of version 1 to 3 (little endian, C order). Throws a sentence naming what is wrong. */
export function parseNpy(buffer: ArrayBuffer): NpyArray {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== MAGIC) return fail("not a .npy file");
  const view = new DataView(buffer);
  const long = (bytes[6] as number) >= 2;
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  if (start + length > bytes.length || length > 65_536) return fail("header is cut short");
  const header = String.fromCharCode(...bytes.subarray(start, start + length));
  const descr = /'descr'\s*:\s*'([^']+)'/.exec(header)?.[1] ?? "";
  const type = TYPES[descr];
  if (type === undefined) return fail(`type ${descr || "missing"} is not supported`);
  if (/'fortran_order'\s*:\s*True/.test(header)) return fail("Fortran order is not supported");
  const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  if (shapeText === undefined) return fail("no shape");
  const shape = shapeText
    .split(",")
    .map((s) => s.trim())
    .filter((s) => s !== "")
    .map(Number);
  if (!shape.every((n) => Number.isInteger(n) && n >= 0)) return fail(`bad shape (${shapeText})`);
  const count = shape.reduce((a, b) => a * b, 1);
  const View = VIEWS[type];
  if (start + length + count * View.BYTES_PER_ELEMENT !== bytes.length)
    return fail(`${bytes.length - start - length} bytes of data do not fill (${shapeText}) ${type}`);
  const at = start + length;
  // A writer that did not pad its header leaves the data unaligned: copy.
  return { shape, type, data: at % View.BYTES_PER_ELEMENT === 0 ? new View(buffer, at, count) : new View(buffer.slice(at), 0, count) };
}

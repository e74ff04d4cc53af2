import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const ARRAYS = {
  "|u1": Uint8Array,
  "|i1": Int8Array,
  "<u2": Uint16Array,
  "<i2": Int16Array,
  "<i4": Int32Array,
  "<f4": Float32Array,
} as const;

type Values = Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array | Float32Array;
export interface Npy {
  readonly shape: readonly number[];
  readonly values: Values;
}

/** Largest file that is read, unpacked. */
const MOST_BYTES = 2 ** 31 - 1;
/** Magic bytes, version, and length of the header in two bytes. */
const SHORT_PREFIX = 10;
const LONG_PREFIX = 12;

function unpacked(path: string): Buffer {
  try {
    if (existsSync(path)) return readFileSync(path);
    return gunzipSync(readFileSync(`${path}.gz`), { maxOutputLength: MOST_BYTES });
  } catch (e) {
    throw new Error(`${path}: ${(e as Error).message}`);
  }
}

/**
 * A .npy file: uint8, int8, uint16, int16, int32 or float32, C order, little endian.
 * @throws Error that begins with `name`
 */
export function decodeNpy(bytes: Buffer, name: string): Npy {
  const bad = (why: string): Error => new Error(`${name}: ${why}`);
  if (bytes.length < LONG_PREFIX || bytes.toString("latin1", 1, 6) !== "NUMPY") throw bad("is not a .npy file");
  const short = bytes[6] === 1;
  const begin = short ? SHORT_PREFIX : LONG_PREFIX;
  const end = begin + (short ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const header = bytes.toString("latin1", begin, end);
  const kind = /'descr': *'([^']*)'/.exec(header)?.[1] ?? "";
  const Kind = Object.entries(ARRAYS).find(([is]) => is === kind)?.[1];
  const tuple = /'shape': *\(([^)]*)\)/.exec(header)?.[1];
  if (!Kind || tuple === undefined || !/'fortran_order': *False/.test(header))
    throw bad("must hold uint8, int8, uint16, int16, int32 or float32 in C order, little endian");
  const shape = [...tuple.matchAll(/\d+/g)].map((m) => Number(m[0]));
  const count = shape.reduce((a, b) => a * b, 1);
  if (end + count * Kind.BYTES_PER_ELEMENT > bytes.length) throw bad("is cut short");
  // Values may begin at any byte of the file.
  return { shape, values: new Kind(Uint8Array.from(bytes.subarray(end, end + count * Kind.BYTES_PER_ELEMENT)).buffer) };
}

/** Reads NAME.npy, or NAME.npy.gz where there is none. */
export const readNpy = (path: string): Npy => decodeNpy(unpacked(path), path);

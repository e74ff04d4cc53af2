import { BYTES_PER_PIXEL, type PixelType } from "../core/frame.js";
import { Problem, quoted } from "./problem.js";
import { type CborValue, Tagged } from "./read-cbor.js";

/** CBOR tags: multi-dimensional array, row-major and column-major (RFC 8746), DECTRIS compression, self-described CBOR. */
export const ROW_MAJOR = 40;
const COLUMN_MAJOR = 1040;
export const COMPRESSION = 56500;
export const SELF_DESCRIBED = 55799;

/** How an element of a typed array stands on the wire. `type` null: a known tag whose values cannot be pixels. */
export interface ElementFormat {
  readonly type: PixelType | null;
  readonly bytes: number;
  readonly bigEndian: boolean;
}

const format = (type: PixelType, bigEndian = false): ElementFormat => ({ type, bytes: BYTES_PER_PIXEL[type], bigEndian });
const other = (bytes: number, bigEndian = false): ElementFormat => ({ type: null, bytes, bigEndian });

/** RFC 8746 section 2. */
const FORMATS: ReadonlyMap<number, ElementFormat> = new Map([
  [64, format("uint8")],
  [65, format("uint16", true)],
  [66, format("uint32", true)],
  [67, other(8, true)],
  [68, format("uint8")],
  [69, format("uint16")],
  [70, format("uint32")],
  [71, other(8)],
  [72, other(1)],
  [73, format("int16", true)],
  [74, format("int32", true)],
  [75, other(8, true)],
  [77, format("int16")],
  [78, format("int32")],
  [79, other(8)],
  [80, other(2, true)],
  [81, format("float32", true)],
  [82, other(8, true)],
  [83, other(16, true)],
  [84, other(2)],
  [85, format("float32")],
  [86, other(8)],
  [87, other(16)],
]);

/** The RFC 8746 tag of a pixel type. */
export function typedArrayTag(type: PixelType, bigEndian: boolean): number {
  for (const [tag, f] of FORMATS) if (f.type === type && (f.bigEndian === bigEndian || f.bytes === 1)) return tag;
  throw new Error(`no typed-array tag for ${type}`);
}

/** An array as the wire describes it, not decoded. */
export interface DescribedArray {
  /** As sent: slowest axis first if row-major. One-dimensional for a bare typed array (-1: length unknown until unpacked). */
  readonly dims: readonly CborValue[];
  readonly rowMajor: boolean;
  readonly element: ElementFormat;
  /** null: plain bytes. */
  readonly compression: { readonly algorithm: string; readonly modifier: number } | null;
  /** A view into the message. */
  readonly payload: Uint8Array;
}

/** Reads tag 40/1040 [dims, typed array], or a bare typed array, each with or without compression. `what` names the array in the problem. */
export function describeArray(value: CborValue, what: string): DescribedArray | Problem {
  if (!(value instanceof Tagged)) return new Problem("bad-field", `${what} is not a tagged array`);
  if (value.tag !== ROW_MAJOR && value.tag !== COLUMN_MAJOR) {
    const bare = typedArray(value, what);
    if (bare instanceof Problem) return bare;
    const length = bare.compression ? -1 : bare.payload.length / bare.element.bytes;
    return { dims: [length], rowMajor: true, ...bare };
  }
  const pair = value.value;
  if (!Array.isArray(pair) || pair.length !== 2)
    return new Problem("bad-field", `${what}: tag ${value.tag} does not hold [dimensions, data]`);
  const [dims, data] = pair as CborValue[];
  if (!Array.isArray(dims)) return new Problem("bad-shape", `${what}: dimensions are not a list`);
  const inner = typedArray(data, what);
  return inner instanceof Problem ? inner : { dims: dims as CborValue[], rowMajor: value.tag === ROW_MAJOR, ...inner };
}

function typedArray(value: CborValue, what: string): Pick<DescribedArray, "element" | "compression" | "payload"> | Problem {
  if (!(value instanceof Tagged)) return new Problem("bad-type", `${what}: data without a typed-array tag`);
  const element = FORMATS.get(Number(value.tag));
  if (!element) return new Problem("bad-type", `${what}: tag ${value.tag} is not a typed array that we know`);
  const inner = value.value;
  if (inner instanceof Uint8Array) return { element, compression: null, payload: inner };
  if (!(inner instanceof Tagged) || inner.tag !== COMPRESSION)
    return new Problem("bad-encoding", `${what}: neither bytes nor compressed bytes`);
  const packed = inner.value;
  if (!Array.isArray(packed) || packed.length !== 3)
    return new Problem("bad-encoding", `${what}: tag ${COMPRESSION} does not hold three items`);
  const [algorithm, modifier, payload] = packed as CborValue[];
  if (typeof algorithm !== "string" || typeof modifier !== "number" || !(payload instanceof Uint8Array)) {
    return new Problem("bad-encoding", `${what}: compression is not [text, integer, bytes] but begins with ${quoted(algorithm)}`);
  }
  return { element, compression: { algorithm, modifier }, payload };
}

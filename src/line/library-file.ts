import { createHash } from "node:crypto";
import type { SavedJoin } from "../components/joined-classes.js";
import type { Library, SavedRecord } from "../components/library.js";
import { BINS, GRID } from "../components/polar-events.js";
import { PROFILE } from "../components/radial-profile.js";
import type { Words } from "./component-book.js";
import { checkHeader, type Header, type RecordHead } from "./library-check.js";

/**
 * Classes on disk, `.bscomp`. Little endian: "BSCOMP", version u16, length of the header u32, 4 bytes 0; the header, JSON in UTF-8, filled up with blanks to
 * a multiple of 8 bytes; the numbers of each class in the order of the header (f64: profile, rates and, of crystals, first rates; then u16: three
 * patterns); SHA-256 of all that.
 */
const MAGIC = "BSCOMP";
const VERSION = 1;
const FIXED = 16;
const DIGEST = 32;
const ALIGN = 8;
/** Larger files are not read: some four thousand classes. */
export const MOST_BYTES = 2 ** 28;

/** What is kept of a session. */
export interface SavedSession {
  /** One per camera length. */
  readonly libraries: readonly Library[];
  readonly joined: readonly SavedJoin[];
  /** What people said of classes. */
  readonly words: readonly Words[];
}

const PATTERNS = ["zero", "friedel", "plain"] as const;
const F64 = 8;
/** Bytes of the numbers of a class. */
const recordBytes = (crystalline: boolean): number => F64 * (PROFILE + BINS + 1) + (crystalline ? F64 * (BINS + 1) + 2 * 3 * BINS : 0);

function headOf({ profile, rate, crystal, ...head }: SavedRecord): RecordHead {
  if (crystal === null) return { ...head, electrons: profile.electrons, crystal };
  const { fold, friedelFold, friedelSymmetry, zeroFrames } = crystal;
  return { ...head, electrons: profile.electrons, crystal: { fold, friedelFold, friedelSymmetry, zeroFrames } };
}

export function encodeSession({ libraries, joined, words }: SavedSession): Uint8Array {
  const heads = libraries.map(({ scale, classes }) => ({ scale, classes: classes.map(headOf) }));
  const header: Header = { grid: [GRID.rings, GRID.sectors], libraries: heads, joined, words };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const first = FIXED + Math.ceil(text.length / ALIGN) * ALIGN;
  const records = libraries.flatMap((l) => l.classes);
  const body = records.reduce((n, r) => n + recordBytes(r.crystal !== null), 0);
  const out = new Uint8Array(first + body + DIGEST);
  const view = new DataView(out.buffer);
  for (let i = 0; i < MAGIC.length; i++) out[i] = MAGIC.charCodeAt(i);
  view.setUint16(MAGIC.length, VERSION, true);
  view.setUint32(8, text.length, true);
  out.fill(0x20, FIXED, first);
  out.set(text, FIXED);
  let at = first;
  const put = (list: readonly number[], bytes: 2 | 8): void => {
    for (const v of list) {
      if (bytes === F64) view.setFloat64(at, v, true);
      else view.setUint16(at, v, true);
      at += bytes;
    }
  };
  for (const { profile, rate, crystal } of records) {
    put(profile.counts, F64);
    put(rate, F64);
    if (!crystal) continue;
    put(crystal.zeroRate, F64);
    for (const name of PATTERNS) put(crystal[name], 2);
  }
  out.set(createHash("sha256").update(out.subarray(0, at)).digest(), at);
  return out;
}

/** Throws RangeError, which says what is wrong; nothing larger than the file is made before its length fits its header. */
export function decodeSession(bytes: Uint8Array): SavedSession {
  const fail = (what: string): never => {
    throw new RangeError(what);
  };
  if (bytes.length > MOST_BYTES) fail(`${bytes.length} bytes are more than a library has`);
  if (bytes.length < FIXED || String.fromCharCode(...bytes.subarray(0, MAGIC.length)) !== MAGIC) fail("is no library of components");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint16(MAGIC.length, true);
  if (version !== VERSION) fail(`is a library of version ${version}; this program reads version ${VERSION}`);
  const length = view.getUint32(8, true);
  const first = FIXED + Math.ceil(length / ALIGN) * ALIGN;
  const end = bytes.length - DIGEST;
  if (first > end) fail("is cut short");
  const digest = createHash("sha256").update(bytes.subarray(0, end)).digest();
  if (!digest.equals(bytes.subarray(end))) fail("is damaged: its checksum is another");
  const header = checkHeader(parse(bytes.subarray(FIXED, FIXED + length), fail));
  const heads = header.libraries.flatMap((l) => l.classes);
  if (first + heads.reduce((n, r) => n + recordBytes(r.crystal !== null), 0) !== end) fail("its length is not that of its classes");
  let at = first;
  const take = (count: number, size: 2 | 8): number[] => {
    const from = at;
    at += count * size;
    return Array.from({ length: count }, (_, i) =>
      size === F64 ? view.getFloat64(from + F64 * i, true) : view.getUint16(from + 2 * i, true),
    );
  };
  const open = ({ electrons, crystal, ...head }: RecordHead): SavedRecord => {
    const [counts, rate] = [take(PROFILE, F64), take(BINS + 1, F64)];
    const whole = { ...head, profile: { counts, electrons }, rate };
    if (crystal === null) return { ...whole, crystal };
    const zeroRate = take(BINS + 1, F64);
    const [zero, friedel, plain] = [take(BINS, 2), take(BINS, 2), take(BINS, 2)];
    return { ...whole, crystal: { ...crystal, zeroRate, zero, friedel, plain } };
  };
  const libraries = header.libraries.map(({ scale, classes }): Library => ({ scale, classes: classes.map(open) }));
  return { libraries, joined: header.joined, words: header.words };
}

function parse(bytes: Uint8Array, fail: (what: string) => never): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("its header is not JSON");
  }
}

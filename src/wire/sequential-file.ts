import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Fault } from "../core/fault.js";

/** Bytes of a source in order. Everything taken stays valid: blocks are never written again. */
export interface Sequence {
  /** Where the next byte stands. */
  readonly at: number;
  readonly left: number;
  /** The next `n` bytes. Fault bad-file, naming the byte, where fewer are left; `what` says what they were to be. */
  take(n: number, what: string): Uint8Array;
  /** Fault bad-file at a byte of this source. */
  fault(at: number, message: string): Fault;
}

/** Fills `into` from byte `at` and says how many bytes came: fewer only at the end. */
type ReadAt = (into: Uint8Array, at: number) => number;

/** Read at a time. */
const BLOCK = 1 << 20;

/** Reads `size` bytes block by block. @param name of the source in faults. */
export function sequenceOf(read: ReadAt, size: number, name: string, block = BLOCK): Sequence {
  let have = new Uint8Array(0);
  let used = 0;
  let at = 0;
  const fault = (byte: number, message: string): Fault => new Fault("bad-file", name, `${name}, byte ${byte}: ${message}`);

  const fill = (n: number, what: string): void => {
    const rest = have.length - used;
    // `n` is no more than what the source holds
    const next = new Uint8Array(Math.min(Math.max(n, block), size - at));
    next.set(have.subarray(used));
    let filled = rest;
    while (filled < next.length) {
      const came = read(next.subarray(filled), at + filled);
      if (came <= 0) throw fault(at + filled, `the file became shorter inside ${what}`);
      filled += came;
    }
    have = next;
    used = 0;
  };
  return {
    get at() {
      return at;
    },
    get left() {
      return size - at;
    },
    fault,
    take(n, what) {
      if (n > size - at) throw fault(at, `${what} takes ${n} bytes, ${size - at} are left`);
      if (n > have.length - used) fill(n, what);
      const bytes = have.subarray(used, used + n);
      used += n;
      at += n;
      return bytes;
    },
  };
}

/** Opens a file, lends its bytes and closes it, whatever happens. Fault bad-file where it cannot be opened. */
export function* fromFile<T>(path: string, use: (bytes: Sequence) => Iterable<T>): Generator<T> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (e) {
    throw new Fault("bad-file", path, `${path} cannot be opened: ${(e as Error).message}`, e);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Fault("bad-file", path, `${path} is not a regular file`);
    yield* use(sequenceOf((into, at) => readSync(file, into, 0, into.length, at), stat.size, path));
  } finally {
    closeSync(file);
  }
}

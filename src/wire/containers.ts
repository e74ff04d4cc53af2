import { extname } from "node:path";
import { Fault } from "../core/fault.js";
import { regroup } from "./libertem-dump.js";
import { MAX_PART_BYTES, MAX_PARTS, type RecordedMessage } from "./recorded-message.js";
import { fromFile, type Sequence } from "./sequential-file.js";

/** First bytes of our own recordings. */
export const BSREC_MAGIC: Uint8Array = new TextEncoder().encode("BSREC1");

const EXTENSIONS = [".zmsg", ".bin", ".bsrec"] as const;

/**
 * The messages of a recording, read as they are asked for: `.zmsg` (vector container), `.bin` (LiberTEM dump), `.bsrec`
 * (ours). A file that begins with our magic is ours whatever its name.
 * Faults: bad-file, naming the byte; all messages before it have been given out.
 */
export function readRecording(path: string): Generator<RecordedMessage> {
  const extension = extname(path).toLowerCase();
  return fromFile(path, (bytes) => {
    if (startsWithMagic(path)) return readBsrec(bytes);
    if (extension === ".bsrec") throw bytes.fault(0, "does not begin with BSREC1");
    if (extension === ".zmsg") return readZmsg(bytes);
    if (extension === ".bin") return regroup(bytes);
    throw new Fault("bad-file", path, `${path}: a recording ends in one of ${EXTENSIONS.join(" ")}`);
  });
}

function startsWithMagic(path: string): boolean {
  const [head] = fromFile(path, (bytes) => [bytes.take(Math.min(BSREC_MAGIC.length, bytes.left), "magic")]);
  return head?.length === BSREC_MAGIC.length && head.every((b, i) => b === BSREC_MAGIC[i]);
}

/** Vector container: u32le part count, then per part u32le length and bytes. */
export function* readZmsg(bytes: Sequence): Generator<RecordedMessage> {
  while (bytes.left > 0) yield { offset: bytes.at, ns: null, parts: readParts(bytes) };
}

/** Ours: the magic, then per message i64le ns and the vector framing. */
export function* readBsrec(bytes: Sequence): Generator<RecordedMessage> {
  bytes.take(BSREC_MAGIC.length, "magic");
  while (bytes.left > 0) {
    const offset = bytes.at;
    const ns = viewOf(bytes.take(8, "time of a message")).getBigInt64(0, true);
    yield { offset, ns, parts: readParts(bytes) };
  }
}

function readParts(bytes: Sequence): Uint8Array[] {
  const at = bytes.at;
  const count = viewOf(bytes.take(4, "part count")).getUint32(0, true);
  if (count > MAX_PARTS) throw bytes.fault(at, `a message of ${count} parts, at most ${MAX_PARTS} are accepted`);
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const from = bytes.at;
    const length = viewOf(bytes.take(4, "length of a part")).getUint32(0, true);
    if (length > MAX_PART_BYTES) throw bytes.fault(from, `a part of ${length} bytes, at most ${MAX_PART_BYTES} are accepted`);
    parts.push(bytes.take(length, "a part"));
  }
  return parts;
}

const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.length);

/** One message of a `.bsrec` file, after the magic and the messages before: pieces to be written in order; parts are not copied. */
export function encodeRecord(ns: bigint, parts: readonly Uint8Array[]): Uint8Array[] {
  const head = new Uint8Array(12);
  viewOf(head).setBigInt64(0, ns, true);
  viewOf(head).setUint32(8, parts.length, true);
  const pieces: Uint8Array[] = [head];
  for (const part of parts) {
    const length = new Uint8Array(4);
    viewOf(length).setUint32(0, part.length, true);
    pieces.push(length, part);
  }
  return pieces;
}

import { Problem } from "./problem.js";
import { field, type JsonObject, readObject } from "./read-json.js";
import { MAX_PART_BYTES, type RecordedMessage } from "./recorded-message.js";
import type { Sequence } from "./sequential-file.js";

/** Records that a header takes by its detail. */
const HEADER_PARTS: ReadonlyMap<unknown, number> = new Map([
  ["none", 1],
  ["basic", 2],
  ["all", 8],
]);
const IMAGE_PARTS = 4;
/** Longer records are pixels, not JSON with an htype. */
const MAX_HTYPE_PART = 1 << 16;

interface DumpRecord {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * A LiberTEM dump: i64le length and bytes per *part*; which parts were one message is lost and found again by `htype`: a
 * header takes 1, 2 or 8 records by its detail, an image 4, each one more where the next record is no htype object (an
 * appendix), anything else 1. A file that ends inside a message gives its parts so far: the recorder cuts so.
 */
export function* regroup(bytes: Sequence): Generator<RecordedMessage> {
  const records = new Lookahead(bytes);
  for (let first = records.next(); first; first = records.next()) {
    const parts = [first.bytes];
    const wanted = partsOf(first.bytes);
    for (let more = wanted > 1 ? records.next() : null; more; more = parts.length < wanted ? records.next() : null) parts.push(more.bytes);
    const appendix = wanted > 0 && parts.length === wanted ? records.peek() : null;
    if (appendix && !htypeObject(appendix.bytes)) {
      parts.push(appendix.bytes);
      records.next();
    }
    yield { parts, ns: null, offset: first.offset };
  }
}

/** Records of the message that begins so, the appendix not counted; 0: one record, never an appendix. */
function partsOf(first: Uint8Array): number {
  const o = htypeObject(first);
  if (!o) return 0;
  const htype = field(o, "htype");
  if (htype === "dheader-1.0") return HEADER_PARTS.get(field(o, "header_detail")) ?? 0;
  return htype === "dimage-1.0" ? IMAGE_PARTS : 0;
}

function htypeObject(part: Uint8Array): JsonObject | null {
  if (part.length > MAX_HTYPE_PART || part[0] !== 0x7b) return null;
  const o = readObject(part, "record");
  return o instanceof Problem || typeof field(o, "htype") !== "string" ? null : o;
}

/** Records one by one, with a look at the one to come. */
class Lookahead {
  private readonly bytes: Sequence;
  private ahead: DumpRecord | null = null;
  private fault: unknown;

  constructor(bytes: Sequence) {
    this.bytes = bytes;
  }

  /** null at the end, and where the next record is broken: that is said when it is asked for, after what came before. */
  peek(): DumpRecord | null {
    try {
      this.ahead ??= this.read();
    } catch (e) {
      this.fault = e;
    }
    return this.ahead;
  }

  next(): DumpRecord | null {
    if (this.fault !== undefined) throw this.fault;
    const record = this.ahead ?? this.read();
    this.ahead = null;
    return record;
  }

  private read(): DumpRecord | null {
    const { bytes } = this;
    if (bytes.left === 0) return null;
    const offset = bytes.at;
    const head = bytes.take(8, "length of a record");
    const length = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (length < 0n || length > BigInt(MAX_PART_BYTES)) throw bytes.fault(offset, `a record of ${length} bytes`);
    return { offset, bytes: bytes.take(Number(length), "a record") };
  }
}

import { type CborValue, readCbor } from "../../wire/read-cbor.js";
import { cborWriter } from "../../wire/write-cbor.js";
import { type Change, type MessageEditor, type MessageKind, OTHER } from "./message-editor.js";

/** Where the value of a key of the top map stands in the message. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly value: CborValue;
}

const KEYS = ["type", "series_id", "series_unique_id", "image_id", "number_of_images"] as const;
type Key = (typeof KEYS)[number];
const KINDS: ReadonlyMap<CborValue, MessageKind["kind"]> = new Map([
  ["start", "begin"],
  ["image", "image"],
  ["end", "end"],
]);

/** DECTRIS v2: one part, a CBOR map. Values are exchanged where they stand, so that everything else keeps its bytes. */
export const cborEditor: MessageEditor = {
  kindOf(parts) {
    const spans = spansOf(parts);
    const kind = KINDS.get(spans.get("type")?.value);
    if (!kind) return OTHER;
    const series = spans.get("series_id")?.value;
    const id = spans.get("series_unique_id")?.value;
    return { kind, series: typeof series === "number" ? series : null, uniqueId: typeof id === "string" ? id : null };
  },
  edit(parts, change) {
    const [message] = parts;
    if (!message) return parts;
    const spans = spansOf(parts);
    const pieces: Uint8Array[] = [];
    let done = 0;
    for (const [key, span] of [...spans].sort((a, b) => a[1].from - b[1].from)) {
      const value = wanted(key, change);
      if (value === undefined) continue;
      const w = cborWriter(64);
      pieces.push(message.subarray(done, span.from), (typeof value === "number" ? w.int(value) : w.text(value)).finish());
      done = span.to;
    }
    return pieces.length === 0 ? parts : [joined([...pieces, message.subarray(done)]), ...parts.slice(1)];
  },
};

function wanted(key: Key, change: Change): number | string | undefined {
  switch (key) {
    case "series_id":
      return change.series;
    case "series_unique_id":
      return change.uniqueId;
    case "image_id":
      return change.image;
    case "number_of_images":
      return change.images;
    case "type":
      return undefined;
  }
}

/** A message is asked what it is and then rewritten: its spans are found once. */
let newest: { readonly message: Uint8Array; readonly spans: ReadonlyMap<Key, Span> } | null = null;

function spansOf([message]: readonly Uint8Array[]): ReadonlyMap<Key, Span> {
  if (!message) return new Map();
  if (newest?.message !== message) newest = { message, spans: findSpans(message) };
  return newest.spans;
}

/** The spans of our keys; what is no map, or broken, has none from there on. */
function findSpans(message: Uint8Array): Map<Key, Span> {
  const spans = new Map<Key, Span>();
  const tagged = message[0] === 0xd9 && message[1] === 0xd9 && message[2] === 0xf7 ? 3 : 0;
  const head = message[tagged];
  if (head === undefined || head >> 5 !== 5 || (head & 31) === 28) return spans;
  const argument = head & 31;
  let at = tagged + 1 + (argument < 24 || argument === 31 ? 0 : 1 << (argument - 24));
  while (at < message.length && spans.size < KEYS.length && message[at] !== 0xff) {
    const key = readCbor(message.subarray(at));
    if (key.problem) break;
    const from = at + key.end;
    const item = readCbor(message.subarray(from));
    if (item.problem) break;
    at = from + item.end;
    const known = KEYS.find((k) => k === key.value);
    if (known) spans.set(known, { from, to: at, value: item.value });
  }
  return spans;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = Buffer.allocUnsafe(pieces.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

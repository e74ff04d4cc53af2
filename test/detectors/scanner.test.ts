import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import t from "tap";
import { dectrisV2, openGeneral } from "../../detectors/dectris-v2.js";
import type { MessageReader, ReaderOptions } from "../../src/core/detector.js";
import type { FrameShape } from "../../src/core/frame.js";
import { imageMessage } from "../../src/wire/write-dectris-v2.js";
import { type Arrival, arrivalsOf, only } from "../fixtures/arrivals.js";
import { array, bytes, concat, endless, head, map, tag, text, unsigned } from "../fixtures/cbor-bytes.js";
import { aRandom } from "../fixtures/frames.js";
import { needs } from "../fixtures/shared.js";
import {
  anImage,
  begin,
  channel,
  good,
  type Message,
  openStart,
  options,
  SHAPES,
  start,
  stream,
  U16,
  UNIQUE,
} from "../fixtures/v2-messages.js";
import { aVector, VECTORS, vectorNames } from "../fixtures/vectors.js";

// The reader with its scanner must say what the general reader says, of every message that there can be.

/** Throws where the readers differ; else what they make of the messages. */
function agreed(messages: readonly Message[], options: ReaderOptions = {}): readonly Arrival[] {
  const fast = arrivalsOf(dectrisV2.open(options), messages);
  const general = arrivalsOf(openGeneral(options), messages);
  for (let i = 0; i < Math.max(fast.length, general.length); i++) {
    const [a, b] = [fast[i], general[i]];
    if (!isDeepStrictEqual(a, b) || at(a) !== at(b))
      throw new Error(`arrival ${i}: ${describe(a)} where the general reader has ${describe(b)}`);
  }
  const placed = arrivalsOf(inPlace(options, messages), messages);
  if (!isDeepStrictEqual(placed, general)) throw new Error("another thing is read where messages lie in a row");
  return general;
}

/** The fast reader, with each message between others in one memory. */
function inPlace(options: ReaderOptions, messages: readonly Message[]): MessageReader {
  const reader = dectrisV2.open(options);
  let n = 0;
  return {
    read(parts, sink) {
      const [message] = parts;
      const next = messages[++n]?.[0] ?? new Uint8Array(8);
      if (parts.length !== 1 || !message) return reader.read(parts, sink);
      const memory = concat(text("before"), message, next);
      const { length } = message;
      if (!reader.readAt?.(memory, 7, length, sink)) reader.read([memory.subarray(7, 7 + length)], sink);
    },
    closed: () => reader.closed(),
  };
}
const at = (a: Arrival | undefined): number => (a?.kind === "frame" ? a.frame.payload.byteOffset : 0);
const describe = (a: Arrival | undefined): string =>
  JSON.stringify(a?.kind === "frame" ? { ...a.frame, payload: [a.frame.payload.byteOffset, a.frame.payload.length] } : a) ?? "nothing";

t.test("streams of good and strange images", async (t) => {
  let frames = 0;
  fc.assert(
    fc.property(stream, options, (messages, o) => {
      frames += only(agreed(messages, o), "frame").length;
    }),
    { numRuns: 3000 },
  );
  t.ok(frames > 1000, `${frames} frames among them`);
});

t.test("strange images one at a time", async (t) => {
  let frames = 0;
  fc.assert(
    fc.property(begin, anImage, (first, image) => {
      const arrivals = agreed([first, image, good(0, channel("a", U16)), image, image, good(1, channel("a", U16))]);
      frames += only(arrivals, "frame").filter((a) => a.message === 3).length;
    }),
    { numRuns: 3000 },
  );
  t.ok(frames > 1000, `${frames} frames among them`);
});

/** A good image, and an entry behind its pixels. */
function withEntry(image: number, key: Uint8Array, value: Uint8Array): Message {
  const [whole] = good(image, channel("a", U16)) as [Uint8Array];
  const longer = concat(whole, key, value);
  // the head of the map stands behind its tag
  longer[3] = (longer[3] as number) + 1;
  return [longer];
}

const IMAGES: readonly Message[] = [
  good(1, channel("a", U16)),
  good(300, channel("a", U16), channel("b", SHAPES[1] as FrameShape)),
  good(2, channel("b", SHAPES[2] as FrameShape), channel("a", U16)),
  withEntry(4, text("user_data"), text("behind the pixels")),
  withEntry(5, text("k".repeat(30)), array(unsigned(1, 4), unsigned(2, 4))),
  withEntry(6, text("k"), head(1, 2 ** 40)),
];

t.test("cut anywhere, known or not", async (t) => {
  for (const image of IMAGES) {
    const [whole] = image as [Uint8Array];
    for (let cut = 0; cut < whole.length; cut++)
      for (const first of [start(), openStart]) {
        const part = [whole.subarray(0, cut)];
        if (only(agreed([first, part, image, part, ...IMAGES]), "malformed").length < 2) t.fail(`cut at ${cut}`);
        agreed([first, image, [whole.slice(0, cut)], [whole.subarray(cut)], image]);
      }
  }
});

t.test("every bit turned over", async (t) => {
  let frames = 0;
  for (const image of IMAGES) {
    const [whole] = image as [Uint8Array];
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const wrong = whole.slice();
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      frames += only(agreed([start(), [wrong], image, [wrong], image]), "frame").length;
      agreed([openStart, image, [wrong], ...IMAGES]);
    }
  }
  t.ok(frames > 10000, `${frames} frames among them`);
});

t.test("memory that is used again for every message", async (t) => {
  for (const memory of [new Uint8Array(4096), Buffer.alloc(4096), new Uint8Array(new SharedArrayBuffer(4096))]) {
    const fast = dectrisV2.open({});
    const general = openGeneral({});
    const said = (message: Message, reader: typeof fast): string[] => {
      const [whole] = message as [Uint8Array];
      memory.set(whole);
      return arrivalsOf(reader, [[memory.subarray(0, whole.length)]]).map((a) =>
        a.kind === "frame" ? `${describe(a)} ${[...a.frame.payload]}` : describe(a),
      );
    };
    const foreign = imageMessage({ series: 4, uniqueId: UNIQUE, image: 1, channels: [channel("a", U16)] });
    const other = good(1, channel("b", U16));
    const [first] = IMAGES as [Message];
    for (const message of [start(), first, other, foreign, ...IMAGES, start(["b"]), other, ...IMAGES])
      t.same(said(message, fast), said(message, general));
  }
});

t.test("what is beyond the limits of the general reader", async (t) => {
  const nested = (depth: number): Uint8Array => (depth === 0 ? unsigned(0) : array(nested(depth - 1)));
  const deep = Array.from({ length: 30 }, (_, depth) => withEntry(depth, text("deep"), nested(depth)));
  t.equal(only(agreed([start(), ...deep]), "malformed").length, 7);
  const zeros = (n: number): Uint8Array => concat(head(4, n), new Uint8Array(n));
  const long = [100, (1 << 20) - 100, 1 << 20].map((n) => withEntry(n, text("long"), zeros(n)));
  t.equal(only(agreed([start(), good(0, channel("a", U16)), ...long]), "malformed").length, 1);
});

t.test("a channel that is not as it seems", async (t) => {
  const small: FrameShape = { ...U16, height: 4, width: 5, type: "uint8", encoding: "none", element: 0 };
  // the first pixel looks like the head of twenty bytes
  const pixels = new Uint8Array(20).fill(0x54, 0, 1);
  const image = (data: Uint8Array): Message => [
    map(
      [text("type"), text("image")],
      [text("series_id"), unsigned(3)],
      [text("series_unique_id"), text(UNIQUE)],
      [text("image_id"), unsigned(1)],
      [text("data"), map([text("a"), tag(40, array(array(unsigned(small.height), unsigned(small.width)), tag(64, data)))])],
    ),
  ];
  const chunk = image(endless(2, bytes(pixels)));
  const frames = only(agreed([openStart, chunk, chunk, image(bytes(pixels)), chunk, image(bytes(pixels))]), "frame");
  t.equal(frames.length, 5);
  for (const { frame } of frames) t.same([...frame.payload], [...pixels]);
  const oversized = image(concat(head(2, 20, 4), pixels));
  const [forged] = image(concat(head(2, 20, 4), pixels)) as [Uint8Array];
  // its last byte would be a head of its own
  forged[forged.length - pixels.length - 1] = 0x54;
  t.equal(only(agreed([openStart, oversized, [forged], oversized]), "frame").length, 2);
});

t.test("many bytes changed, parts added and taken away", async () => {
  const edit = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "insert", "remove"));
  fc.assert(
    fc.property(begin, fc.constantFrom(...IMAGES), fc.array(edit, { minLength: 1, maxLength: 6 }), options, (first, image, edits, o) => {
      const changed = [...(image[0] as Uint8Array)];
      for (const [where, value, how] of edits) {
        const place = where % (changed.length + 1);
        changed.splice(place, how === "insert" ? 0 : 1, ...(how === "remove" ? [] : [value]));
      }
      const wrong = Uint8Array.from(changed);
      agreed([first, [wrong], image, [wrong], image, [wrong, wrong], []], o);
    }),
    { numRuns: 3000 },
  );
});

t.test("all vectors, whole, one after another and damaged", needs(VECTORS, "the test vectors"), async (t) => {
  const all = vectorNames().map(aVector);
  agreed(all.flatMap((v) => v.messages));
  for (const { name, messages, protocol } of all.filter((v) => v.protocol === "dectris-v2")) {
    t.ok(agreed(messages).length > 0, `${name} (${protocol})`);
    const short = messages.slice(0, 6);
    const random = aRandom(name.length);
    for (let run = 0; run < 200; run++) {
      const damaged = short.map((parts) => parts.map((p) => p.slice()));
      const part = damaged[Math.floor(random() * damaged.length)]?.[0] ?? new Uint8Array(0);
      // what stands in front of the pixels
      const where = Math.floor(random() * Math.min(part.length, 400));
      if (run % 2) part[where] = (part[where] ?? 0) ^ (1 << Math.floor(random() * 8));
      else damaged.splice(2, 0, [part.subarray(0, where)]);
      agreed([...damaged, ...short.slice(1)]);
    }
  }
});

import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import t from "tap";
import { dectrisV2, openGeneral } from "../../detectors/dectris-v2.js";
import type { ReaderOptions } from "../../src/core/detector.js";
import type { FrameShape } from "../../src/core/frame.js";
import { imageMessage, startMessage } from "../../src/wire/write-dectris-v2.js";
import { type Arrival, arrivalsOf, only } from "../fixtures/arrivals.js";
import { array, bytes, concat, endless, head, map, oddItem, tag, text, unsigned } from "../fixtures/cbor-bytes.js";
import { aFrame, aRandom, packed } from "../fixtures/frames.js";
import { needs } from "../fixtures/shared.js";
import { aVector, VECTORS, vectorNames } from "../fixtures/vectors.js";

/** The reader with its scanner must say what the general reader says, of every message that there can be. */
type Message = readonly Uint8Array[];

/** Throws where the readers differ; else what they make of the messages. */
function agreed(messages: readonly Message[], options: ReaderOptions = {}): readonly Arrival[] {
  const fast = arrivalsOf(dectrisV2.open(options), messages);
  const general = arrivalsOf(openGeneral(options), messages);
  for (let i = 0; i < Math.max(fast.length, general.length); i++) {
    const [a, b] = [fast[i], general[i]];
    if (!isDeepStrictEqual(a, b) || at(a) !== at(b))
      throw new Error(`arrival ${i}: ${describe(a)} where the general reader has ${describe(b)}`);
  }
  return general;
}
const at = (a: Arrival | undefined): number => (a?.kind === "frame" ? a.frame.payload.byteOffset : 0);
const describe = (a: Arrival | undefined): string =>
  JSON.stringify(a?.kind === "frame" ? { ...a.frame, payload: [a.frame.payload.byteOffset, a.frame.payload.length] } : a) ?? "nothing";

const UNIQUE = "01K94ZPX3V7Q2M8C5T1R6B0HWE";
const U16: FrameShape = { height: 4, width: 6, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };
const SHAPES: readonly FrameShape[] = [
  U16,
  { ...U16, encoding: "none", element: 0 },
  { ...U16, encoding: "lz4-hdf5", element: 0 },
  { ...U16, type: "uint8", element: 1 },
  { ...U16, type: "int32", encoding: "none", element: 0, bigEndian: true },
  { ...U16, height: 6, width: 4 },
];
const packedOf = (shape: FrameShape): Uint8Array => packed(aFrame({ type: shape.type, count: 24, density: 0.5 }), shape);
const PAYLOADS = new Map(SHAPES.map((s) => [s, packedOf(s)]));
const channel = (name: string, shape: FrameShape) => ({ name, shape, payload: PAYLOADS.get(shape) as Uint8Array });
const start = (channels = ["a", "b"]): Message =>
  startMessage({
    series: 3,
    uniqueId: UNIQUE,
    images: 9,
    height: 4,
    width: 6,
    type: "uint16",
    channels,
    countTime: 1,
    frameTime: 1,
    energyEv: 1,
  });
/** Announces nothing: the first image decides. */
const openStart: Message = [
  map(
    [text("type"), text("start")],
    [text("series_id"), unsigned(3)],
    [text("series_unique_id"), text(UNIQUE)],
    [text("channels"), array(text("a"), text("b"))],
  ),
];
const good = (image: number, ...channels: ReturnType<typeof channel>[]): Message =>
  imageMessage({ series: 3, uniqueId: UNIQUE, image, channels });

/** The usual, and one time in sixteen something strange. */
const mostly = <T>(usual: T, ...strange: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 15, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...strange) });

/** One channel of an image. */
const anArray = fc
  .record({
    shape: fc.oneof({ weight: 3, arbitrary: fc.constant(U16) }, { weight: 1, arbitrary: fc.constantFrom(...SHAPES) }),
    width: mostly(0, 1, 2, 4, 8),
    order: mostly(40, 1040, 41),
    algorithm: mostly("bslz4", "lz4", "zstd"),
    dims: mostly<(h: number, w: number) => number[]>(
      (h, w) => [h, w],
      (h, w) => [1, h, w],
      (h) => [h],
    ),
    missing: mostly(0, 1, 7),
    chunks: mostly(false, true),
  })
  .map(({ shape, width, order, algorithm, dims, missing, chunks }) => {
    const payload = PAYLOADS.get(shape) as Uint8Array;
    const cut = payload.subarray(0, payload.length - missing);
    const data = chunks ? endless(2, bytes(cut)) : concat(head(2, cut.length, width), cut);
    const number = { uint8: 64, uint16: 69, int32: 74 }[shape.type as "uint8" | "uint16" | "int32"];
    const name = shape.encoding === "lz4-hdf5" ? "lz4" : algorithm;
    const inner = shape.encoding === "none" ? data : tag(56500, array(text(name), unsigned(shape.element), data));
    return tag(order, array(array(...dims(shape.height, shape.width).map((n) => unsigned(n))), tag(number, inner)));
  });

const aData = fc
  .record({
    channels: fc.array(fc.tuple(mostly("a", "b", "c", ""), anArray), { minLength: 1, maxLength: 3 }),
    distinct: mostly(true, false),
    open: mostly(false, true),
  })
  .map(({ channels, distinct, open }) => {
    const pairs = channels.map(([name, value], i) => concat(text(distinct && i > 0 ? `${name}${i}` : name), value));
    return open ? endless(5, ...pairs) : concat(head(5, pairs.length), ...pairs);
  });

/** Of another map: under any key, also under one that is there already. */
const anEntry = fc.tuple(
  fc.oneof(
    fc.constantFrom(text("real_time"), text("stop_time"), text("spots", 4), text("series_date"), text("x".repeat(30))),
    mostly(text("start_time"), unsigned(1), text("type"), text("data"), text("image_id")),
  ),
  fc.oneof(
    fc.constantFrom(array(unsigned(995), unsigned(50_000_000)), tag(0, text("2025-11-03T10:21:45.002+01:00")), map([text("a"), array()])),
    oddItem,
  ),
);

/** Mostly a good image; every entry may be missing, strange, twice and anywhere. */
const anImage: fc.Arbitrary<Message> = fc
  .record({
    type: mostly(text("image"), text("image", 1), text("images"), text("end"), unsigned(1)),
    series: mostly(unsigned(3), unsigned(3, 8), unsigned(4), head(1, 3), text("3")),
    unique: mostly(text(UNIQUE), text(UNIQUE, 2), text(`${UNIQUE}x`), text(""), unsigned(0)),
    image: fc.oneof(
      fc.nat(300).map((n) => unsigned(n)),
      mostly(unsigned(5, 8), unsigned(Number.MAX_SAFE_INTEGER), head(0, 2 ** 53, 8), head(1, 0), Uint8Array.of(0xf9, 0x42, 0x00)),
    ),
    data: aData,
    more: fc.array(anEntry, { maxLength: 3 }),
    drop: mostly(-1, 0, 1, 2, 3, 4),
    order: fc.integer(),
    tagged: mostly(1, 0, 2),
    open: mostly(false, true),
    behind: fc.uint8Array({ maxLength: 3 }),
    before: fc.constantFrom(0, 3),
  })
  .map((o) => {
    const known = [
      [text("type"), o.type],
      [text("series_id"), o.series],
      [text("series_unique_id"), o.unique],
      [text("image_id"), o.image],
      [text("data"), o.data],
    ].filter((_, i) => i !== o.drop);
    const random = aRandom(o.order);
    const keyed = [...known, ...o.more].map((pair, i) => ({ pair, place: o.order % 2 ? random() : i }));
    const pairs = keyed.sort((a, b) => a.place - b.place).map(({ pair }) => concat(...pair));
    const body = o.open ? endless(5, ...pairs) : concat(head(5, pairs.length), ...pairs);
    const tags = Array.from({ length: o.tagged }, () => head(6, 55799));
    // not every message begins where its memory begins
    return [concat(new Uint8Array(o.before), ...tags, body, o.behind).subarray(o.before)];
  });

const plain = fc
  .tuple(fc.nat(20), fc.subarray([0, 1, 2], { minLength: 1 }), fc.constantFrom(...SHAPES))
  .map(([image, names, shape]) => good(image, ...names.map((i) => channel("abc"[i] as string, shape))));
const begin = fc.constantFrom(start(), start(["a"]), start([]), openStart);
const message = fc.oneof({ weight: 4, arbitrary: plain }, { weight: 4, arbitrary: anImage }, { weight: 1, arbitrary: begin });
const stream = fc.tuple(begin, fc.array(message, { maxLength: 10 })).map(([first, rest]) => [first, ...rest]);
const options = fc.constantFrom<ReaderOptions>({}, { channel: "b" }, { channel: "z" });

t.test("streams of good and strange images", async (t) => {
  let frames = 0;
  fc.assert(
    fc.property(stream, options, (messages, o) => {
      frames += only(agreed(messages, o), "frame").length;
    }),
    { numRuns: 3000 },
  );
  t.ok(frames > 3000, `${frames} frames among them`);
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
  t.ok(frames > 2000, `${frames} frames among them`);
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

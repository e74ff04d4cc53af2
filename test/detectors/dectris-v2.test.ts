import t from "tap";
import { dectrisV2 } from "../../detectors/dectris-v2.js";
import type { FrameShape } from "../../src/core/frame.js";
import { cborWriter } from "../../src/wire/write-cbor.js";
import { endMessage, type ImageMessage, imageMessage, type StartMessage, startMessage } from "../../src/wire/write-dectris-v2.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";
import { aFrame, packed } from "../fixtures/frames.js";
import { pixelsOf } from "../fixtures/vectors.js";

const U16: FrameShape = { height: 4, width: 6, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };
const ID = { series: 3, uniqueId: "01K94ZPX3V7Q2M8C5T1R6B0HWE" };
const KEY = `3/${ID.uniqueId}`;
const pixels = aFrame({ count: 24, density: 0.5 });
const start = (change: Partial<StartMessage> = {}) =>
  startMessage({ ...ID, images: 12, height: 4, width: 6, type: "uint16", countTime: 1e-5, frameTime: 2e-5, energyEv: 200000, ...change });
const channel = (name = "threshold_1", shape = U16) => ({
  name,
  shape,
  payload: packed(shape.type === "uint16" ? pixels : aFrame({ type: shape.type, count: shape.height * shape.width }), shape),
});
const image = (n: number, change: Partial<ImageMessage> = {}) => imageMessage({ ...ID, image: n, channels: [channel()], ...change });
const play = (messages: Uint8Array[][], options = {}) => arrivalsOf(dectrisV2.open(options), messages);
const said = (messages: Uint8Array[][], options = {}): string[] =>
  play(messages, options).map((a) => (a.kind === "malformed" || a.kind === "ignored" ? a.reason : a.kind));
/** Any map as a message. */
const message = (o: object): Uint8Array[] => [cborWriter().value(o).finish()];

t.test("a series, written and read", async (t) => {
  const mask = new Uint8Array(24);
  mask[5] = 1;
  const userData = JSON.stringify({ scan: { shape: [3, 4] } });
  const arrivals = play([start({ mask, userData, saturation: 65534, channels: ["threshold_1"] }), image(0), image(1), endMessage(ID)]);
  const [begin] = only(arrivals, "begin");
  t.match(begin?.begin, {
    key: KEY,
    wireSeries: 3,
    wireUniqueId: ID.uniqueId,
    expected: 12,
    channels: ["threshold_1"],
    channel: "threshold_1",
  });
  t.match(begin?.begin, { height: 4, width: 6, type: "uint16", saturation: 65534, errorValue: null, flatfield: null, implied: false });
  t.match(begin?.begin, { scan: { shape: [3, 4] }, meta: { frame_time: 2e-5, incident_energy: 200000, user_data: userData } });
  t.strictSame(begin?.begin.mask, mask);
  const frames = only(arrivals, "frame");
  t.same(
    frames.map((f) => f.frame.image),
    [0, 1],
  );
  t.strictSame(frames[0]?.frame.shape, U16);
  t.equal(frames[0]?.frame.shape, frames[1]?.frame.shape, "one shape object for all");
  t.strictSame(frames[0] && pixelsOf(frames[0].frame), pixels);
  t.match(frames[0]?.frame, { key: KEY, channel: "threshold_1", drives: true, complete: true });
  t.same(
    only(arrivals, "end").map((e) => e.key),
    [KEY],
  );
  t.equal(arrivals.length, 4);
});

t.test("a start with the least that it must have", async (t) => {
  const [begin] = only(play([message({ type: "start", series_id: 9 })]), "begin");
  t.match(begin?.begin, {
    key: "9/",
    wireUniqueId: null,
    expected: null,
    channels: [],
    channel: "default",
    height: null,
    type: null,
    mask: null,
    scan: {},
  });
  const odd = {
    type: "start",
    series_id: 9,
    channels: [1, "", "a"],
    image_size_x: -4,
    image_size_y: 4,
    image_dtype: "complex64",
    number_of_images: 1.5,
    saturation_value: "x",
    error_value: null,
    pixel_mask: 3,
    series_unique_id: 4,
    user_data: [1],
  };
  const [lenient] = only(play([message(odd)]), "begin");
  t.match(lenient?.begin, {
    channels: ["a"],
    channel: "a",
    height: null,
    width: null,
    type: null,
    expected: null,
    saturation: null,
    errorValue: null,
    mask: null,
  });
  t.same(lenient?.begin.meta.user_data, [1]);
  t.match(only(play([message({ type: "start", series_id: 1 })], { channel: "wanted" }), "begin")[0]?.begin, { channel: "wanted" });
});

t.test("the first image decides what the start left open", async (t) => {
  const bare = message({ type: "start", series_id: 3, series_unique_id: ID.uniqueId });
  const u8: FrameShape = { ...U16, type: "uint8", element: 1 };
  t.same(said([bare, image(0), image(1, { channels: [channel("threshold_1", u8)] }), image(2)]), [
    "begin",
    "frame",
    "wrong-frame",
    "frame",
  ]);
});

t.test("frames that are not of their series", async (t) => {
  const other = (change: Partial<FrameShape>) => image(1, { channels: [channel("threshold_1", { ...U16, ...change })] });
  t.same(said([start(), image(0), other({ type: "uint32", element: 4 }), other({ height: 6, width: 4 }), image(1)]), [
    "begin",
    "frame",
    "wrong-frame",
    "wrong-frame",
    "frame",
  ]);
  const wrong = message({
    type: "start",
    series_id: 3,
    series_unique_id: ID.uniqueId,
    image_size_x: 60,
    image_size_y: 40,
    image_dtype: "uint32",
  });
  t.same(said([wrong, image(0), image(1)]), ["begin", "frame", "frame"], "size and type stand with the image, not with the start");
  t.same(
    said([
      start(),
      imageMessage({ ...ID, series: 4, image: 0, channels: [channel("threshold_1", { ...U16, type: "uint8", element: 1 })] }),
    ]),
    ["begin", "frame"],
    "other series are not held against this one",
  );
  const bad = only(play([start(), image(0), other({ type: "uint8", element: 1 })]), "malformed");
  t.match(bad[0], { key: KEY, image: 1, detail: /image 1: 4 x 6 uint8 in a series of 4 x 6 uint16/ });
});

t.test("channels", async (t) => {
  const two = start({ channels: ["threshold_1", "threshold_2"] });
  const both = image(0, { channels: [channel("threshold_2"), channel("threshold_1")] });
  const arrivals = only(play([two, both]), "frame").map((a) => [a.frame.channel, a.frame.drives]);
  t.same(
    arrivals,
    [
      ["threshold_2", false],
      ["threshold_1", true],
    ],
    "as they stand on the wire",
  );
  t.same(said([two, image(0, { channels: [channel("threshold_2")] })]), ["begin", "missing-channel"]);
  t.same(said([two, image(0, { channels: [] })]), ["begin", "missing-channel"]);
  t.same(said([image(0, { channels: [] })]), ["missing-channel"], "nothing to choose from");
  const broken = { ...channel("threshold_2"), payload: new Uint8Array(3) };
  t.same(
    said([two, image(0, { channels: [channel("threshold_1"), broken] })]),
    ["begin", "frame", "other-type"],
    "a broken side channel costs itself only",
  );
  t.same(said([two, image(0, { channels: [channel("threshold_1"), broken] })], { channel: "threshold_2" }), [
    "begin",
    "frame",
    "truncated",
  ]);
  const orphan = only(play([both], { channel: "threshold_1" }), "frame");
  t.same(
    orphan.map((a) => a.frame.drives),
    [false, true],
    "without a start: the wanted one",
  );
  t.same(
    only(play([both]), "frame").map((a) => a.frame.drives),
    [true, false],
    "or the first",
  );
});

t.test("what every message must have", async (t) => {
  const cases: [string, Uint8Array[]][] = [
    ["empty", []],
    ["empty", [new Uint8Array(0)]],
    ["bad-envelope", [new Uint8Array(0), new Uint8Array(0)]],
    ["bad-envelope", [Uint8Array.of(1)]],
    ["bad-envelope", [new TextEncoder().encode('{"htype":"dheader-1.0"}')]],
    ["truncated", [Uint8Array.of(0xd9, 0xd9)]],
    ["missing-field", message({ series_id: 1 })],
    ["bad-field", message({ type: 3 })],
    ["missing-field", message({ type: "image" })],
    ["bad-field", message({ type: "end", series_id: -1 })],
    ["bad-field", message({ type: "start", series_id: "1" })],
    ["missing-field", message({ type: "image", series_id: 1 })],
    ["bad-field", message({ type: "image", series_id: 1, image_id: 0.5 })],
    ["missing-field", message({ type: "image", series_id: 1, image_id: 1 })],
    ["bad-field", message({ type: "image", series_id: 1, image_id: 1, data: [] })],
    ["other-type", message({ type: "telemetry" })],
    ["other-type", message({ type: "toString", series_id: 1 })],
  ];
  for (const [i, [reason, parts]] of cases.entries()) t.same(said([parts]), [reason], `case ${i}`);
  t.match(only(play([[new TextEncoder().encode('{"htype"')]]), "malformed")[0]?.detail, /looks like JSON/);
});

t.test("a cut message still tells which image it cost", async (t) => {
  const whole = image(7)[0] as Uint8Array;
  const { buffer } = whole;
  for (let cut = 1; cut < whole.length; cut++) {
    const [a, ...more] = play([[whole.subarray(0, cut)]]);
    t.equal(more.length, 0);
    t.match(a, { kind: "malformed", reason: "truncated" });
  }
  t.match(only(play([[whole.subarray(0, -1)]]), "malformed")[0], { key: KEY, image: 7 });
  const [frame] = only(play([[whole]]), "frame");
  t.equal(frame?.frame.payload.buffer, buffer, "the payload is a view into the message");
  const trailing = new Uint8Array([...whole, 0, 0]);
  t.same(said([[trailing]]), ["frame"], "trailing bytes are not ours");
});

t.test("closing by the line changes nothing", async (t) => {
  const reader = dectrisV2.open({});
  arrivalsOf(reader, [start()]);
  reader.closed();
  t.same(
    arrivalsOf(reader, [image(0)]).map((a) => a.kind),
    ["frame"],
  );
});

import t from "tap";
import { array10 } from "../../detectors/array-1.0.js";
import type { FrameShape } from "../../src/core/frame.js";
import { arrayMessage } from "../../src/wire/write-array.js";
import { jsonPart } from "../../src/wire/write-json.js";
import { type Arrival, arrivalsOf, only } from "../fixtures/arrivals.js";
import { aFrame, packed } from "../fixtures/frames.js";
import { pixelsOf } from "../fixtures/vectors.js";

const U16: FrameShape = { height: 4, width: 6, type: "uint16", encoding: "none", element: 0, bigEndian: false };
const pixels = aFrame({ count: 24, density: 0.5 });
const message = (frame: number, source = "cam", shape = U16): Uint8Array[] =>
  arrayMessage({
    frame,
    shape,
    source,
    payload: packed(aFrame({ type: shape.type, count: shape.height * shape.width, density: 0.5 }), shape),
  });
const play = (messages: Uint8Array[][]): Arrival[] => arrivalsOf(array10.open({}), messages);
/** Series key of each frame. */
const keys = (messages: Uint8Array[][]): string =>
  only(play(messages), "frame")
    .map((a) => a.frame.key)
    .join("");

t.test("frames, written and read", async (t) => {
  for (const encoding of ["none", "lz4-block", "bslz4"] as const) {
    for (const bigEndian of [false, true]) {
      const shape: FrameShape = { ...U16, encoding, bigEndian, element: encoding === "bslz4" ? 2 : 0 };
      const arrivals = play([message(0, "cam", shape), message(1, "cam", shape)]);
      t.same(
        arrivals.map((a) => a.kind),
        ["begin", "frame", "frame"],
      );
      const [frame] = only(arrivals, "frame");
      t.strictSame(frame?.frame.shape, shape);
      t.strictSame(frame && pixelsOf(frame.frame), pixels, encoding);
    }
  }
  const [begin] = only(play([message(4)]), "begin");
  t.match(begin?.begin, {
    key: "1",
    wireSeries: null,
    expected: null,
    channel: "default",
    height: 4,
    width: 6,
    type: "uint16",
    implied: true,
    meta: { source: "cam" },
  });
});

t.test("where a series begins", async (t) => {
  t.equal(keys([message(0), message(0), message(1), message(0)]), "1112", "0 after a higher number; twice 0 is a duplicate");
  t.equal(keys([message(5), message(4100), message(5), message(4)]), "1111", "late frames");
  t.equal(keys([message(4200), message(104), message(103)]), "112", "a fall by more than 4096");
  t.equal(keys([message(1), message(2, "other"), message(3, "other")]), "122", "another source");
  t.equal(keys([message(1), message(2, "cam", { ...U16, height: 6, width: 4 }), message(3)]), "123", "another shape");
  t.equal(keys([message(1), message(2, "cam", { ...U16, type: "uint8" })]), "12", "another type");
  const reader = array10.open({});
  const frame = (n: number) => only(arrivalsOf(reader, [message(n)]), "frame")[0]?.frame.key;
  t.equal(frame(7), "1");
  t.equal(frame(8), "1");
  reader.closed();
  t.equal(frame(9), "2", "after the line has closed it");
});

t.test("spellings", async (t) => {
  const data = new Uint8Array(Uint16Array.of(1, 2).buffer);
  const header = (o: object) => [jsonPart({ htype: "array-1.0", frame: 0, shape: [1, 2], type: "uint16", ...o }), data];
  const shapeOf = (o: object) => only(play([header(o)]), "frame")[0]?.frame.shape;
  t.match(shapeOf({}), { encoding: "none", bigEndian: false });
  t.match(shapeOf({ encoding: "none", endianess: "big" }), { encoding: "none", bigEndian: true });
  t.match(shapeOf({ encoding: "", endianness: "big" }), { bigEndian: true });
  t.match(shapeOf({ encoding: null, endianness: null, source: 4 }), { bigEndian: false });
});

t.test("faults", async (t) => {
  const data = new Uint8Array(4);
  const header = (o: object) => jsonPart({ htype: "array-1.0", frame: 3, shape: [1, 2], type: "uint16", ...o });
  const cases: [string, Uint8Array[], number | null][] = [
    ["empty", [], null],
    ["empty", [new Uint8Array(0)], null],
    ["bad-envelope", [data, data], null],
    ["missing-field", [jsonPart({ frame: 3 })], null],
    ["bad-field", [header({ htype: 1 }), data], null],
    ["missing-field", [header({ frame: undefined }), data], null],
    ["bad-field", [header({ frame: "3" }), data], null],
    ["missing-part", [header({})], 3],
    ["missing-field", [header({ shape: undefined }), data], 3],
    ["missing-field", [header({ type: undefined }), data], 3],
    ["bad-field", [header({ encoding: 4 }), data], 3],
    ["bad-field", [header({ endianness: "middle" }), data], 3],
    ["bad-encoding", [header({ encoding: "jpeg" }), data], 3],
    ["bad-shape", [header({ shape: [4] }), data], 3],
    ["bad-type", [header({ type: "float64" }), data], 3],
    ["truncated", [header({ shape: [2, 2] }), data], 3],
    ["size-mismatch", [header({ shape: [1, 1] }), data], 3],
    ["other-type", [header({ htype: "chunk-1.0" }), data], null],
  ];
  for (const [i, [reason, parts, image]] of cases.entries()) {
    const arrivals = play([parts]);
    t.match(arrivals, [reason === "other-type" ? { reason } : { kind: "malformed", reason, key: null, image }], `case ${i}`);
    t.equal(arrivals.length, 1, "begins nothing");
  }
  t.match(play([message(1), [header({}), new Uint8Array(3)]]).at(-1), { kind: "malformed", key: "1", image: 3 }, "in the open series");
});

import t from "tap";
import { type FrameShape, frameBytes, PIXEL_TYPES } from "../../src/core/frame.js";
import { checkPayload, readPixelType, readSides } from "../../src/wire/check-frame.js";
import { readEncoding, writeEncoding } from "../../src/wire/encoding-name.js";
import { frameOf } from "../../src/wire/frame-of-array.js";
import { readFlatfield, readMask } from "../../src/wire/header-arrays.js";
import { Problem } from "../../src/wire/problem.js";
import { type CborValue, readCbor, Tagged } from "../../src/wire/read-cbor.js";
import { describeArray, typedArrayTag } from "../../src/wire/typed-array.js";
import { imageMessage } from "../../src/wire/write-dectris-v2.js";
import { aFrame, packed } from "../fixtures/frames.js";

const reason = (v: unknown): string => (v instanceof Problem ? v.reason : "none");
const array = (dims: CborValue, data: CborValue, tag = 40): CborValue => new Tagged(tag, [dims, data]);
const frame = (value: CborValue): FrameShape | Problem => {
  const a = describeArray(value, "data");
  return a instanceof Problem ? a : frameOf(a, "data");
};
const raw = (tag: number, bytes: number): Tagged => new Tagged(tag, new Uint8Array(bytes));
const squeezed = (tag: number, algorithm: CborValue, modifier: CborValue, payload: CborValue): Tagged =>
  new Tagged(tag, new Tagged(56500, [algorithm, modifier, payload]));
const framing = (total: number, block: number, more = 100): Uint8Array => {
  const bytes = new Uint8Array(12 + more);
  new DataView(bytes.buffer).setUint32(4, total);
  new DataView(bytes.buffer).setUint32(8, block);
  return bytes;
};

t.test("what the writer describes is read back", async (t) => {
  for (const type of PIXEL_TYPES) {
    for (const bigEndian of [false, true]) {
      for (const encoding of ["none", "bslz4", "lz4-hdf5"] as const) {
        const element = encoding === "bslz4" ? frameBytes({ height: 1, width: 1, type }) : 0;
        const shape: FrameShape = { height: 3, width: 5, type, encoding, element, bigEndian: bigEndian && !type.endsWith("8") };
        const payload = packed(aFrame({ type, count: 15 }), shape);
        const [message] = imageMessage({ series: 1, uniqueId: "", image: 0, channels: [{ name: "c", shape, payload }] });
        const top = (readCbor(message as Uint8Array).value as Tagged).value as Map<string, CborValue>;
        const value = (top.get("data") as Map<string, CborValue>).get("c");
        t.strictSame(frame(value), shape, `${type} ${encoding}`);
        const described = describeArray(value, "data");
        t.same(described instanceof Problem ? null : described.payload, payload);
      }
    }
  }
  const shape: FrameShape = { height: 1, width: 1, type: "uint8", encoding: "lz4-block", element: 0, bigEndian: false };
  t.throws(
    () => imageMessage({ series: 1, uniqueId: "", image: 0, channels: [{ name: "c", shape, payload: new Uint8Array(1) }] }),
    /no bare LZ4/,
  );
  t.throws(() => typedArrayTag("complex64" as "uint8", false), /no typed-array tag/);
});

t.test("arrays that are none", async (t) => {
  const cases: [string, CborValue][] = [
    ["bad-field", [[2, 2], raw(64, 4)]],
    ["bad-field", new Tagged(40, raw(64, 4))],
    ["bad-field", new Tagged(40, [[2, 2]])],
    ["bad-shape", array(4, raw(64, 4))],
    ["bad-shape", array([4], raw(64, 4))],
    ["bad-shape", raw(64, 4)],
    ["bad-shape", squeezed(64, "lz4", 0, framing(4, 4))],
    ["bad-shape", array([0, 4], raw(64, 0))],
    ["bad-shape", array([2, 2.5], raw(64, 4))],
    ["bad-shape", array([2n, 2], raw(64, 4))],
    ["bad-shape", array([2, 2, 2], raw(64, 8))],
    ["too-large", array([1 << 20, 1], raw(64, 4))],
    ["too-large", array([16384, 16384], raw(70, 4))],
    ["bad-type", array([2, 2], new Uint8Array(4))],
    ["bad-type", array([2, 2], raw(99, 4))],
    ["bad-type", array([2, 2], raw(86, 32))],
    ["bad-type", array([2, 2], raw(72, 4))],
    ["bad-encoding", array([2, 2], new Tagged(64, "text"))],
    ["bad-encoding", array([2, 2], new Tagged(64, new Tagged(56501, ["lz4", 0, framing(4, 4)])))],
    ["bad-encoding", array([2, 2], new Tagged(64, new Tagged(56500, ["lz4", 0])))],
    ["bad-encoding", array([2, 2], squeezed(64, 3, 0, framing(4, 4)))],
    ["bad-encoding", array([2, 2], squeezed(64, "lz4", "0", framing(4, 4)))],
    ["bad-encoding", array([2, 2], squeezed(64, "lz4", 0, [1]))],
    ["bad-encoding", array([2, 2], squeezed(64, "bszstd", 1, framing(4, 4)))],
    ["bad-encoding", array([2, 2], squeezed(64, "bslz4", 3, framing(4, 8)))],
    ["bad-encoding", array([2, 2], squeezed(64, "bslz4", 2, framing(4, 16)))],
    ["bad-encoding", array([2, 2], squeezed(69, "bslz4", 2, framing(8, 8)))],
    ["bad-encoding", array([2, 2], squeezed(64, "lz4", 0, framing(4, 0)))],
    ["size-mismatch", array([2, 2], squeezed(64, "lz4", 0, framing(5, 5)))],
    ["size-mismatch", array([2, 2], raw(64, 5))],
    ["size-mismatch", array([1000, 1000], squeezed(64, "lz4", 0, framing(1_000_000, 8192)))],
    ["truncated", array([2, 2], raw(64, 3))],
    ["truncated", array([2, 2], squeezed(64, "lz4", 0, new Uint8Array(11)))],
    ["bad-encoding", array([2, 2], raw(64, 4), 1040)],
  ];
  for (const [i, [want, value]] of cases.entries()) t.equal(reason(frame(value)), want, `case ${i}`);
});

t.test("arrays that are some", async (t) => {
  t.match(frame(array([1, 2, 2], raw(64, 4))), { height: 2, width: 2 }, "a leading 1");
  t.match(frame(array([2, 2, 1, 1], raw(64, 4))), { height: 2, width: 2 }, "trailing 1s");
  t.match(frame(array([1, 4], raw(64, 4))), { height: 1, width: 4 }, "one row is no dimension to lose");
  t.match(frame(array([1, 4], raw(64, 4), 1040)), { height: 1, width: 4 }, "one row in column-major order is the same");
  t.match(frame(array([4, 1], raw(68, 4), 1040)), { type: "uint8" }, "clamped bytes");
  t.match(
    frame(array([2, 2], squeezed(69, "bslz4", 2, new Uint8Array(40)))),
    { encoding: "bslz4", element: 2 },
    "the empty header of the LiberTEM mock",
  );
});

t.test("names of encodings", async (t) => {
  const shape: FrameShape = { height: 1, width: 1, type: "uint16", encoding: "none", element: 0, bigEndian: false };
  for (const [name, packing] of [
    ["<", { encoding: "none", element: 0, bigEndian: false }],
    [">", { encoding: "none", element: 0, bigEndian: true }],
    ["lz4<", { encoding: "lz4-block", element: 0, bigEndian: false }],
    ["bs8-lz4<", { encoding: "bslz4", element: 1, bigEndian: false }],
    ["bs16-lz4>", { encoding: "bslz4", element: 2, bigEndian: true }],
    ["bs32-lz4<", { encoding: "bslz4", element: 4, bigEndian: false }],
  ] as const) {
    t.strictSame(readEncoding(name), packing, name);
    t.equal(writeEncoding({ ...shape, ...packing }), name);
  }
  t.strictSame(readEncoding("bs16lz4", true), { encoding: "bslz4", element: 2, bigEndian: true });
  for (const name of ["bs16-zstd<", "bs64-lz4<", "bs16<", "lz4<<", "LZ4<", "x".repeat(1000)])
    t.equal(reason(readEncoding(name)), "bad-encoding", name);
  t.throws(() => writeEncoding({ ...shape, encoding: "lz4-hdf5" }), /no framed LZ4/);
});

t.test("shapes and types of JSON", async (t) => {
  t.same(readSides([3, 4, 1]), [3, 4]);
  for (const v of [null, "3x4", [3], [3, "4"], [3, 4, 5], Array(9).fill(1), [Number.NaN, 1]])
    t.equal(reason(readSides(v)), "bad-shape", JSON.stringify(v));
  t.equal(readPixelType("int32"), "int32");
  for (const v of ["complex64", "toString", 16, null, undefined]) t.equal(reason(readPixelType(v)), "bad-type");
  const block: FrameShape = { height: 100, width: 100, type: "uint8", encoding: "lz4-block", element: 0, bigEndian: false };
  t.equal(checkPayload(block, new Uint8Array(60)), null);
  t.equal(checkPayload(block, new Uint8Array(20))?.reason, "size-mismatch", "LZ4 cannot be that good");
});

t.test("header arrays", async (t) => {
  const mask = Uint8Array.from(Uint32Array.of(0, 2, 0, 16, 0, 0x80000000), (v) => (v ? 1 : 0));
  const words = new Uint8Array(Uint32Array.of(0, 2, 0, 16, 0, 0x80000000).buffer);
  t.strictSame(readMask(array([2, 3], new Tagged(70, words)), 2, 3), mask);
  const shape: FrameShape = { height: 2, width: 3, type: "uint32", encoding: "bslz4", element: 4, bigEndian: false };
  t.strictSame(
    readMask(array([2, 3], squeezed(70, "bslz4", 4, packed(Uint32Array.of(0, 2, 0, 16, 0, 0x80000000), shape))), 2, 3),
    mask,
    "compressed",
  );
  const flat = Float32Array.of(1, 2, 3, 4, 5, 6);
  t.strictSame(readFlatfield(array([2, 3], new Tagged(85, new Uint8Array(flat.buffer))), 2, 3), flat);
  t.equal(readFlatfield(array([2, 3], new Tagged(70, words)), 2, 3), null, "integers are no flat field");
  t.equal(readMask(array([2, 3], new Tagged(85, words)), 2, 3), null, "floats are no mask");
  t.equal(readMask(array([2, 3], new Tagged(70, words)), 3, 2), null, "of another size");
  t.equal(readMask(array([2, 3], new Tagged(70, words)), null, null), null, "of unknown size");
  t.equal(readMask(undefined, 2, 3), null);
  t.equal(readMask(array([2, 3], new Tagged(70, words.subarray(1))), 2, 3), null, "cut");
  t.equal(readMask(array([2, 3], squeezed(70, "lz4", 0, framing(24, 24))), 2, 3), null, "corrupt");
});

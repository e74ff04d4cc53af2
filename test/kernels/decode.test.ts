import fc from "fast-check";
import t from "tap";
import type { Encoding, FrameShape, PixelType } from "../../src/core/frame.js";
import { BYTES_PER_PIXEL, ENCODINGS, PIXEL_TYPES, pixelArray } from "../../src/core/frame.js";
import { decodeFrame } from "../../src/kernels/decode-frame.js";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import { encodeLz4Block } from "../../src/kernels/encode-lz4.js";
import type { PixelLane } from "../../src/kernels/pixel-lane.js";
import { DECODE_ERRORS } from "../../src/kernels/pixel-lane.js";
import { createPlainLane } from "../../src/kernels/plain-lane.js";
import { aFrame, packed } from "../fixtures/frames.js";
import { aWasmLane } from "../fixtures/lanes.js";

const bytesOf = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

const aShape = (o: Partial<FrameShape> = {}): FrameShape => {
  const type = o.type ?? "uint16";
  const encoding = o.encoding ?? "bslz4";
  const element = encoding === "bslz4" ? BYTES_PER_PIXEL[type] : 0;
  return { height: 8, width: 8, type, encoding, element, bigEndian: false, ...o };
};

/** What a lane makes of a payload: the name of the fault, or the pixels. */
function outcome(lane: PixelLane, payload: Uint8Array, shape: FrameShape): string | readonly number[] {
  const code = lane.decode(payload, shape);
  return code === 0 ? [...lane.pixels()] : (DECODE_ERRORS[code] ?? `unnamed ${code}`);
}

const lanes: readonly (readonly [name: string, lane: PixelLane])[] = [
  ["plain", createPlainLane()],
  ["wasm", aWasmLane()],
];
const wasm = lanes[1]?.[1] as PixelLane;

t.test("WebAssembly gives back what was packed: all types, encodings, byte orders, block sizes and shapes", async () => {
  fc.assert(
    fc.property(
      fc.constantFrom<PixelType>(...PIXEL_TYPES),
      fc.constantFrom<Encoding>(...ENCODINGS),
      fc.boolean(),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 3000 })),
      fc.constantFrom(0, 0.003, 0.1, 1),
      fc.integer(),
      (type, encoding, bigEndian, height, width, units, density, seed) => {
        const pixels = aFrame({ type, count: height * width, density, seed });
        const shape = aShape({ type, encoding, bigEndian, height, width });
        const code = wasm.decode(packed(pixels, shape, units * 8 * BYTES_PER_PIXEL[type]), shape);
        const got = code === 0 ? wasm.pixels() : new Uint8Array();
        return got.constructor === pixels.constructor && Buffer.from(bytesOf(got)).equals(bytesOf(pixels));
      },
    ),
    { numRuns: 600 },
  );
});

t.test("big-endian pixels, both lanes", async (t) => {
  for (const type of PIXEL_TYPES) {
    const pixels = aFrame({ type, count: 35, density: 1, seed: 4 });
    for (const encoding of ENCODINGS) {
      const shape = aShape({ type, encoding, height: 5, width: 7, bigEndian: true });
      for (const [name, lane] of lanes)
        t.same(outcome(lane, packed(pixels, shape, 64), shape), [...pixels], `${type} ${encoding}, ${name}`);
    }
  }
});

t.test("the element of the transpose need not be the pixel", async (t) => {
  for (const element of [1, 2, 4])
    for (const type of PIXEL_TYPES) {
      const shape = aShape({ type, height: 12, width: 34, element });
      const pixels = aFrame({ type, count: 12 * 34, density: 0.5, seed: element });
      for (const [name, lane] of lanes)
        t.same(outcome(lane, encodeBslz4(pixels, element), shape), [...pixels], `${type} by ${element}, ${name}`);
    }
});

t.test("each bit plane reaches its bit", async (t) => {
  for (const element of [1, 2, 4] as const) {
    const type = ({ 1: "uint8", 2: "uint16", 4: "uint32" } as const)[element];
    for (let bit = 0; bit < 8 * element; bit++) {
      const pixels = pixelArray(type, 200).fill(2 ** bit);
      pixels[0] = 0;
      pixels[199] = 0;
      const shape = aShape({ type, height: 1, width: 200 });
      for (const [name, lane] of lanes)
        t.same(outcome(lane, encodeBslz4(pixels, element), shape), [...pixels], `${type} bit ${bit}, ${name}`);
    }
  }
});

t.test("a header of zeros means: size of the shape, blocks of 8192", async (t) => {
  const pixels = aFrame({ count: 96 * 96, density: 0.2 });
  const shape = aShape({ height: 96, width: 96 });
  const payload = encodeBslz4(pixels, 2);
  payload.fill(0, 0, 12);
  for (const [name, lane] of lanes) t.same(outcome(lane, payload, shape), [...pixels], name);
  const lz4 = packed(pixels, aShape({ height: 96, width: 96, encoding: "lz4-hdf5" }));
  lz4.fill(0, 0, 12);
  for (const [name, lane] of lanes)
    t.equal(outcome(lane, lz4, { ...shape, encoding: "lz4-hdf5" }), "size-mismatch", `${name}: not without transpose`);
});

t.test("stored blocks of the lz4 framing", async (t) => {
  const pixels = aFrame({ type: "uint8", count: 100, density: 1, seed: 9 });
  const payload = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 100, ...pixels]);
  const shape = aShape({ type: "uint8", encoding: "lz4-hdf5", height: 10, width: 10 });
  for (const [name, lane] of lanes) t.same(outcome(lane, payload, shape), [...pixels], name);
});

t.test("what is wrong with a payload is told by name", async (t) => {
  const shape = aShape({ height: 10, width: 10 });
  const lz4 = aShape({ height: 10, width: 10, encoding: "lz4-hdf5" });
  const pixels = aFrame({ count: 100, density: 0.5 });
  const good = encodeBslz4(pixels, 2, 64);
  const framed = packed(pixels, lz4, 64);
  const patched = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, at);
    return copy;
  };
  const bare = (...bytes: number[]): [Uint8Array, FrameShape] => [
    Uint8Array.from(bytes),
    aShape({ type: "uint8", encoding: "lz4-block", height: 1, width: 20 }),
  ];
  const cases: readonly (readonly [why: string, expected: string, payload: Uint8Array, shape: FrameShape])[] = [
    ["nothing", "truncated", new Uint8Array(), shape],
    ["half a header", "truncated", good.subarray(0, 11), shape],
    ["a header alone", "truncated", good.subarray(0, 12), shape],
    ["no room for the length of a block", "truncated", good.subarray(0, 15), shape],
    ["a block that ends early", "truncated", good.subarray(0, 20), shape],
    ["no tail", "truncated", good.subarray(0, good.length - 1), shape],
    ["more than the tail", "size-mismatch", Uint8Array.from([...good, 0]), shape],
    ["another size in the header", "size-mismatch", patched(good, 7, 201), shape],
    ["a size beyond 32 bits", "size-mismatch", patched(good, 3, 1), shape],
    ["a frame of another size", "size-mismatch", good, aShape({ height: 10, width: 11 })],
    ["blocks of nothing", "bad-encoding", patched(good, 8, 0, 0, 0, 0), shape],
    ["blocks of half elements", "bad-encoding", patched(good, 8, 0, 0, 0, 24), shape],
    ["blocks of 2 GiB", "truncated", patched(good, 8, 128, 0, 0, 0).subarray(0, 12), shape],
    ["a block length beyond the payload", "truncated", patched(good, 12, 255, 255, 255, 255), shape],
    ["a block that decodes to less", "corrupt", patched(good, 12, 0, 0, 0, 0), shape],
    ["elements of 3 bytes", "bad-encoding", good, { ...shape, element: 3 }],
    ["no element", "bad-encoding", good, { ...shape, element: 0 }],
    ["elements that do not divide the frame", "bad-encoding", good, aShape({ height: 1, width: 7, element: 4 })],
    ["half a header, lz4", "truncated", framed.subarray(0, 11), lz4],
    ["no room for the length of a block, lz4", "truncated", framed.subarray(0, 15), lz4],
    ["a block that ends early, lz4", "truncated", framed.subarray(0, 20), lz4],
    ["trailing bytes, lz4", "size-mismatch", Uint8Array.from([...framed, 0]), lz4],
    ["a block that decodes to less, lz4", "corrupt", patched(framed, 12, 0, 0, 0, 0), lz4],
    ["blocks of nothing, lz4", "bad-encoding", patched(framed, 8, 0, 0, 0, 0), lz4],
    ["too few raw bytes", "truncated", new Uint8Array(199), aShape({ height: 10, width: 10, encoding: "none" })],
    ["too many raw bytes", "size-mismatch", new Uint8Array(201), aShape({ height: 10, width: 10, encoding: "none" })],
    ["far too much for any encoding", "size-mismatch", new Uint8Array(6 * 200 + 65), shape],
    ["no pixels", "size-mismatch", good, aShape({ height: 0 })],
    ["no columns", "size-mismatch", good, aShape({ width: 0 })],
    ["half a row", "size-mismatch", good, aShape({ height: 1.5 })],
    ["half a column", "size-mismatch", good, aShape({ width: 1.5 })],
    ["a gigapixel", "too-large", good, aShape({ height: 2 ** 15, width: 2 ** 15, type: "uint8" })],
    ["nothing at all, bare", "truncated", ...bare()],
    ["literals that are not there", "truncated", ...bare(0x50, 1, 2)],
    ["a length that does not end", "truncated", ...bare(0xf0)],
    ["a length that goes on for ever", "corrupt", ...bare(0xf0, ...new Array(60).fill(255))],
    ["more literals than pixels", "corrupt", ...bare(0xf0, 6, ...new Array(21).fill(1))],
    ["half a distance", "truncated", ...bare(0x10, 1, 1)],
    ["a distance of nothing", "corrupt", ...bare(0x10, 1, 0, 0)],
    ["a distance before the start", "corrupt", ...bare(0x10, 1, 2, 0)],
    ["a match beyond the end", "corrupt", ...bare(0x1f, 1, 1, 0, 1)],
    ["a match length that does not end", "truncated", ...bare(0x1f, 1, 1, 0)],
    ["a match length that goes on for ever", "corrupt", ...bare(0x1f, 1, 1, 0, ...new Array(60).fill(255))],
    ["fewer pixels than wanted", "truncated", ...bare(0x10, 1)],
    ["no end", "truncated", ...bare(0x1f, 1, 1, 0, 0)],
  ];
  for (const [why, expected, payload, its] of cases)
    for (const [name, lane] of lanes) t.equal(outcome(lane, payload, its), expected, `${why}: ${name}`);
});

t.test("matches that overlap themselves, at every distance", async (t) => {
  for (let distance = 1; distance <= 40; distance++) {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i % distance) + 1);
    const shape = aShape({ type: "uint8", encoding: "lz4-block", height: 1, width: 300 });
    for (const [name, lane] of lanes) t.same(outcome(lane, encodeLz4Block(bytes), shape), [...bytes], `${distance}, ${name}`);
  }
});

t.test("the plain decoder is only for outputs of the right size", async (t) => {
  t.throws(() => decodeFrame(new Uint8Array(128), aShape(), new Uint8Array(127)), /128 bytes cannot go into 127/);
  t.equal(decodeFrame(new Uint8Array(128), aShape({ height: 0 }), new Uint8Array(0)), -3);
});

t.test("pixels before a decoded frame are refused, also after a bad one", async (t) => {
  for (const lane of [createPlainLane(), aWasmLane()]) {
    t.throws(() => lane.pixels(), /no decoded frame/);
    lane.decode(new Uint8Array(128), aShape({ encoding: "none" }));
    t.equal(lane.pixels().length, 64);
    lane.decode(new Uint8Array(127), aShape({ encoding: "none" }));
    t.throws(() => lane.pixels(), /no decoded frame/);
  }
});

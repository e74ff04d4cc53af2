import fc from "fast-check";
import t from "tap";
import type { Encoding, FrameShape, PixelType } from "../../src/core/frame.js";
import { BYTES_PER_PIXEL, PIXEL_TYPES, pixelArray } from "../../src/core/frame.js";
import { decodeFrame } from "../../src/kernels/decode-frame.js";
import { encodeBslz4, encodeLz4Hdf5 } from "../../src/kernels/encode-bslz4.js";
import { encodeLz4Block } from "../../src/kernels/encode-lz4.js";
import { aFrame, packed } from "../fixtures/frames.js";

const bytesOf = (a: ArrayBufferView): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

t.test("every encoding gives the pixels back, for all types, sizes and densities", async () => {
  fc.assert(
    fc.property(
      fc.constantFrom<PixelType>(...PIXEL_TYPES),
      fc.constantFrom<Encoding>("none", "lz4-block", "lz4-hdf5", "bslz4"),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(0, 0.01, 0.3, 1),
      fc.integer(),
      (type, encoding, height, width, blocks, density, seed) => {
        const pixels = aFrame({ type, count: height * width, density, seed });
        const element = BYTES_PER_PIXEL[type];
        const shape: FrameShape = { height, width, type, encoding, element: encoding === "bslz4" ? element : 0, bigEndian: false };
        const out = new Uint8Array(pixels.byteLength);
        const code = decodeFrame(packed(pixels, shape, blocks * 8 * element), shape, out);
        return code === 0 && Buffer.from(out).equals(bytesOf(pixels));
      },
    ),
    { numRuns: 300 },
  );
});

t.test("long runs and long literals cross the length bytes", async (t) => {
  for (const length of [0, 1, 4, 5, 11, 12, 13, 14, 18, 19, 20, 269, 270, 273, 274, 275, 529, 70_000, 200_000]) {
    for (const bytes of [new Uint8Array(length), aFrame({ type: "uint8", count: length, density: 1, seed: length })]) {
      const out = new Uint8Array(length);
      const shape: FrameShape = {
        height: 1,
        width: Math.max(1, length),
        type: "uint8",
        encoding: "lz4-block",
        element: 0,
        bigEndian: false,
      };
      const block = encodeLz4Block(bytesOf(bytes));
      if (length > 0) t.equal(decodeFrame(block, shape, out), 0, `${length} bytes decode`);
      else t.same([...block], [0], "nothing is one empty token");
      t.ok(Buffer.from(out).equals(bytesOf(bytes)), `${length} bytes come back`);
    }
  }
  t.ok(encodeLz4Block(new Uint8Array(100_000)).length < 500, "zeros shrink");
});

t.test("matches farther than 64 KiB are not used", async (t) => {
  const noise = bytesOf(aFrame({ type: "uint8", count: 70_000, density: 1, seed: 3 }));
  const twice = new Uint8Array(140_000);
  twice.set(noise);
  twice.set(noise, 70_000);
  const out = new Uint8Array(twice.length);
  const shape: FrameShape = { height: 1, width: twice.length, type: "uint8", encoding: "lz4-block", element: 0, bigEndian: false };
  t.equal(decodeFrame(encodeLz4Block(twice), shape, out), 0);
  t.ok(Buffer.from(out).equals(twice));
});

t.test("pixels at any address can be packed", async (t) => {
  const pixels = new Uint8Array(new ArrayBuffer(65), 1, 64).map((_, i) => i);
  const bytes = new Uint8Array(new ArrayBuffer(65), 1, 64);
  bytes.set(pixels);
  t.same(encodeBslz4(bytes, 4, 32), encodeBslz4(pixels.slice(), 4, 32));
});

t.test("sizes that no decoder takes are refused", async (t) => {
  const pixels = pixelArray("uint16", 9);
  t.throws(() => encodeBslz4(pixels, 3), /18 bytes are not elements of 3 bytes/);
  t.throws(() => encodeBslz4(pixels, 4), /18 bytes are not elements of 4 bytes/);
  t.throws(() => encodeBslz4(pixels, 2, 24), /block of 24 bytes is not a multiple of 16/);
  t.throws(() => encodeBslz4(pixels, 2, 0), /block of 0 bytes/);
  t.throws(() => encodeLz4Hdf5(pixels, 0), /block of 0 bytes/);
});

t.test("the bit planes of a bslz4 block lie as the HDF5 filter lays them", async (t) => {
  const pixels = new Uint8Array(64);
  pixels[0] = 1;
  pixels[9] = 0x82;
  const payload = encodeBslz4(pixels, 1, 64);
  const planes = new Uint8Array(64);
  planes[0] = 1;
  planes[8 + 1] = 2;
  planes[56 + 1] = 2;
  const block = encodeLz4Block(planes);
  t.same([...payload], [0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 64, 0, 0, 0, block.length, ...block]);
});

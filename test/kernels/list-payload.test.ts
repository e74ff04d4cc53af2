import fc from "fast-check";
import t from "tap";
import { BYTES_PER_PIXEL, type FrameShape, type PixelType, pixelArray } from "../../src/core/frame.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { listCounts } from "../../src/kernels/list-counts.js";
import { PayloadLister } from "../../src/kernels/list-payload.js";
import { aRandom, packed } from "../fixtures/frames.js";
import { theKernels } from "../fixtures/lanes.js";

const aShape = (o: Partial<FrameShape> = {}): FrameShape => {
  const type = o.type ?? "uint16";
  return { height: 50, width: 61, type, encoding: "bslz4", element: BYTES_PER_PIXEL[type], bigEndian: false, ...o };
};
const SETUP = { mask: null, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

t.test("what was received is listed like its pixels: sparse, crowded, masked, of all types and encodings", async (t) => {
  const cases = fc.record({
    type: fc.constantFrom<PixelType>("uint8", "uint16", "uint32", "int16", "int32", "float32"),
    encoding: fc.constantFrom<FrameShape["encoding"]>("bslz4", "lz4-block", "none"),
    density: fc.constantFrom(0, 0.01, 0.1, 0.9),
    most: fc.constantFrom(1, 3, 255),
    high: fc.constantFrom(2, 200, Number.POSITIVE_INFINITY),
    seed: fc.integer(),
  });
  const lister = new PayloadLister(instantiateKernels(theKernels));
  fc.assert(
    fc.property(cases, ({ type, encoding, density, most, high, seed }) => {
      const random = aRandom(seed);
      const shape = aShape({ type, encoding });
      const count = shape.height * shape.width;
      const pixels = pixelArray(type, count);
      for (let p = 0; p < count; p++) if (random() < density) pixels[p] = 1 + Math.floor(random() ** 6 * most);
      const mask = random() < 0.5 ? null : Uint8Array.from({ length: count }, () => (random() < 0.05 ? 1 : 0));
      lister.configure({ ...SETUP, ...shape, mask, high });
      const found = lister.list(packed(pixels, shape), shape);
      const room = new Uint32Array(4 * count);
      const kept = Uint8Array.from({ length: count }, (_, p) => (mask?.[p] ? 0 : 1));
      const n = listCounts(pixels, kept, high, room);
      t.same(found && Buffer.from(found.slice().buffer).toString("hex"), Buffer.from(room.slice(0, n).buffer).toString("hex"));
    }),
    { numRuns: 120 },
  );
});

t.test("more entries than pixels make room; what is no count is refused", async (t) => {
  const shape = aShape({ type: "uint32", height: 4, width: 8 });
  const lister = new PayloadLister(instantiateKernels(theKernels));
  lister.configure({ ...SETUP, ...shape });
  const many = new Uint32Array(32).fill(1270);
  t.equal(lister.list(packed(many, shape), shape)?.length, 320);
  const sparse = new Uint32Array(32);
  sparse[31] = 127 * 400;
  t.equal(lister.list(packed(sparse, shape), shape)?.length, 400);
  const endless = new Uint32Array(32).fill(2 ** 31);
  t.equal(lister.list(packed(endless, shape), shape), null);
  t.equal(lister.list(packed(many, shape), shape)?.length, 320, "and goes on");
  const floats = aShape({ type: "float32", height: 4, width: 8 });
  lister.configure({ ...SETUP, ...floats });
  t.equal(lister.list(packed(new Float32Array(32).fill(0.5), floats), floats), null);
});

t.test("what cannot be decoded, and sets that cannot be", async (t) => {
  const shape = aShape();
  const lister = new PayloadLister(instantiateKernels(theKernels));
  const payload = packed(new Uint16Array(50 * 61), shape);
  t.equal(lister.list(payload, shape), null, "nothing set up");
  lister.configure({ ...SETUP, ...shape });
  t.equal(lister.list(payload, shape)?.length, 0);
  t.equal(lister.list(payload, { ...shape, width: 62 }), null, "of another size");
  t.equal(lister.list(payload.subarray(0, payload.length - 3), shape), null, "cut short");
  t.equal(lister.list(new Uint8Array(10 ** 6), shape), null, "too long");
  t.throws(() => lister.configure({ ...SETUP, ...shape, mask: new Uint8Array(3) }), RangeError);
  const kernels = instantiateKernels(theKernels);
  let left = 1;
  const scarce = new PayloadLister({ ...kernels, reserve: (end) => left-- > 0 && kernels.reserve(end) });
  scarce.configure({ ...SETUP, ...shape });
  t.equal(scarce.list(payload, shape), null, "no memory for a frame");
  scarce.configure({ ...SETUP, ...shape });
  t.equal(scarce.list(payload, shape), null, "no memory at all");
});

import fc from "fast-check";
import t from "tap";
import { PIXEL_TYPES, pixelArray } from "../../src/core/frame.js";
import { encodeNpy } from "../../src/sinks/npy.js";
import { readNpy } from "./read-npy.js";

t.test("every type and shape reads back", async () => {
  const names = { uint8: "|u1", uint16: "<u2", uint32: "<u4", int16: "<i2", int32: "<i4", float32: "<f4" };
  fc.assert(
    fc.property(
      fc.constantFrom(...PIXEL_TYPES),
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: -40_000, max: 70_000 }),
      (type, shape, seed) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const values = pixelArray(type, count);
        for (let i = 0; i < count; i++) values[i] = seed * (i + 1);
        const file = encodeNpy(shape, values);
        const read = readNpy(file);
        return (
          read.descr === names[type] &&
          read.shape.join() === shape.join() &&
          read.values.join() === [...values].join() &&
          read.offset % 64 === 0
        );
      },
    ),
  );
});

t.test("a view into a larger buffer, copied", async (t) => {
  const all = Float32Array.from([1, 2, 3, Number.NaN, 5]);
  const file = encodeNpy([2], all.subarray(2, 4));
  all[2] = 9;
  t.same(readNpy(file).values, [3, Number.NaN]);
});

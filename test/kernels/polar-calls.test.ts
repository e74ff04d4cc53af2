import t from "tap";
import { pixelArray } from "../../src/core/frame.js";
import { MEASURES } from "../../src/kernels/pixel-lane.js";
import { packed } from "../fixtures/frames.js";
import { aSetup, aShape, bins, both, someElectrons, sum } from "../fixtures/polar.js";

t.test("bins go with a summary under way, and a decoded frame does not outlive them", async (t) => {
  const shape = aShape();
  const payload = packed(someElectrons("uint8", 48 * 64, 0.1, 1), shape);
  const out = new Float64Array(MEASURES.length);
  for (const lane of both()) {
    lane.configure(aSetup(shape));
    for (const setup of [bins(), null, bins({ rings: 40 })]) {
      lane.process(payload, shape, true, out, 0, 24, 32, 6, -1);
      lane.decode(payload, shape);
      lane.setPolar(setup);
      t.throws(() => lane.pixels(), /no decoded frame/);
    }
    lane.process(payload, shape, true, out, 0, 24, 32, 6, 0);
    t.equal(lane.summary().frames, 4);
    t.equal(sum(lane.summary().sum), 4 * (out[0] as number));
  }
});

t.test("what cannot be is a bug of the caller", async (t) => {
  const shape = aShape();
  const payload = packed(new Uint8Array(48 * 64), shape);
  const list = new Uint16Array(4);
  for (const lane of both()) {
    const process = (row: number): number => lane.process(payload, shape, false, new Float64Array(MEASURES.length), 0, 24, 32, 6, row);
    t.throws(() => process(0), /no polar bins set up/);
    t.throws(() => lane.polarBatch(), /no polar bins set up/);
    t.throws(() => lane.polarEvents(0, list), /no polar bins set up/);
    lane.setPolar(bins());
    t.throws(() => lane.polarPixels(1, 1), /no frame set up/);
    t.equal(lane.polarBatch().length, 3 * 48);
    lane.configure(aSetup(shape));
    t.equal(process(2), 0);
    for (const row of [3, 0.5, Number.NaN]) t.throws(() => process(row), RangeError);
    t.throws(() => lane.polarEvents(-1, list), RangeError);
    const none = [Number.NaN, 0, -1, 1.5, 2 ** 14];
    for (const [key, values] of Object.entries({ rings: none, sectors: none, batch: [Number.NaN, 0, 2 ** 20] }))
      for (const value of values) t.throws(() => lane.setPolar(bins({ [key]: value })), RangeError, `${key} ${value}`);
    for (const o of [{ inner: -1 }, { inner: 21 }, { inner: Number.NaN }, { outer: Number.NaN }, { ratio: 0.9 }, { angle: Number.NaN }])
      t.throws(() => lane.setPolar(bins(o)), RangeError, JSON.stringify(o));
    for (const o of [{ outer: 5000 }, { outer: Number.POSITIVE_INFINITY }, { ratio: 1e6 }])
      t.throws(() => lane.setPolar(bins(o)), /too far for a table/);
    lane.setPolar(bins());
    t.equal(process(0), 0, "still as before");
  }
});

t.test("events that are not whole, or do not fit", async (t) => {
  const list = new Uint16Array(4);
  for (const lane of both()) {
    lane.setPolar(bins());
    for (const [type, at, value, expected] of [
      ["float32", 24 * 64 + 37, 0.5, -1],
      ["float32", 24 * 64 + 37, 2, 2],
      ["float32", 24 * 64 + 33, 0.5, -1],
      ["float32", 0, 0.5, -1],
      ["int16", 24 * 64 + 37, -1, -1],
      ["uint8", 24 * 64 + 37, 4, 4],
      ["uint8", 24 * 64 + 37, 5, -1],
    ] as const) {
      const shape = aShape({ type });
      const pixels = pixelArray(type, 48 * 64);
      pixels[at] = value;
      lane.configure(aSetup(shape));
      lane.process(packed(pixels, shape), shape, false, new Float64Array(MEASURES.length), 0, 24, 32, 6, 0);
      t.equal(lane.polarEvents(0, list), expected, `${type} ${value} at ${at}`);
    }
  }
});

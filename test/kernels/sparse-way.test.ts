import t from "tap";
import type { FrameShape } from "../../src/core/frame.js";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import { SparseWay } from "../../src/kernels/sparse-way.js";
import { aWasmLane } from "../fixtures/lanes.js";
import { aRandom } from "../fixtures/scan.js";

const shape: FrameShape = { height: 100, width: 100, type: "uint8", encoding: "bslz4", element: 1, bigEndian: false };
/** Where both ways take as long. */
const EVEN = 2000;

t.test("the series decides for frames that are like it, a frame that is clearly other for itself", async (t) => {
  for (const [series, alike] of [
    [0.5 * EVEN, true],
    [2 * EVEN, false],
  ] as const) {
    const way = new SparseWay();
    for (let i = 0; i < 2000; i++) way.takes(series, shape);
    t.equal(way.takes(series, shape), alike);
    t.equal(way.takes(0.9 * EVEN, shape), alike, "near the even size");
    t.equal(way.takes(1.1 * EVEN, shape), alike, "near the even size");
    t.equal(way.takes(0.3 * EVEN, shape), true, "a hole");
    t.equal(way.takes(3 * EVEN, shape), false, "a thick place");
    t.equal(way.takes(series, shape), alike, "which did not turn the series");
    way.reset();
    t.equal(way.takes(0.95 * EVEN, shape), true, "the first frame of another series is all that is known");
  }
});

t.test("after a crowded frame the next ones are decoded, then it is tried again", async (t) => {
  const way = new SparseWay();
  t.ok(way.takes(100, shape));
  way.crowded();
  for (let i = 0; i < 255; i++) t.notOk(way.takes(100, shape));
  t.ok(way.takes(100, shape));
});

t.test("what has no such bits is decoded", async (t) => {
  for (const other of [{ encoding: "none" }, { type: "float32", element: 4 }, { bigEndian: true }, { element: 2 }] as const)
    t.notOk(new SparseWay().takes(0, { ...shape, ...other } as FrameShape));
});

t.test("a lane counts what it measured from bits, and both ways give the same", async (t) => {
  const random = aRandom(3);
  const fast = aWasmLane();
  fast.configure({ ...shape, mask: null, low: 0, high: 254 });
  fast.resetSummary();
  const out = new Float64Array(16);
  const frame = (electrons: number): Uint8Array => {
    const pixels = new Uint8Array(10_000);
    for (let e = 0; e < electrons; e++) pixels[Math.floor(10_000 * random())] = 1;
    return pixels;
  };
  let sum = 0;
  for (const electrons of [50, 60, 9_000, 40]) {
    const pixels = frame(electrons);
    sum += pixels.reduce((a, b) => a + b, 0);
    t.equal(fast.process(encodeBslz4(pixels, 1), shape, true, out, 0, 50, 50, 5, -1), 0);
    t.equal(
      out[0],
      pixels.reduce((a, b) => a + b, 0),
    );
  }
  t.ok(fast.sparseFrames >= 3 && fast.sparseFrames <= 4, `${fast.sparseFrames} frames`);
  t.equal(
    fast.summary().sum.reduce((a, b) => a + b, 0),
    sum,
  );
});

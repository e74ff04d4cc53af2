import fc from "fast-check";
import t from "tap";
import type { PixelType } from "../../src/core/frame.js";
import { PIXEL_TYPES, pixelArray } from "../../src/core/frame.js";
import type { LaneSetup, PixelLane } from "../../src/kernels/pixel-lane.js";
import { createPlainLane } from "../../src/kernels/plain-lane.js";
import type { Summary } from "../../src/kernels/summarise.js";
import { mergeSummaries, summaryImage } from "../../src/kernels/summarise.js";
import { aFrame, aRandom } from "../fixtures/frames.js";
import { aWasmLane } from "../fixtures/lanes.js";

const NO_LIMITS = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
const aSetup = (o: Partial<LaneSetup> = {}): LaneSetup => ({ height: 2, width: 3, type: "uint16", mask: null, ...NO_LIMITS, ...o });

function add(lane: PixelLane, { height, width, type }: LaneSetup, values: ArrayLike<number>): void {
  const pixels = pixelArray(type, values.length);
  pixels.set(values as number[]);
  const shape = { height, width, type, encoding: "none" as const, element: 0, bigEndian: false };
  if (lane.decode(new Uint8Array(pixels.buffer), shape) !== 0) throw new Error("not decoded");
  lane.accumulate();
}

const plainly = (s: Summary) => ({ ...s, sum: [...s.sum], squares: [...s.squares], max: [...s.max], valid: [...s.valid] });
const makers: readonly (readonly [name: string, make: () => PixelLane])[] = [
  ["plain", createPlainLane],
  ["wasm", aWasmLane],
];

t.test("a summary of three frames, by hand", async (t) => {
  for (const [name, make] of makers) {
    const lane = make();
    const setup = aSetup({ mask: Uint8Array.of(0, 0, 0, 0, 0, 1), high: 100 });
    lane.configure(setup);
    add(lane, setup, [0, 1, 2, 101, 0, 9]);
    add(lane, setup, [0, 3, 2, 101, 0, 9]);
    add(lane, setup, [0, 5, 2, 101, 7, 9]);
    const none = Number.NaN;
    const summary = lane.summary();
    t.same(
      plainly(summary),
      {
        height: 2,
        width: 3,
        frames: 3,
        sum: [0, 9, 6, 0, 7, 0],
        squares: [0, 35, 12, 0, 49, 0],
        max: [0, 5, 2, none, 7, none],
        valid: [3, 3, 3, 0, 3, 0],
      },
      name,
    );
    t.same([...summaryImage(summary, "mean")], [0, 3, 2, none, Math.fround(7 / 3), none], `${name}: mean`);
    t.same([...summaryImage(summary, "max")], [0, 5, 2, none, 7, none], `${name}: max`);
    t.same([...summaryImage(summary, "variance")], [0, 4, 0, none, Math.fround(49 / 3), none], `${name}: variance`);
    add(lane, setup, [1, 1, 1, 1, 1, 1]);
    t.equal(summary.frames, 3, `${name}: a copy`);
    t.same([...summary.sum], [0, 9, 6, 0, 7, 0], `${name}: a copy`);
    lane.resetSummary();
    t.same(
      plainly(lane.summary()),
      { ...plainly(lane.summary()), frames: 0, sum: [0, 0, 0, 0, 0, 0], valid: [0, 0, 0, 0, 0, 0] },
      `${name}: reset`,
    );
    t.same([...summaryImage(lane.summary(), "mean")], new Array(6).fill(none), `${name}: nothing`);
  }
});

t.test("one frame has no variance", async (t) => {
  const lane = createPlainLane();
  lane.configure(aSetup());
  add(lane, aSetup(), [1, 2, 3, 4, 5, 6]);
  t.ok(summaryImage(lane.summary(), "variance").every(Number.isNaN));
});

t.test("a new mask does not undo what was summed", async (t) => {
  for (const [name, make] of makers) {
    const lane = make();
    lane.configure(aSetup());
    for (let i = 0; i < 3; i++) add(lane, aSetup(), [1, 2, 3, 4, 5, 6]);
    const masked = aSetup({ mask: Uint8Array.of(1, 0, 0, 0, 0, 0) });
    lane.configure(masked);
    for (let i = 0; i < 2; i++) add(lane, masked, [1, 2, 3, 4, 5, 6]);
    const other = aSetup({ mask: Uint8Array.of(0, 1, 0, 0, 0, 0), high: 5 });
    lane.configure(other);
    add(lane, other, [1, 2, 3, 4, 5, 6]);
    const s = lane.summary();
    t.same([...s.valid], [4, 5, 6, 6, 6, 5], name);
    t.same([...s.sum], [4, 10, 18, 24, 30, 30], name);
    lane.configure(aSetup({ type: "uint8" }));
    t.equal(lane.summary().frames, 0, `${name}: another type begins anew`);
  }
});

t.test("WebAssembly sums as the plain loop does: the same bits, for all types", async () => {
  fc.assert(
    fc.property(
      fc.constantFrom<PixelType>(...PIXEL_TYPES),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom(0.05, 1),
      fc.boolean(),
      fc.tuple(fc.constantFrom(-Infinity, -1, 1), fc.constantFrom(Infinity, 3, 250)),
      fc.integer(),
      (type, height, width, frames, density, masked, [low, high], seed) => {
        const random = aRandom(seed);
        const count = height * width;
        const mask = masked ? Uint8Array.from({ length: count }, () => (random() < 0.2 ? 1 : 0)) : null;
        const setup = { height, width, type, mask, low, high };
        const [a, b] = makers.map(([, make]) => {
          const lane = make();
          lane.configure(setup);
          for (let i = 0; i < frames; i++) add(lane, setup, aFrame({ type, count, density, seed: seed + i }));
          return lane.summary();
        });
        if (a === undefined || b === undefined || a.frames !== b.frames) return false;
        return (["sum", "squares", "max", "valid"] as const).every((k) =>
          a[k].every((v, i) => v === b[k][i] || (Number.isNaN(v) && Number.isNaN(b[k][i]))),
        );
      },
    ),
    { numRuns: 400 },
  );
});

t.test("more frames than the integer sums hold", async (t) => {
  for (const [type, top] of [
    ["uint8", 255],
    ["uint16", 65535],
    ["int16", -32768],
  ] as const) {
    const lane = aWasmLane();
    const setup = aSetup({ height: 1, width: 2, type });
    lane.configure(setup);
    add(lane, setup, [top, 0]);
    for (let i = 1; i < 65_600; i++) lane.accumulate();
    const s = lane.summary();
    t.same([...s.sum], [65_600 * top, 0], type);
    t.same([...s.squares], [65_600 * top * top, 0], type);
    t.same([...s.max], [Math.max(top), 0], type);
  }
});

t.test("parts of a scan merge to the same bits in any order and grouping", async (t) => {
  const setup = aSetup({ height: 8, width: 9, high: 60_000 });
  const lane = aWasmLane();
  lane.configure(setup);
  const parts: Summary[] = [];
  for (let part = 0; part < 4; part++) {
    for (let i = 0; i <= part; i++) add(lane, setup, aFrame({ count: 72, density: 0.5, seed: 10 * part + i }));
    parts.push(lane.summary());
    lane.resetSummary();
  }
  for (let part = 0; part < 4; part++)
    for (let i = 0; i <= part; i++) add(lane, setup, aFrame({ count: 72, density: 0.5, seed: 10 * part + i }));
  const whole = plainly(lane.summary());
  const [a, b, c, d] = parts as [Summary, Summary, Summary, Summary];
  t.same(plainly(mergeSummaries([a, b, c, d])), whole);
  t.same(plainly(mergeSummaries([d, b, a, c])), whole);
  t.same(plainly(mergeSummaries([mergeSummaries([c, d]), mergeSummaries([b, a])])), whole);
});

t.test("nothing set up, nothing summed", async (t) => {
  for (const [name, make] of makers) {
    const lane = make();
    lane.resetSummary();
    t.match(plainly(lane.summary()), { height: 0, width: 0, frames: 0, sum: [] }, name);
  }
});

t.test("what cannot be merged", async (t) => {
  const lane = createPlainLane();
  t.throws(() => mergeSummaries([]), /no summaries/);
  lane.configure(aSetup());
  const a = lane.summary();
  lane.configure(aSetup({ height: 3 }));
  t.throws(() => mergeSummaries([a, lane.summary()]), /2x3 and 3x3 px/);
});

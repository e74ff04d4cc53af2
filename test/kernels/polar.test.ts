import fc from "fast-check";
import t from "tap";
import type { Encoding, PixelType } from "../../src/core/frame.js";
import { BYTES_PER_PIXEL, PIXEL_TYPES, pixelArray } from "../../src/core/frame.js";
import { MEASURES } from "../../src/kernels/pixel-lane.js";
import { createPlainLane } from "../../src/kernels/plain-lane.js";
import { aFrame, aRandom, packed } from "../fixtures/frames.js";
import { aWasmLane } from "../fixtures/lanes.js";
import { aSetup, aShape, bins, both, counted, same, someElectrons, sum } from "../fixtures/polar.js";

const aCentre = fc.oneof(
  fc.double({ min: -10, max: 150, noNaN: true }),
  fc.double({ min: 20, max: 40, noNaN: true }),
  fc.constantFrom(24, 23.5, 23.125, 23.374999, -1e300, 1e9, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY),
);

t.test("both lanes count the same, all types, occupancies, masks, limits, centres, ellipses and bins", async (t) => {
  let [some, inBytes, beyond] = [0, 0, 0];
  fc.assert(
    fc.property(
      fc.constantFrom<PixelType>("uint8", "uint8", "uint16", "uint32", ...PIXEL_TYPES),
      fc.constantFrom<Encoding>("bslz4", "bslz4", "bslz4", "none", "lz4-block"),
      fc.tuple(fc.integer({ min: 1, max: 90 }), fc.oneof(fc.integer({ min: 1, max: 140 }), fc.constantFrom(63, 64, 65, 128, 192))),
      fc.tuple(aCentre, aCentre),
      fc.record({
        rings: fc.integer({ min: 1, max: 40 }),
        sectors: fc.integer({ min: 1, max: 70 }),
        inner: fc.constantFrom(0, 0, 2, 5.5),
        outer: fc.constantFrom(6, 17.3, 40, 96),
        ratio: fc.constantFrom(1, 1, 1.03, 1.7),
        angle: fc.double({ min: -7, max: 7, noNaN: true }),
        batch: fc.integer({ min: 2, max: 4 }),
      }),
      fc.constantFrom(0, 0.003, 0.01, 0.1, 0.3, 1, 4),
      fc.constantFrom(0, 0.1, 1),
      fc.tuple(fc.constantFrom(-Infinity, 0, 1, Number.NaN), fc.constantFrom(0.5, 1, 2, 3.5, 254, 65534, 2 ** 40)),
      fc.integer(),
      (type, encoding, [height, width], centre, setup, mean, masked, [low, high], seed) => {
        const random = aRandom(seed);
        const count = height * width;
        const mask = masked > 0 ? Uint8Array.from({ length: count }, () => (random() < masked ? 1 : 0)) : null;
        const shape = aShape({ type, encoding, height, width, element: encoding === "bslz4" ? BYTES_PER_PIXEL[type] : 0 });
        const lanes = both();
        for (const lane of lanes) {
          lane.setPolar(setup);
          lane.configure(aSetup(shape, { mask, low, high }));
        }
        for (let i = 0; i < 2; i++) {
          const pixels = i === 1 ? aFrame({ type, count, density: mean, seed }) : someElectrons(type, count, mean, seed);
          const payload = packed(pixels, shape);
          const [a, b] = [counted(lanes[0], payload, shape, centre), counted(lanes[1], payload, shape, centre)];
          if (a.code !== 0 || b.code !== 0 || !same(a.counts, b.counts) || a.events !== b.events || !same(a.list, b.list)) return false;
          if (sum(a.counts) > 0) some++;
          const until = 2 * setup.rings * setup.sectors;
          if (b.bytes && !(a.bytes && same(a.bytes.subarray(0, until), b.bytes.subarray(0, until)))) return false;
          if (a.bytes && !b.bytes && type.startsWith("uint") && a.total < 2 ** 31) return false;
          if (a.bytes) inBytes++;
          else beyond++;
          // No row but the one asked for.
          const { length } = a.counts;
          if (sum(b.counts.subarray(0, length / setup.batch)) + sum(b.counts.subarray((2 * length) / setup.batch)) !== 0) return false;
          if (a.events >= 0 && (a.list.length !== a.total || a.list.some((bin) => bin > setup.rings * setup.sectors + 1))) return false;
          const [c, d] = lanes.map((lane) => lane.polarPixels(...centre)) as [Float32Array, Float32Array];
          if (!same(c, d)) return false;
        }
        return true;
      },
    ),
    { numRuns: 500 },
  );
  // Some 235, give or take 20: it differs from seed to seed.
  t.ok(some > 50, `${some} frames with counts in a bin`);
  t.ok(inBytes > 50 && beyond > 5, `${inBytes} frames in bytes, ${beyond} beyond`);
});

t.test("one pixel at a time", async (t) => {
  const shape = aShape();
  // Rings of 3 px from 3 to 21; sectors of 45 degrees from +col towards +row.
  const places: readonly [number, number, number][] = [
    [24, 35, 0],
    [24, 37, 0],
    [24, 38, 8],
    [26, 38, 8],
    [28, 36, 1],
    [29, 37, 9],
    [27, 32, 2],
    [27, 31, 2],
    [24, 28, 4],
    [20, 32, 6],
    [20, 33, 6],
    [20, 31, 5],
    [6, 32, 5 * 8 + 6],
    [24, 33, 48],
    [24, 32, 48],
    [24, 53, 49],
    [24, 11, 49],
    [0, 0, 49],
  ];
  for (const lane of both()) {
    lane.configure(aSetup(shape));
    lane.setPolar(bins());
    for (const [row, col, bin] of places) {
      const pixels = new Uint8Array(48 * 64);
      const at = row * 64 + col;
      for (const value of [1, 3]) {
        pixels[at] = value;
        const { counts, list } = counted(lane, packed(pixels, shape), shape, [24, 32], 0);
        if (bin < 48) t.same([counts[bin], sum(counts)], [value, value], `${row}, ${col}`);
        else t.equal(sum(counts), 0, `${row}, ${col}`);
        t.same([...list], Array(value).fill(bin), `${row}, ${col}`);
      }
    }
  }
});

t.test("turning a frame by a quarter about its centre turns its sectors by a quarter", async (t) => {
  const size = 65;
  const shape = aShape({ height: size, width: size });
  const frame = someElectrons("uint8", size * size, 0.5, 4);
  const turned = new Uint8Array(size * size);
  // (row, col) from the centre goes to (col, -row): by 90 degrees from +col towards +row.
  for (let r = 0; r < size; r++) for (let c = 0; c < size; c++) turned[c * size + (size - 1 - r)] = frame[r * size + c] as number;
  for (const lane of both()) {
    lane.configure(aSetup(shape));
    lane.setPolar(bins({ rings: 5, sectors: 24, inner: 0, outer: 32 }));
    const before = counted(lane, packed(frame, shape), shape, [32, 32], 0).counts.subarray(0, 120);
    const after = counted(lane, packed(turned, shape), shape, [32, 32], 0).counts.subarray(0, 120);
    for (let ring = 0; ring < 5; ring++)
      for (let sector = 0; sector < 24; sector++) {
        // The pixel in the centre has no angle.
        const own = ring === 0 && sector % 6 === 0 ? (frame[32 * size + 32] as number) : 0;
        const expected = (before[ring * 24 + sector] as number) - (sector === 0 ? own : 0);
        const found = (after[ring * 24 + ((sector + 6) % 24)] as number) - (sector === 18 ? own : 0);
        if (expected !== found) t.fail(`ring ${ring}, sector ${sector}: ${expected} and ${found}`);
      }
    t.ok(sum(before) > 500);
  }
});

t.test("an ellipse of the same area becomes a circle", async (t) => {
  const shape = aShape({ type: "uint16", height: 101, width: 101 });
  const [ratio, angle] = [1.5, 0.7];
  const pixels = new Uint16Array(101 * 101);
  for (let i = 0; i < 7200; i++) {
    const phi = (i / 7200) * 2 * Math.PI;
    const [u, v] = [30 * Math.sqrt(ratio) * Math.cos(phi), (30 / Math.sqrt(ratio)) * Math.sin(phi)];
    const [x, y] = [u * Math.cos(angle) - v * Math.sin(angle), u * Math.sin(angle) + v * Math.cos(angle)];
    const at = Math.round(50 + y) * 101 + Math.round(50 + x);
    pixels[at] = (pixels[at] as number) + 1;
  }
  for (const lane of both()) {
    lane.configure(aSetup(shape));
    lane.setPolar(bins({ rings: 1, sectors: 6, inner: 28.8, outer: 31.2, ratio, angle }));
    const { counts } = counted(lane, packed(pixels, shape), shape, [50, 50], 0);
    t.equal(sum(counts), 7200, "all of it in a narrow ring");
    for (let sector = 0; sector < 6; sector++)
      t.ok(Math.abs((counts[sector] as number) - 1200) < 60, `sector ${sector}: ${counts[sector]}`);
    const pixelsPerBin = lane.polarPixels(50, 50);
    t.ok(Math.abs(sum(pixelsPerBin) - Math.PI * (31.2 ** 2 - 28.8 ** 2)) < 25, "areas stay");
  }
});

t.test("a frame that does not decode, or has no centre, leaves zeros", async (t) => {
  for (const type of ["uint8", "int16"] as const) {
    const shape = aShape({ type });
    const payload = packed(someElectrons(type, 48 * 64, 0.1, 1), shape);
    for (const lane of both()) {
      lane.configure(aSetup(shape));
      lane.setPolar(bins());
      t.ok(sum(counted(lane, payload, shape, [24, 32]).counts) > 50);
      const cut = counted(lane, payload.subarray(0, 40), shape, [24, 32]);
      t.same([cut.code < 0, sum(cut.counts), cut.events], [true, 0, 0], "cut off");
      t.ok(sum(counted(lane, payload, shape, [24, 32]).counts) > 50);
      t.same(sum(counted(lane, payload, { ...shape, height: 0 }, [24, 32]).counts), 0, "no such frame");
      t.ok(sum(counted(lane, payload, shape, [24, 32]).counts) > 50);
      const lost = counted(lane, payload, shape, [24, Number.NaN]);
      t.same([lost.code, sum(lost.counts), new Set(lost.list)], [0, 0, new Set([49])], "all beyond the last ring");
      t.same(sum(lane.polarPixels(Number.NaN, 0)), 0);
    }
  }
});

t.test("the same for a centre, whatever was counted before; bins and masks may change under way", async (t) => {
  const shape = aShape({ height: 60, width: 70 });
  const payloads = [1, 2, 4, 5].map((seed) => packed(someElectrons("uint8", 4200, 0.1, seed), shape));
  const centres = Array.from({ length: 100 }, (_, i) => [30 + (i % 13) / 5, 35 - (i % 7) / 3] as const);
  const mask = Uint8Array.from({ length: 4200 }, (_, i) => (i % 7 === 0 ? 1 : 0));
  const used = aWasmLane();
  used.configure(aSetup(shape));
  for (const setup of [bins(), bins({ sectors: 12, batch: 1 }), bins({ rings: 1 })])
    for (const m of [null, mask]) {
      used.setPolar(setup);
      used.configure(aSetup(shape, { mask: m }));
      for (const [i, centre] of centres.entries()) {
        const payload = payloads[i % 4] as Uint8Array;
        const fresh = i % 3 === 0 ? aWasmLane() : createPlainLane();
        fresh.setPolar(setup);
        fresh.configure(aSetup(shape, { mask: m }));
        const [a, b] = [counted(used, payload, shape, centre, 0), counted(fresh, payload, shape, centre, 0)];
        if (!same(a.counts.subarray(0, 48), b.counts.subarray(0, 48)) || !same(a.list, b.list)) t.fail(`centre ${centre}`);
        if (!same(used.polarPixels(...centre), fresh.polarPixels(...centre))) t.fail(`pixels about ${centre}`);
      }
    }
  t.equal(used.polarPixels(30, 35), used.polarPixels(30.1, 34.9), "kept");
  const first = used.polarPixels(30, 35);
  for (let i = 0; i < 64; i++) used.polarPixels(i, 35.5);
  t.not(used.polarPixels(30, 35), first, "not for ever");
  t.same(used.polarPixels(30, 35), first);
});

t.test("large frames: coarser steps, more words than a list holds, counts beyond 32 bits", async (t) => {
  for (const [type, height, width, outer, value] of [
    ["uint8", 3, 90_000, 1400, 1],
    ["uint8", 1300, 1200, 600, 1],
    ["uint8", 1400, 1400, 1100, 1],
    ["uint32", 40, 50, 30, 2 ** 32 - 1],
    ["int32", 40, 50, 30, -(2 ** 31)],
    ["uint16", 300, 300, 150, 65535],
  ] as const) {
    const shape = aShape({ type, height, width });
    const pixels = pixelArray(type, height * width);
    for (let i = 0; i < pixels.length; i += value === 1 ? 2 + (i % 40) : 1) pixels[i] = value;
    if (height === 3) for (let row = 0; row < 3; row++) pixels.fill(1, row * width + 43_300, row * width + 46_700);
    const payload = packed(pixels, shape);
    const [a, b] = both().map((lane) => {
      lane.configure(aSetup(shape, { high: Number.POSITIVE_INFINITY }));
      lane.setPolar(bins({ rings: 2, sectors: 2, outer, inner: 0 }));
      return counted(lane, payload, shape, [height / 2 + 0.3, width / 2 - 0.4], 0);
    });
    t.same(b, a, `${type} ${height}x${width}`);
    t.ok(Math.abs(sum(a?.counts ?? [])) > 1000);
  }
});

t.test("a single bin of about 2^31 counts, sparse or not", async (t) => {
  for (const encoding of ["bslz4", "none"] as const)
    for (const value of [2 ** 31 - 2001, 2 ** 31 - 2000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      const shape = aShape({ type: "uint32", encoding, height: 40, width: 50, element: 4 });
      const pixels = new Uint32Array(2000);
      pixels[20 * 50 + 27] = value;
      const payload = packed(pixels, shape);
      for (const lane of both()) {
        lane.configure(aSetup(shape, { high: Number.POSITIVE_INFINITY }));
        lane.setPolar(bins({ rings: 5, sectors: 7, outer: 20, inner: 0 }));
        t.equal(Math.max(...counted(lane, payload, shape, [20, 25], 0).counts), Math.fround(value), `${encoding} ${value}`);
      }
    }
});

t.test("rows and columns of pixels with more counts, in frames as long as can be", async (t) => {
  for (const [height, width] of [
    [1, 2 ** 20],
    [2 ** 20, 1],
    [1021, 1027],
  ] as const) {
    const shape = aShape({ type: "uint8", height, width });
    const pixels = new Uint8Array(height * width);
    for (let i = 0; i < pixels.length; i += width > 1000 ? 1013 : 3001) pixels[i] = 2;
    for (let row = 0; row < height; row += 7) pixels[row * width + width - 1] = 3;
    pixels[pixels.length - 1] = 4;
    const payload = packed(pixels, shape);
    const centre = [height - 3, width - 3] as const;
    const [a, b] = both().map((lane) => {
      lane.configure(aSetup(shape));
      lane.setPolar(bins({ rings: 4, sectors: 4, outer: 500, inner: 0 }));
      const out = new Float64Array(10);
      t.equal(lane.process(payload, shape, true, out, 0, ...centre, 300, 0), 0);
      return { measures: [...out], counts: [...lane.polarBatch()] };
    });
    t.same(b, a, `${height}x${width}`);
  }
});

t.test("a batch of frames whose counts fit into bytes and frames whose counts do not, row by row and over again", async (t) => {
  const shape = aShape({ type: "uint16", height: 40, width: 50, element: 2 });
  const few = packed(someElectrons("uint16", 2000, 0.05, 1), shape);
  const many = packed(someElectrons("uint16", 2000, 400, 2), shape);
  const wide = { ...shape, encoding: "none" } as const;
  const dense = new Uint8Array(someElectrons("uint16", 2000, 0.5, 4).buffer);
  const rows = [
    [few, many, dense],
    [many, few, few],
    [dense, few, many],
  ];
  const [plain, wasm] = both().map((lane) => {
    lane.configure(aSetup(shape, { high: Number.POSITIVE_INFINITY }));
    lane.setPolar(bins({ rings: 5, sectors: 16, outer: 20, inner: 0 }));
    const out = new Float64Array(MEASURES.length);
    return rows.map((payloads) => {
      for (const [row, payload] of payloads.entries())
        lane.process(payload, payload === dense ? wide : shape, false, out, 0, 20, 25, 6, row);
      return { bytes: [1, 2, 3].map((n) => lane.polarBytes(n)?.slice(0, n * 80) ?? null), counts: lane.polarBatch().slice() };
    });
  });
  t.same(wasm, plain);
  t.same(
    wasm?.map(({ bytes }) => bytes.map((b) => b !== null)),
    [
      [true, false, false],
      [false, false, false],
      [true, true, false],
    ],
  );
});

import fc from "fast-check";
import t from "tap";
import { countPolar } from "../../src/kernels/count-polar.js";
import { plainTables } from "../../src/kernels/plain-polar.js";
import { cellOf, type PolarSetup, polarGrid } from "../../src/kernels/polar-bins.js";
import { FEATURES, listPolar, projectPolar } from "../../src/kernels/polar-entries.js";
import { WINDOW_FRAME } from "../../src/kernels/window-frame.js";
import { aKernelMemory, apart } from "../fixtures/kernel-memory.js";
import { aRandom } from "../fixtures/scan.js";

const [HEIGHT, WIDTH, NEAR] = [30, 41, 1e-5];
const POLAR = { from: 52, to: 53, features: 56 } as const;

t.test("polar entries are those of the definition, in the kernels too", async (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: -20, max: 60, noNaN: true }),
      fc.double({ min: -20, max: 60, noNaN: true }),
      fc.record({ rings: fc.integer({ min: 1, max: 9 }), sectors: fc.integer({ min: 1, max: 12 }), inner: fc.constantFrom(0, 3) }),
      fc.integer(),
      (row, col, bins, seed) => {
        const random = aRandom(seed);
        const setup: PolarSetup = { ...bins, outer: 13, ratio: 1.2, angle: 0.3, batch: 1 };
        const grid = polarGrid(setup);
        const table = plainTables(setup, grid)(row, col);
        const weights = Float32Array.from({ length: grid.bins * FEATURES }, () => random() - 0.5);
        const pixels = Uint8Array.from({ length: HEIGHT * WIDTH }, () => Math.floor(random() ** 6 * 128));
        const entries = Uint32Array.from(
          [...pixels.entries()].filter(([, n]) => n > 0),
          ([p, n]) => ((n << 25) | p) >>> 0,
        );
        const found = listPolar(entries, WIDTH, table, grid, row, col);
        const counts = new Float64Array(grid.bins);
        for (const e of found) (counts[e & 0x1ffffff] as number) += e >>> 25;
        const lane = { height: HEIGHT, width: WIDTH, type: "uint8", mask: null, low: 0, high: 255 } as const;
        t.same(counts, countPolar(pixels, lane, table, grid, row, col).subarray(0, grid.bins));

        const memory = aKernelMemory(2 ** 20);
        const list = memory.put(entries);
        const record = new Uint32Array(WINDOW_FRAME.words);
        record[WINDOW_FRAME.from] = list;
        record[WINDOW_FRAME.to] = list + entries.byteLength;
        const frame = memory.put(record);
        const out = memory.put(new Uint32Array(entries.length));
        const at = [cellOf(row, grid.steps), cellOf(col, grid.steps)] as const;
        memory.run.listPolar(frame, memory.put(table), ...at, grid.reach, WIDTH, grid.bins, memory.put(weights), out);
        const [from, to] = [POLAR.from, POLAR.to].map((w) => memory.words(frame, WINDOW_FRAME.words)[w] as number) as [number, number];
        t.equal(from, out);
        t.same(memory.words(from, (to - from) / 4), found);
        const projected = projectPolar(found, weights);
        t.ok(apart(projected, memory.floats(frame + 4 * POLAR.features, FEATURES)) < NEAR);

        const shares = Float32Array.of(0.75, 0, 0.5);
        const members = memory.put(Uint32Array.of(frame, frame, frame));
        const [sums, blend] = [memory.put(new Float32Array(grid.bins)), memory.put(new Float32Array(FEATURES))];
        memory.run.addPolar(members, 3, memory.put(shares), sums);
        memory.run.blendFeatures(members, 3, memory.put(shares), blend);
        t.ok(
          apart(
            counts.map((n) => 1.25 * n),
            memory.floats(sums, grid.bins),
          ) < NEAR,
        );
        t.ok(
          apart(
            projected.map((v) => 1.25 * v),
            memory.floats(blend, FEATURES),
          ) < NEAR,
        );
      },
    ),
    { numRuns: 60 },
  );
  t.equal(listPolar(Uint32Array.of(1 << 25), 4, new Uint16Array(), { bins: 1, steps: 4, reach: 1, entries: 0 }, Number.NaN, 0).length, 0);
});

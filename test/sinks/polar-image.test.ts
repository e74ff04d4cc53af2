import fc from "fast-check";
import t from "tap";
import { COMPONENT_GRID } from "../../src/core/components.js";
import { polarImage } from "../../src/sinks/polar-image.js";

const { rings, sectors } = COMPONENT_GRID;
const [INNER, OUTER] = [6, 30];
const SIDE = 65;

function imageOf(value: (ring: number, sector: number) => number, height = SIDE, width = SIDE): Float32Array {
  const polar = new Float32Array(rings * sectors);
  for (let r = 0; r < rings; r++) for (let s = 0; s < sectors; s++) polar[r * sectors + s] = value(r, s);
  const out = new Float32Array(height * width).fill(-1);
  polarImage(polar, INNER, OUTER, height, width, out);
  return out;
}
const radius = (i: number): number => Math.hypot(Math.floor(i / SIDE) - 32, (i % SIDE) - 32);

t.test("values lie between the first and the last ring only", async (t) => {
  const image = imageOf(() => 3);
  for (const [i, v] of image.entries()) {
    const inside = radius(i) >= INNER && radius(i) < OUTER;
    if (inside ? Math.abs(v - 3) > 1e-6 : !Number.isNaN(v)) t.fail(`${v} at ${i}`);
  }
  t.ok(image.some((v) => !Number.isNaN(v)));
});

t.test("sector 0 begins at +column, sectors go counter-clockwise on the screen", async (t) => {
  const quarter = imageOf((_, s) => Math.floor((4 * s) / sectors));
  const at = (row: number, col: number): number | undefined => quarter[row * SIDE + col];
  t.same([at(22, 42), at(22, 22), at(42, 22), at(42, 42)], [0, 1, 2, 3], "right above, left above, left below, right below");
});

t.test("rings grow outwards, linear between their middles and flat at both ends", async (t) => {
  const image = imageOf((r) => r);
  const step = (OUTER - INNER) / rings;
  for (let x = INNER; x < OUTER; x++) {
    const wanted = Math.min(rings - 1, Math.max(0, (x - INNER) / step - 0.5));
    t.ok(Math.abs((image[32 * SIDE + 32 + x] as number) - wanted) < 1e-5, `${x} px from the middle`);
  }
});

t.test("the last sector goes over into the first", async (t) => {
  const image = imageOf((_, s) => Math.cos((2 * Math.PI * (s + 0.5)) / sectors));
  for (const [i, v] of image.entries())
    if (!Number.isNaN(v)) {
      const cos = ((i % SIDE) - 32) / radius(i);
      if (Math.abs(v - cos) > 1e-3) t.fail(`${v} where the cosine is ${cos}`);
    }
  t.pass("one wave around");
});

t.test("no image holds more than its pattern, whatever its size", async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 1000 }),
      (height, width, seed) => {
        const image = imageOf((r, s) => ((r * 31 + s * 17 + seed) % 97) / 97, height, width);
        return image.length === height * width && image.every((v) => Number.isNaN(v) || (v >= 0 && v < 1));
      },
    ),
    { numRuns: 40 },
  );
});

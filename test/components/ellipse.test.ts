import t from "tap";
import { measureEllipse } from "../../src/components/ellipse.js";
import { BINS, GRID } from "../../src/components/polar-events.js";
import { aCount, aRandom } from "../fixtures/frames.js";
import { anArea, aScale } from "../fixtures/polar-specimens.js";

/** Counts of rings that lie on an ellipse; `strength` by angle, rad. */
function rings(ratio: number, axis: number, counts: number, strength: (angle: number) => number = () => 1): Float64Array {
  const random = aRandom(3);
  const e = (ratio - 1) / (ratio + 1);
  return Float64Array.from({ length: BINS }, (_, b) => {
    const angle = ((b % GRID.sectors) + 0.5) * ((2 * Math.PI) / GRID.sectors);
    const step = (aScale.outer - aScale.inner) / GRID.rings;
    const r = (aScale.inner + (Math.floor(b / GRID.sectors) + 0.5) * step) / (1 + e * Math.cos(2 * (angle - axis)));
    const rate = Math.exp(-r / 60) + 3 * [35, 58, 75].reduce((a, at) => a + Math.exp(-(((r - at) / 5) ** 2) / 2), 0) * strength(angle);
    return aCount(counts * rate * (anArea[b] as number), random);
  });
}

t.test("ratio and angle of rings, within their error", async (t) => {
  for (const [ratio, axis] of [
    [1.02, 0.5],
    [1.04, 2.6],
  ] as const) {
    const found = measureEllipse(rings(ratio, axis, 50), anArea, aScale);
    t.ok(found);
    if (!found) return;
    t.ok(Math.abs(found.ratio - ratio) < 4e-3, `${found.ratio}`);
    t.ok(Math.abs(found.angle - axis) < 0.1, `${found.angle}`);
    t.ok(found.error < 5e-3, `${found.error}`);
  }
  const round = measureEllipse(rings(1, 0, 50), anArea, aScale);
  t.ok(round && round.ratio - 1 < 4 * round.error, "no ellipse");
});

t.test("rings that are stronger on two sides are no ellipse", async (t) => {
  const found = measureEllipse(
    rings(1, 0, 50, (angle) => 1 + 0.3 * Math.cos(2 * angle)),
    anArea,
    aScale,
  );
  t.ok(found && found.ratio < 1.01, `${found?.ratio}`);
});

t.test("nothing to measure", async (t) => {
  t.equal(measureEllipse(new Float64Array(BINS), anArea, aScale), null);
  t.equal(measureEllipse(new Float64Array(BINS), new Float64Array(BINS), aScale), null);
  t.equal(
    measureEllipse(
      Float64Array.from({ length: BINS }, (_, b) => anArea[b] as number),
      anArea,
      aScale,
    ),
    null,
    "without slope",
  );
});

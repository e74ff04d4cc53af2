import t from "tap";
import { nonNegative, polarCounts } from "../../bench/quality/component-peers.js";
import { averageLinkage, clusterLabels, distancesOf } from "../../bench/quality/hierarchical-peer.js";
import { GRID } from "../../src/components/polar-events.js";
import { aPolarFrame, aScale, fourFold, ratesOf, sixFold } from "../fixtures/polar-specimens.js";

const EACH = 60;
const STEP = (aScale.outer - aScale.inner) / GRID.rings;
const radii = Array.from({ length: GRID.rings }, (_, r) => aScale.inner + (r + 0.5) * STEP);
/** Two crystals, the first in two directions: a grain each. */
const grains = [ratesOf(fourFold), ratesOf(fourFold, 9), ratesOf(sixFold, 4)];

t.test("patterns that are turned are near, others are far", async (t) => {
  const distances = distancesOf(grains, radii);
  const [turned, other] = [distances[0]?.[1] as number, distances[0]?.[2] as number];
  t.ok(turned < 0.01 && other > 0.2, `${turned}, ${other}`);
  t.same(averageLinkage(distances, 2), [0, 0, 1]);
  t.same(averageLinkage(distances, 3), [0, 1, 2]);
  const nothing = new Float64Array(GRID.rings * GRID.sectors);
  t.same(distancesOf([nothing, grains[0] as Float64Array], radii)[0], [0, 1], "nothing is like nothing");
});

t.test("average linkage: the nearest by the mean of all pairs, again and again", async (t) => {
  const at = [0, 1, 2.4, 10, 10.5];
  const distances = at.map((a) => at.map((b) => Math.abs(a - b)));
  t.same(averageLinkage(distances, 2), [0, 0, 0, 1, 1]);
  t.same(averageLinkage(distances, 3), [0, 0, 1, 2, 2]);
});

t.test("a scan of three grains of two crystals", async (t) => {
  const kinds = Array.from({ length: 3 * EACH }, (_, p) => Math.floor(p / EACH));
  const data = polarCounts(kinds.map((kind, p) => aPolarFrame(grains[kind] as Float64Array, p + 1)));
  const factors = nonNegative(data, 3);
  t.ok(factors.components.every((h) => Math.abs(h.reduce((s, v) => s + v, 0) - 1) < 1e-9));
  /** The label that most of each grain has. */
  const labelled = (of: readonly number[]): number[] => {
    const label = clusterLabels(factors, of);
    return [0, 1, 2].map((k) => {
      const own = [...label.subarray(EACH * k, EACH * (k + 1))];
      const most = [0, 1, 2].reduce((a, b) => (own.filter((v) => v === b).length > own.filter((v) => v === a).length ? b : a));
      t.ok(own.filter((v) => v === most).length > 0.7 * EACH, `${own}`);
      return most;
    });
  };
  const [a, b, c] = labelled(averageLinkage(distancesOf(factors.components, radii), 2));
  t.equal(a, b, "one class, however it is turned");
  t.not(a, c);
  t.equal(new Set(labelled([0, 1, 2])).size, 3);
});

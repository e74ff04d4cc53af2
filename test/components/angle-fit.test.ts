import t from "tap";
import { AngleFit } from "../../src/components/angle-fit.js";
import { GRID } from "../../src/components/polar-events.js";
import { Rotation, toward, wrap } from "../../src/components/rotation.js";
import { aRegionSum, aScale, ratesOf, type Specimen, symmetricSpots } from "../fixtures/polar-specimens.js";

const two: Specimen = {
  spots: symmetricSpots(2, [
    [40, 0, 0.08],
    [56.6, 45, 0.05],
    [70, 100, 0.04],
  ]),
};
const fit = new AngleFit(aScale, new Rotation(aScale));
const signed = (sectors: number): number => (wrap(sectors) > GRID.sectors / 2 ? wrap(sectors) - GRID.sectors : wrap(sectors));

t.test("two members of a class meet, whoever is the larger, and wherever they begin", async (t) => {
  const [a, b] = [10, 31.4];
  for (const frames of [
    [300, 300],
    [400, 150],
  ] as const)
    for (const wrong of [1.5, -1.2]) {
      const members = [
        { sum: aRegionSum(ratesOf(two, a), frames[0], 1), turn: a },
        { sum: aRegionSum(ratesOf(two, b), frames[1], 2), turn: b + wrong },
      ];
      const [first = 0, second = 0] = fit.together(members, 2);
      t.ok(Math.abs(signed(second - first - (b - a))) < 0.06, `${frames}, ${wrong}: ${second - first}`);
    }
});

t.test("a part of the way, the shorter one", async (t) => {
  t.equal(toward(10, 14, 0.5), 12);
  t.equal(toward(2, 126, 0.25), 1);
  t.equal(toward(126, 2, 0.75), 1);
  t.equal(toward(5, 5, 0.3), 5);
});

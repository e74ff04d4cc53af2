import t from "tap";
import { aboutArea, areaProblem, detectorLayer, detectorProblem, nameProblem, readDetector } from "../../src/core/virtual-detector.js";

const DEGREE = Math.PI / 180;

t.test("rings and sectors are read from a text", async (t) => {
  t.same(readDetector("220: 40-46.5 px"), { name: "220", what: { inner: 40, outer: 46.5, sector: null } });
  t.same(readDetector(" four spots :0 - 9px, -15 to 15 deg, 4-fold "), {
    name: "four spots",
    what: { inner: 0, outer: 9, sector: { from: -15 * DEGREE, to: 15 * DEGREE, fold: 4 } },
  });
  t.match(readDetector("edge: 5-9 px, 0 to 180 deg"), { what: { sector: { fold: 1 } } });
});

t.test("what cannot be is told", async (t) => {
  for (const [text, problem] of [
    ["220 40-46 px", /write NAME: 20-26 px/],
    ["220: 40-46", /write NAME/],
    [": 40-46 px", /write NAME/],
    ["220: 46-40 px", /outer must be above inner/],
    ["220: 4-4 px", /outer must be above inner/],
    [`${"n".repeat(61)}: 4-5 px`, /name must be a text of 1 to 60/],
    ["220: 4-6 px, 30 to 20 deg", /to must be above from/],
    ["220: 4-6 px, 0 to 400 deg", /not by more than a turn/],
    ["220: 4-6 px, 0 to 91 deg, 4-fold", /not by more than 1\/4 of a turn/],
    ["220: 4-6 px, 0 to 1 deg, 13-fold", /fold must be a whole number from 1 to 12/],
    ["220: 4-6 px, 0 to 1 deg, 0-fold", /fold must be/],
  ] as const)
    t.match(readDetector(text), problem, text);
  t.match(areaProblem({ inner: Number.NaN, outer: 3, sector: null }), /outer/);
  t.match(areaProblem({ inner: 1, outer: Number.POSITIVE_INFINITY, sector: null }), /outer/);
  t.match(areaProblem({ inner: 1, outer: 3, sector: { from: Number.NaN, to: 1, fold: 1 } }), /to must be/);
  for (const [rows, cols, good] of [
    [1, 0, true],
    [0, 2, true],
    [1, 1, true],
    [0, 0, false],
    [2, 1, false],
    [0.5, 0, false],
    [2, -1, false],
  ] as const)
    t.equal(detectorProblem({ name: "x", what: { rows, cols } }) === null, good, `${rows}, ${cols}`);
  t.equal(detectorProblem({ name: "x", what: { component: 1, rings: [] } }), null);
  t.match(detectorProblem({ name: "x", what: { inner: 2, outer: 1, sector: null } }), /outer/);
  t.equal(nameProblem(" "), "name must be a text of 1 to 60 characters");
});

t.test("people are told what it is", async (t) => {
  t.equal(aboutArea({ inner: 3, outer: 5, sector: null }), "3 to 5 px from the beam");
  t.equal(aboutArea({ inner: 3, outer: 5, sector: { from: -0.1, to: 0.2, fold: 1 } }), "3 to 5 px from the beam, -5.7° to 11.5°");
  const ring = { id: "virtual_1", name: "220", what: { inner: 3, outer: 5, sector: { from: 0, to: 0.5, fold: 6 } } };
  t.match(detectorLayer(ring), {
    name: "virtual_1",
    title: "220",
    kind: "intensity",
    claim: "quantitative",
    unit: "counts",
    about: /6-fold/,
  });
  const moment = { id: "virtual_3", name: "y", what: { rows: 1, cols: 0 } };
  t.match(detectorLayer(moment), { kind: "signed", claim: "relative", unit: "px counts", about: /row\^1 col\^0/ });
  t.match(detectorLayer({ ...moment, what: { rows: 1, cols: 1 } }), { unit: "px² counts" });
  const like = { id: "virtual_2", name: "like 3", what: { component: 3, rings: [1, -1] } };
  t.match(detectorLayer(like), { kind: "signed", claim: "exploratory", unit: "", about: /component 3/ });
});

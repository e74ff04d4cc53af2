import t from "tap";
import { adjustedRand, homogeneity, normalisedMutualInformation } from "../../bench/quality/partition-scores.js";

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-12;

t.test("adjusted Rand index: known answers, and what names the labels have does not matter", async (t) => {
  t.equal(adjustedRand([0, 0, 1, 1], [7, 7, 3, 3]), 1);
  t.ok(near(adjustedRand([0, 0, 1, 2], [0, 0, 1, 1]), 4 / 7));
  t.ok(near(adjustedRand([0, 0, 1, 1], [0, 1, 0, 1]), -0.5));
  t.equal(adjustedRand([0, 0, 0, 0], [0, 1, 2, 3]), 0);
  t.equal(adjustedRand([1, 1, 1], [2, 2, 2]), 1, "one class each");
});

t.test("mutual information and homogeneity", async (t) => {
  t.ok(near(normalisedMutualInformation([0, 0, 1, 1], [1, 1, 0, 0]), 1));
  t.ok(near(normalisedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1]), 0));
  t.ok(near(normalisedMutualInformation([0, 0, 1, 1], [0, 1, 2, 3]), 2 / 3));
  t.equal(normalisedMutualInformation([0, 0], [1, 1]), 1);
  t.ok(near(homogeneity([0, 0, 1, 1], [0, 1, 2, 3]), 1), "finer labels are as homogeneous");
  t.ok(near(homogeneity([0, 0, 1, 1], [0, 0, 0, 0]), 0));
  t.equal(homogeneity([5, 5], [0, 1]), 1, "there is but one class");
});

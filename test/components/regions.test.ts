import t from "tap";
import { LabelMap } from "../../src/components/label-map.js";
import { RegionGraph } from "../../src/components/merging.js";
import { BINS } from "../../src/components/polar-events.js";
import type { HalfSum } from "../../src/components/region-sum.js";
import { RegionTable } from "../../src/components/region-table.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { Similarity } from "../../src/components/similarity.js";
import { splitParts } from "../../src/components/splitting.js";
import { TileParts } from "../../src/components/tile-parts.js";
import { aRandom } from "../fixtures/frames.js";
import { aPolarFrame, aRegionSum, aScale, ratesOf, type Specimen, symmetricSpots } from "../fixtures/polar-specimens.js";

const [ROWS, COLUMNS] = [12, 10];
const aSpecimen: Specimen = {
  spots: symmetricSpots(4, [
    [30, 10, 0.05],
    [60, 40, 0.05],
  ]),
};

function aScan(specimens: readonly Float64Array[]): ScanEvents {
  const scan = new ScanEvents(COLUMNS, aScale);
  for (let row = 0; row < ROWS; row++)
    scan.append((c) => aPolarFrame(specimens[(row + c) % specimens.length] as Float64Array, row * COLUMNS + c + 1));
  return scan;
}

const crystal = ratesOf(aSpecimen);
const turned = ratesOf(aSpecimen, 16);
const halo = ratesOf({ halo: { radius: 45, width: 8, peak: 0.012 } });
const empty = ratesOf({ background: 0.001, direct: 4.5 });
const scan = aScan([crystal, turned, halo]);
const similarity = new Similarity(scan, aScale);

const aSum = (rates: Float64Array, frames: number, seed: number): HalfSum => ({
  ...aRegionSum(rates, frames, seed),
  halfFrames: [frames / 2, frames / 2],
});

t.test("sums and links that are kept up are those that are counted at once", async (t) => {
  const random = aRandom(4);
  const labels = new LabelMap(COLUMNS);
  labels.grow(ROWS);
  const table = new RegionTable(scan, labels);
  const set = (row: number, c: number): void => labels.set(row, c, Math.floor(5 * random()) - 1);
  for (let row = 0; row < ROWS; row++) for (let c = 0; c < COLUMNS; c++) set(row, c);
  table.update(0, ROWS);
  for (let round = 0; round < 4; round++) {
    const row = 3 + Math.floor(6 * random());
    for (let c = 0; c < COLUMNS; c++) if (random() < 0.7) labels.set(row, c, labels.at(row - 1, c));
    table.update(row - 1, row + 2);
  }
  table.unite(0, 3);
  labels.rename(3, 0);
  table.update(0, ROWS);
  const fresh = new RegionTable(scan, labels);
  fresh.update(0, ROWS);
  const plain = (of: RegionTable) =>
    [...of.regions.values()]
      .sort((a, b) => a.id - b.id)
      .map((r) => ({
        id: r.id,
        positions: r.positions,
        core: r.core,
        coreFrames: r.coreFrames,
        neighbours: [...r.neighbours].sort(([a], [b]) => a - b),
      }))
      .filter((r) => r.positions > 0);
  t.same(plain(table), plain(fresh));
});

t.test("rows that changed are told once, and renaming reaches every row of a region", async (t) => {
  const labels = new LabelMap(3);
  labels.grow(2);
  labels.set(0, 0, 5);
  labels.set(1, 2, 5);
  labels.set(1, 1, 6);
  t.same(labels.takeChanged(), [0, 1]);
  t.same(labels.boundary.slice(0, 6), Uint8Array.of(1, 0, 0, 0, 1, 1));
  t.same(labels.takeChanged(), []);
  labels.grow(4);
  t.equal(labels.at(1, 2), 5);
  labels.rename(5, 6);
  t.same(labels.span(6), [0, 1]);
  t.equal(labels.span(5), null);
  t.equal(labels.at(0, 0), 6);
  labels.rename(99, 6);
  t.same(labels.takeChanged(), [0, 1]);
});

t.test("the same are alike, others are not; what differs only in power is compared as such", async (t) => {
  const [a, b, c] = [aSum(crystal, 10, 1), aSum(crystal, 20, 2), aSum(turned, 20, 3)].map((s) => similarity.of(s)) as [never, never, never];
  t.ok(similarity.compare(a, b) > 0.9);
  t.ok(similarity.compare(a, c) < 0.3);
  t.equal(similarity.compare(a, c), similarity.compare(c, a));
  const [x, y] = [aSum(halo, 20, 4), aSum(empty, 20, 5)].map((s) => similarity.of(s)) as [never, never];
  t.ok(similarity.compare(x, a) < 0.6);
  t.ok(similarity.compare(x, y) < 0.6, "the radial profile tells what has no spots");
  t.ok(Math.abs(similarity.profileDistance(x, similarity.of(aSum(halo, 20, 6)))) < 0.002);
});

t.test("the most alike merge first, into the lower id; what is kept apart stays so", async (t) => {
  const graph = new RegionGraph(similarity);
  for (const [id, rates] of [crystal, turned, crystal, crystal, turned].entries()) graph.add(id, aSum(rates, 10, id + 1));
  for (const [a, b, links] of [
    [0, 2, 3],
    [2, 3, 3],
    [1, 4, 1],
    [0, 1, 5],
    [3, 4, 2],
    [0, 99, 5],
    [2, 2, 5],
  ] as const)
    graph.link(a, b, links);
  const never = (): boolean => false;
  graph.keepApart(2, 3);
  graph.merge([0, 1, 2, 3, 4], never, (a, b) => a.id === 0 && b.id === 2);
  t.equal(graph.nodes.size, 5, "what differs does not merge");
  graph.merge([0, 1, 2, 3, 4, 77], never, never);
  t.same([...graph.nodes.keys()].sort(), [0, 1, 3, 4], "one link is no border");
  t.ok(graph.areApart(0, 3), "what is merged into inherits it");
  t.equal(graph.nodes.get(0)?.sum.frames, 20);
  graph.keepPartApart(20, 3);
  t.notOk(graph.areApart(20, 0), "parts are kept apart only where that is asked for");
  graph.keepApart(4, 5, true);
  graph.keepPartApart(40, 4);
  graph.keepPartApart(41, 40);
  t.same([graph.areApart(5, 40), graph.areApart(41, 5), graph.areApart(41, 40)], [true, true, false]);
  graph.remove(0);
  graph.remove(77);
  t.notOk(graph.nodes.get(1)?.links.has(0));
});

t.test("a region of two things is split, one of one thing with a gradient is not", async (t) => {
  const parts = (rates: readonly Float64Array[]): HalfSum[] => rates.map((r, i) => aSum(r, 8, i + 1));
  const two = splitParts(parts([crystal, crystal, turned, crystal, turned, turned, crystal, turned]), similarity);
  t.ok(two?.bimodal && two.significant);
  t.same(
    [...(two?.side ?? [])].map((s) => s === two?.side[0]),
    [true, true, false, true, false, false, true, false],
  );
  t.equal((two?.sums[0].frames ?? 0) + (two?.sums[1].frames ?? 0), 64);
  const fading = Array.from({ length: 10 }, (_, k) => crystal.map((v, b) => (v * (20 - k) + (turned[b] as number) * k) / 20));
  t.notOk(splitParts(parts(fading), similarity)?.bimodal);
  t.equal(splitParts(parts([crystal, turned, crystal]), similarity), null, "too few parts");
  const small = { ...aSum(crystal, 8, 9), halfFrames: [8, 0] as [number, number] };
  t.equal(splitParts([small, ...parts([crystal, turned, crystal])], similarity), null, "a part without a half");
  const same = parts([crystal]).flatMap((p) => [p, p, p, p]);
  t.equal(splitParts(same, similarity), null, "no difference at all");
  t.notOk(splitParts(parts([crystal, crystal, crystal, crystal, turned]), similarity)?.bimodal, "one part is too few to tell");
});

t.test("connected parts of a region, corners included, become regions of their own unless they are small", (t) => {
  const labels = new LabelMap(6);
  labels.grow(4);
  // Two parts that touch at no corner, and a single position.
  const map = ["77.7..", ".7.77.", "......", ".7...."];
  for (const [row, line] of map.entries()) for (const [c, v] of [...line].entries()) labels.set(row, c, v === "7" ? 7 : 1);
  let next = 20;
  t.same(
    labels.separate(7, 2, () => next++),
    [20],
  );
  const of = (row: number): number[] => Array.from({ length: 6 }, (_, c) => labels.at(row, c));
  t.same(of(0), [7, 7, 1, 20, 1, 1]);
  t.same(of(1), [1, 7, 1, 20, 20, 1]);
  t.same(of(3), [1, 7, 1, 1, 1, 1], "what is too small stays");
  t.same(
    labels.separate(99, 1, () => next++),
    [],
  );
  t.end();
});

t.test("what has changed since a version is told by place", async (t) => {
  const labels = new LabelMap(6);
  labels.grow(6);
  labels.set(0, 0, 1);
  const { version } = labels;
  t.notOk(labels.changedIn(-1, -1, 9, 9, version));
  labels.set(4, 4, 2);
  labels.set(4, 4, 2);
  t.equal(labels.version, version + 1, "the same again is no change");
  t.ok(labels.changedIn(3, 3, 5, 5, version));
  t.notOk(labels.changedIn(0, 0, 4, 6, version));
  t.notOk(labels.changedIn(4, 4, 5, 5, labels.version));
  const near = labels.changedNear(1, 4, 1, version);
  t.same(
    [...near].flatMap((v, i) => (v ? [i] : [])),
    [15, 16, 17],
    "columns 3 to 5 of row 3",
  );
  labels.grow(40);
  t.ok(labels.changedIn(4, 4, 5, 5, version), "kept when the map grows");
});

t.test("parts of tiles are those of the labels as they are", async (t) => {
  const labels = new LabelMap(COLUMNS);
  labels.grow(ROWS);
  const random = aRandom(9);
  for (let row = 0; row < ROWS; row++) for (let c = 0; c < COLUMNS; c++) labels.set(row, c, Math.floor(c / 5));
  const parts = new TileParts(scan, labels);
  const plain = (of: TileParts, row: number, column: number) =>
    of.of(row, column).map((p) => ({ ...p, counts: Array.from(of.countsOf(p)), members: [...p.members] }));
  const { cells } = scan.tiles.columns;
  const tiles = Array.from(
    { length: scan.tiles.rows.cellOf(ROWS - 1) * cells + cells },
    (_, i) => [Math.floor(i / cells), i % cells] as const,
  );
  for (let round = 0; round < 4; round++) {
    const fresh = new TileParts(scan, labels);
    for (const [r, c] of tiles) t.same(plain(parts, r, c), plain(fresh, r, c));
    for (const [r, c] of tiles)
      for (const part of parts.of(r, c)) {
        const sum = new Float32Array(BINS + 1).fill(2);
        parts.addTo(part, sum);
        t.same(
          sum.map((v) => v - 2),
          parts.countsOf(part),
          "added to others",
        );
      }
    const [r, c] = tiles[2] as readonly [number, number];
    t.equal(parts.of(r, c), parts.of(r, c), "not counted again");
    labels.set(Math.floor(ROWS * random()), Math.floor(COLUMNS * random()), 7 - round * 2);
    if (round === 1) parts.forget(2);
  }
  const counts = tiles.filter(([r]) => r === 0).flatMap(([r, c]) => parts.of(r, c).map((p) => parts.countsOf(p)));
  parts.forget(1);
  t.ok(
    parts.of(0, 0).every((p) => counts.includes(parts.countsOf(p))),
    "memory is used again",
  );
});

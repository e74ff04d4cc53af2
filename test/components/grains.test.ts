import t from "tap";
import { ComponentScan } from "../../src/components/component-scan.js";
import { crystalMatter } from "../../src/components/crystal-matter.js";
import { answered } from "../../src/components/finishing.js";
import { Grains } from "../../src/components/grains.js";
import { JoinedClasses } from "../../src/components/joined-classes.js";
import type { PolarFrame } from "../../src/components/polar-events.js";
import { addCounts, addLive, emptySum } from "../../src/components/region-sum.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { aPolarFrame, aScale, ratesOf, type Specimen, symmetricSpots } from "../fixtures/polar-specimens.js";

const square: Specimen = {
  spots: symmetricSpots(4, [
    [30, 10, 0.05],
    [42, 55, 0.04],
    [60, 10, 0.03],
  ]),
};
/** Half of the spots of `square`, and others in the place of the rest. */
const twin: Specimen = {
  spots: [
    ...(square.spots ?? []).slice(0, 6),
    ...symmetricSpots(2, [
      [42, 100, 0.05],
      [60, 60, 0.05],
      [35, 20, 0.05],
    ]),
  ],
};
const amorphous: Specimen = { halo: { radius: 45, width: 8, peak: 0.012 } };

const matter = crystalMatter(aScale);

interface Scan {
  readonly rows: number;
  readonly columns: number;
  readonly frames: readonly (PolarFrame | null)[];
}

/** `kind` names the rates of a position; -1: no frame. */
function aScan(rows: number, columns: number, rates: readonly Float64Array[], kind: (row: number, column: number) => number): Scan {
  const frames = Array.from({ length: rows * columns }, (_, p) => {
    const k = kind(Math.floor(p / columns), p % columns);
    return k < 0 ? null : aPolarFrame(rates[k] as Float64Array, p + 1);
  });
  return { rows, columns, frames };
}

function run({ rows, columns, frames }: Scan, same = matter) {
  const grains = new Grains({ columns, scale: aScale, matter: same });
  const changed: number[][] = [];
  for (let row = 0; row < rows; row++) changed.push(grains.takeRow((c) => frames[row * columns + c] ?? null));
  changed.push(answered(grains.finishing()));
  return { grains, changed, region: grains.labels.region.slice(0, rows * columns) };
}

/** Share of the positions whose region is the one most positions of their kind have, each region of one kind only. */
function agreement({ rows, columns }: Scan, region: Int32Array, kind: (row: number, column: number) => number): number {
  const [pairs, used] = [new Map<string, number>(), new Set<number>()];
  for (let p = 0; p < rows * columns; p++) {
    const key = `${kind(Math.floor(p / columns), p % columns)} ${region[p]}`;
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
  }
  let sum = 0;
  const kinds = new Set<string>();
  for (const [key, n] of [...pairs].sort((a, b) => b[1] - a[1])) {
    const [k, id] = key.split(" ") as [string, string];
    if (kinds.has(k) || used.has(Number(id))) continue;
    kinds.add(k);
    used.add(Number(id));
    sum += n;
  }
  return sum / (rows * columns);
}

const quarters = (row: number, column: number): number =>
  row === 4 && column === 5 ? -1 : row < 12 ? (column < 11 ? 0 : 1) : column < 14 ? 2 : 1;
const rates = [ratesOf(square), ratesOf(square, 11), ratesOf(amorphous), ratesOf(twin)];
const scan = aScan(25, 22, rates, quarters);
const first = run(scan);

t.test("grains and amorphous matter are found, border and all; what has no frame has no region", async (t) => {
  const { grains, changed, region } = first;
  t.ok(agreement(scan, region, quarters) > 0.97, `agreement ${agreement(scan, region, quarters)}`);
  t.equal(region[4 * 22 + 5], -1);
  t.equal([...grains.regions.values()].filter((r) => r.positions > 20).length, 3);
  t.same(changed[0], [], "a band takes three rows");
  t.same(changed[5], [], "superpixels that are not final have no region");
  t.ok(changed[8]?.includes(0));
  for (let p = 0; p < region.length; p++)
    t.ok((grains.labels.confidence[p] as number) >= 0 && (grains.labels.confidence[p] as number) <= 1, "a share");
});

t.test("sums, numbers and links of regions are those of their positions", async (t) => {
  const { grains, region } = first;
  const events = new ScanEvents(22, aScale);
  for (let row = 0; row < 25; row++) events.append((c) => scan.frames[row * 22 + c] ?? null);
  for (const known of grains.regions.values()) {
    const core = emptySum();
    let [positions, links] = [0, 0];
    for (let p = 0; p < region.length; p++) {
      if (region[p] !== known.id) continue;
      positions++;
      const [row, column] = [Math.floor(p / 22), p % 22];
      if (grains.labels.isCore(row, column)) {
        addCounts(core, events, row, column, 1);
        addLive(events.areas[events.table(p)]?.area as Float32Array, 1, core.area);
      }
      t.equal(grains.labels.boundary[p], grains.labels.isCore(row, column) ? 0 : 1);
      for (const [dr, dc] of [
        [0, 1],
        [1, 0],
        [0, -1],
        [-1, 0],
      ] as const) {
        const [r, c] = [row + dr, column + dc];
        const other = r < 0 || r >= 25 || c < 0 || c >= 22 ? -1 : (region[r * 22 + c] as number);
        if (other >= 0 && other !== known.id) links++;
      }
    }
    t.equal(known.positions, positions);
    t.same(known.core, core);
    t.equal(
      [...known.neighbours.values()].reduce((a, n) => a + n, 0),
      links,
    );
  }
});

t.test("the same frames give the same regions to the bit", async (t) => {
  const again = run(scan);
  t.same(again.region, first.region);
  t.same(again.grains.labels.confidence, first.grains.labels.confidence);
  t.same(again.changed, first.changed);
});

t.test("twins that share half of their spots are two, and neighbours of one direction are one", async (t) => {
  const halves = (_: number, column: number): number => (column < 12 ? 0 : 3);
  const twins = aScan(24, 24, rates, halves);
  const { region } = run(twins);
  t.ok(agreement(twins, region, halves) > 0.95, `agreement ${agreement(twins, region, halves)}`);
  const lenient: typeof matter = {
    describe: (core, of) => matter.describe(core, of),
    crystalline: (geometry) => matter.crystalline(geometry),
    sameGrain: () => true,
  };
  t.ok(agreement(twins, run(twins, lenient).region, halves) > 0.9, "by residual power alone");
});

t.test("areas of one crystal on both sides of a wedge, thinner than a superpixel at one end, are two", async (t) => {
  const wedge = (row: number, column: number): number => (Math.abs(column - 11.5) < 1 + row / 6 ? 1 : 0);
  const { region } = run(aScan(24, 24, rates, wedge));
  const regionsIn = (first: number, end: number): number[] => [
    ...new Set(region.filter((_, p) => p % 24 >= first && p % 24 < end && wedge(Math.floor(p / 24), p % 24) === 0)),
  ];
  const [left, right] = [regionsIn(0, 12), regionsIn(12, 24)];
  t.equal(left.length, 1, `left ${left}`);
  t.equal(right.length, 1, `right ${right}`);
  t.not(left[0], right[0]);
});

t.test("what differs by few spots merges at first, and is split in the end where it has two kinds", async (t) => {
  const spots = square.spots ?? [];
  const nearly = ratesOf({ spots: [...spots.slice(0, -1), ...symmetricSpots(1, [[50, 75, 0.05]])] });
  const halves = (_: number, column: number): number => (column < 12 ? 0 : 4);
  const two = aScan(24, 24, [...rates, nearly], halves);
  const { region } = run(two);
  t.ok(agreement(two, region, halves) > 0.9, `agreement ${agreement(two, region, halves)}`);
});

t.test("scans of nothing, of a row, of one column", async (t) => {
  const none = run({ rows: 7, columns: 4, frames: new Array(28).fill(null) });
  t.ok(none.region.every((id) => id === -1));
  const line = aScan(1, 30, rates, (_, c) => (c < 15 ? 0 : 1));
  t.equal(run(line).region.length, 30);
  const column = aScan(20, 1, rates, (r) => (r < 10 ? 0 : 1));
  t.equal(run(column).region.length, 20);
});

t.test("what is shown hardly changes once a fifth of a scan has been seen", async (t) => {
  const found = new ComponentScan({ columns: scan.columns, scale: aScale, library: null, joined: new JoinedClasses() });
  const shown = new Int32Array(scan.rows * scan.columns).fill(-1);
  for (let row = 0; row <= scan.rows; row++) {
    const had = [...shown.keys()].filter((p) => (shown[p] as number) >= 0);
    const before = shown.slice();
    const answer = row < scan.rows ? found.takeRow((c) => scan.frames[row * scan.columns + c] ?? null) : found.finish();
    for (const [i, r] of answer.rows.entries())
      shown.set(answer.label.subarray(i * scan.columns, (i + 1) * scan.columns), r * scan.columns);
    const changed = had.filter((p) => shown[p] !== before[p]).length;
    t.equal(answer.churn.label, had.length === 0 ? 0 : changed / had.length, `row ${row}`);
    if (row > scan.rows / 5) t.ok(answer.churn.label < 0.005 && answer.churn.grain < 0.005, `row ${row}: ${answer.churn.label}`);
    t.notOk(answer.limited);
  }
  t.equal(new Set(shown).size, 3, "two classes, and the position without a frame");
});

t.test("what turns out late to be something else comes round little by little, and at the end at once", async (t) => {
  const [rows, columns] = [40, 30];
  // Two grains of one direction until a bridge joins them far below.
  const late = aScan(rows, columns, rates, (row, c) => (row < 30 && c >= 13 && c < 17 ? 1 : 0));
  const play = (known: number | undefined) => {
    const found = new ComponentScan({
      columns,
      scale: aScale,
      library: null,
      joined: new JoinedClasses(),
      ...(known === undefined ? {} : { rows: known }),
    });
    const churn = Array.from({ length: rows }, (_, row) => found.takeRow((c) => late.frames[row * columns + c] ?? null).churn.grain);
    const end = found.finish();
    return { churn, end: end.churn.grain, grain: end.grain };
  };
  const paced = play(rows);
  t.ok(Math.max(...paced.churn.slice(rows / 5)) <= 1 / 512);
  t.ok(paced.end > 0.1, `${paced.end}`);
  const free = play(1000);
  t.ok(Math.max(...free.churn) > 0.1);
  t.same(paced.grain, free.grain, "the same in the end");
});

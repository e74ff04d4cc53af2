import t from "tap";
import type { ComponentRows } from "../../src/components/component-rows.js";
import { ComponentScan } from "../../src/components/component-scan.js";
import { JoinedClasses } from "../../src/components/joined-classes.js";
import type { PolarFrame } from "../../src/components/polar-events.js";
import { fastKernels, KernelStock } from "../../src/components/polar-kernels.js";
import type { GrownRow } from "../../src/components/superpixel-rows.js";
import { Axis } from "../../src/components/tiling.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { PayloadLister } from "../../src/kernels/list-payload.js";
import { FrameGatherer, type HeldFrames } from "../../src/line/held-frames.js";
import { createListLane } from "../../src/line/list-lane.js";
import { REF } from "../../src/line/slab.js";
import { theKernels } from "../fixtures/lanes.js";
import { turnedGrains } from "../fixtures/turned-grains.js";
import { aboutScan, framesInSlab } from "./frames-in-slab.js";

const [ROWS, COLUMNS] = [16, 12];
/** Rows before the first with a frame. */
const EMPTY = 4;
const scan = turnedGrains(ROWS, COLUMNS, (row, column) => (row > 10 ? "glass" : column < 6 ? 10 : 60));
const MIDDLE = (scan.size - 1) / 2;
const outer = scan.size / 2 - 2;
const scale = { radius: scan.radius, inner: 1.3 * scan.radius, outer };
const plain = { version: 0, mask: null };

function aLane(mostBytes = 2 ** 30) {
  const { slab, refs } = framesInSlab(scan);
  let made = 0;
  const stock = new KernelStock(() => {
    made++;
    return fastKernels(theKernels);
  });
  const lane = createListLane(slab, () => new PayloadLister(instantiateKernels(theKernels)), stock, { mostBytes });
  const frames = (row: number, columns: readonly number[], centre = MIDDLE): HeldFrames => {
    const gatherer = new FrameGatherer(COLUMNS);
    for (const c of columns) {
      const at = REF.width * (row * COLUMNS + c);
      gatherer.add(row, c, refs.subarray(at, at + REF.width), scan.shape, Float64Array.of(centre, MIDDLE));
    }
    return gatherer.held;
  };
  return { lane, calls: lane.calls, frames, made: () => made };
}
const all = [...Array(COLUMNS).keys()];
const open = (series = 1) => ({ ...aboutScan(scan, series), columns: COLUMNS, rows: ROWS });

/** The frames of a row, as somebody would have them who did not get it from a lane. */
function framesOf({ events, ends, direct, table, areas }: GrownRow, known: Float32Array[]): (column: number) => PolarFrame | null {
  known.push(...areas);
  return (c) => {
    const area = known[table[c] as number];
    const from = c === 0 ? 0 : (ends[c - 1] as number);
    return area ? { bins: events.slice(from, ends[c]), direct: direct[c] as number, area } : null;
  };
}

for (const known of [ROWS, 0, ROWS + 6])
  t.test(
    `rows that come with superpixels give what frames give, from the first with a frame to the last: of ${known || "nobody knows how many"}`,
    async (t) => {
      const { calls, frames } = aLane();
      calls.listOpen({ ...open(), rows: known });
      const set = () => ({
        columns: COLUMNS,
        rows: known,
        scale,
        library: null,
        joined: new JoinedClasses(),
        kernels: fastKernels(theKernels),
      });
      const [grown, whole] = [new ComponentScan({ ...set(), grown: true }), new ComponentScan(set())];
      for (let i = 0; i < EMPTY; i++) t.same(grown.takeRow(() => null).rows, whole.takeRow(() => null).rows);
      const areas: Float32Array[] = [];
      const same = (a: ComponentRows, b: ComponentRows): void => {
        t.same(a.rows, b.rows);
        for (const name of ["label", "grain", "angle", "confidence", "boundary", "novelty", "weights"] as const)
          t.same(a[name], b[name], name);
      };
      const bands = new Axis(known);
      for (let row = EMPTY; row < ROWS; row++) {
        const columns = all.filter((c) => (row + c) % 7 !== 3);
        const { events } = calls.listRow({ series: 1, row, mask: plain, scale, frames: frames(row, columns, MIDDLE + row / 8) });
        if (!events) throw new Error("no memory");
        t.equal(events.superpixels.length > 0, bands.endsAt(row + 1), "with the end of a band");
        same(grown.takeRow(events), whole.takeRow(framesOf(events, areas)));
      }
      const last = calls.listEnd({ series: 1 });
      t.equal(last.length > 0, known !== ROWS, "else the last band is not known to be over");
      const [a, b] = [grown.finish(last), whole.finish()];
      same(a, b);
      t.ok(a.label.some((v) => v > 0));
    },
  );

t.test("another mask gives live areas new numbers, and the same one none", async (t) => {
  const { calls, frames } = aLane();
  calls.listOpen(open());
  const mask = new Uint8Array(scan.size ** 2);
  mask[0] = 1;
  mask.fill(1, Math.floor(MIDDLE) * scan.size, Math.ceil(MIDDLE + 1) * scan.size);
  const row = (of: number, version: object) =>
    calls.listRow({ series: 1, row: of, mask: version as typeof plain, scale, frames: frames(of, all) }).events;
  const [first, again, masked] = [row(0, plain), row(1, { version: 0 }), row(2, { version: 1, mask })];
  t.same([first?.areas.length, again?.areas.length, masked?.areas.length], [1, 0, 1]);
  t.same([first?.table[0], again?.table[0], masked?.table[0]], [0, 0, 1]);
  const live = (area: Float32Array | undefined): number => area?.reduce((sum, v) => sum + v, 0) ?? Number.NaN;
  t.ok(live(masked?.areas[0]) < live(first?.areas[0]));
});

t.test("kernels go from scan to scan, but not to one that is under way", async (t) => {
  const { lane, calls, frames, made } = aLane();
  const row = (series: number) => calls.listRow({ series, row: 0, mask: plain, scale, frames: frames(0, all) });
  for (const series of [1, 2]) {
    calls.listOpen(open(series));
    row(series);
  }
  t.equal(made(), 2);
  calls.listEnd({ series: 1 });
  calls.listClose({ series: 1 });
  calls.listOpen(open(3));
  row(3);
  calls.listOpen(open(3));
  row(3);
  t.equal(made(), 2);
  lane.close();
});

t.test("what does not fit, and what was not opened", async (t) => {
  const { calls, frames } = aLane(100);
  calls.listOpen(open());
  const row = (of: number) => calls.listRow({ series: 1, row: of, mask: plain, scale, frames: frames(of, all) }).events;
  t.ok(row(0));
  t.equal(row(1), null, "the memory is full");
  t.equal(calls.listEnd({ series: 1 }).length, 1, "superpixels of what was taken");
  calls.listClose({ series: 1 });
  t.throws(() => row(2), /not listed/);
  t.same(calls.listEnd({ series: 1 }), []);
  const asked = { region: new Int32Array(), question: { about: "splits", ids: [1] } } as const;
  t.equal(calls.listJudge({ series: 1, ...asked }), null);
  t.equal(calls.listClose({ series: 1 }), null);
});

import t from "tap";
import { layerSpec, type MapLayer } from "../../src/core/map-layer.js";
import type { SeriesInfo } from "../../src/core/series.js";
import { MapStore, type SeriesMaps } from "../../src/maps/store.js";

const aSeries = (rows: number, columns: number): SeriesMaps =>
  new MapStore().add("x", rows, columns, () => ({}) as Omit<SeriesInfo, "layers" | "seq">);
/** Rows that hold "no result" from end to end. */
const emptyRows = (layer: MapLayer): number => {
  let row = 0;
  while (row < layer.rows && layer.value.subarray(row * layer.columns, (row + 1) * layer.columns).every((v) => Number.isNaN(v))) row++;
  return row;
};
const SIDE = 1024; // 4 MiB per float layer

t.test("a small map holds no result from the start", async (t) => {
  const maps = aSeries(20, 30);
  const layer = maps.open(layerSpec("sum"));
  t.equal(emptyRows(layer), 20);
  t.ok(layer.rowSeq.every((seq) => seq === maps.seq + 1));
});

t.test("a large map is laid out before it is written to, and while there is time", async (t) => {
  const maps = aSeries(SIDE, SIDE);
  const sum = maps.open(layerSpec("sum"));
  t.equal(emptyRows(sum), 0, "not at once: it would take long");
  t.equal(sum.rowSeq[0], 0, "and nobody is told of such rows");
  maps.prepare(10 * SIDE + 5);
  t.equal(emptyRows(sum), 11);
  sum.value[10 * SIDE + 5] = 7;
  maps.touch(sum, 10 * SIDE + 5, 1);
  maps.commit();
  maps.prepare(3 * SIDE);
  t.equal(sum.value[10 * SIDE + 5], 7, "what is written stays");
  const bf = maps.open(layerSpec("bf"));
  maps.prepare(3 * SIDE);
  t.equal(emptyRows(bf), 4, "a layer that is opened later as well");
  t.equal(sum.value[10 * SIDE + 5], 7);
  maps.layOut(2 ** 20);
  t.ok(sum.rowSeq[200] !== 0 && sum.rowSeq[300] === 0, "some rows more");
  for (let i = 0; i < 8; i++) maps.layOut(2 ** 20);
  t.ok(
    [sum, bf].every((l) => l.rowSeq.every((seq) => seq > 0)),
    "all rows in the end",
  );
  t.equal(emptyRows(bf), SIDE);
  t.equal(Array.from(sum.value).filter((v) => !Number.isNaN(v)).length, 1);
});

t.test("who asks for a whole layer gets it whole", async (t) => {
  const maps = aSeries(SIDE, SIDE);
  maps.open(layerSpec("sum"));
  t.equal(emptyRows(maps.wholeLayer("sum") as MapLayer), SIDE);
  t.equal(maps.wholeLayer("bf"), undefined);
  t.ok(
    maps.open(layerSpec("tier")).value.every((v) => v === 0),
    "no quality is 0",
  );
});

import fc from "fast-check";
import t from "tap";
import { layerSpec } from "../../src/core/map-layer.js";
import type { Tile } from "../../src/core/wire.js";
import { MapStore, type SeriesMaps } from "../../src/maps/store.js";
import { createFeed, type Feed, tileOf } from "../../src/sinks/feed.js";
import { aSeries, writeRow } from "./stand.js";

/** A client's memory: float layers as they were put together, and the newest seq. */
class Page {
  seq = 0;
  shape = "";
  readonly maps = new Map<string, Float64Array>();
  take(tile: Tile, rows: number, columns: number): void {
    if (tile.seq < this.seq) throw new Error(`seq fell from ${this.seq} to ${tile.seq}`);
    this.seq = tile.seq;
    const v = new DataView(tile.data.buffer, tile.data.byteOffset, tile.data.byteLength);
    const size = { uint8: 1, uint16: 2, int32: 4, float32: 4 }[tile.dtype];
    const none = { uint8: 255, uint16: 65535, int32: Number.NaN, float32: Number.NaN }[tile.dtype];
    const map = this.maps.get(tile.layer) ?? new Float64Array(rows * columns).fill(-7);
    for (let i = 0; i < tile.rows * tile.cols; i++) {
      const code = size === 1 ? v.getUint8(i) : size === 2 ? v.getUint16(2 * i, true) : v.getFloat32(4 * i, true);
      map[tile.row * columns + i] = code === none ? Number.NaN : code;
    }
    this.maps.set(tile.layer, map);
  }
  /** A series message: another shape starts again. */
  told(rows: number, columns: number): void {
    const shape = `${rows}x${columns}`;
    if (shape === this.shape) return;
    this.shape = shape;
    this.seq = 0;
    this.maps.clear();
  }
}

function drain(feed: Feed, maps: SeriesMaps, page: Page, most: number): void {
  page.told(maps.rows, maps.columns);
  for (let n = 0; n < most && feed.pending(); n++) {
    const run = feed.next(maps);
    if (run) page.take(tileOf(maps.id, run), maps.rows, maps.columns);
  }
}

const LAYERS = ["sum", "bf", "adf"];
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      layer: fc.constantFrom(...LAYERS),
      row: fc.nat(7),
      value: fc.oneof(fc.nat(300), fc.float({ noNaN: true })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("commit" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), tiles: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cut" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reshape" as const), rows: fc.constantFrom(4, 6, 8) }) },
);

t.test("whatever is written, sent in part, cut off and resumed: in the end the page has the store", async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const store = new MapStore();
      const { maps } = aSeries(store, "a", 6, 3);
      const page = new Page();
      let feed = createFeed(0, []);
      store.onChange(() => feed.mark());
      for (const s of steps) {
        if (s.do === "write" && s.row < maps.rows) writeRow(maps, s.layer, s.row, () => s.value);
        if (s.do === "commit") maps.commit();
        if (s.do === "send") drain(feed, maps, page, s.tiles);
        if (s.do === "cut") feed = createFeed(page.seq, []);
        if (s.do === "reshape") {
          maps.reshape(s.rows, 3);
          maps.commit();
        }
      }
      maps.commit();
      drain(feed, maps, page, Number.POSITIVE_INFINITY);
      for (const l of maps.layers()) if ([...l.value].some((v, i) => !Object.is(v, page.maps.get(l.name)?.[i]))) return false;
      return page.seq <= maps.seq;
    }),
    { numRuns: 500 },
  );
});

function aScan(): { maps: SeriesMaps; feed: Feed } {
  const store = new MapStore();
  const { maps } = aSeries(store, "a", 6, 3);
  const feed = createFeed(0, []);
  store.onChange(() => feed.mark());
  return { maps, feed };
}
function all(feed: Feed, maps: SeriesMaps): [layer: string, row: number, rows: number, seq: number, snapshot: boolean][] {
  const out: ReturnType<typeof all> = [];
  while (feed.pending()) {
    const run = feed.next(maps);
    if (run) out.push([run.layer.name, run.row, run.rows, run.seq, run.snapshot]);
  }
  return out;
}

t.test("neighbouring rows travel together, and only the last tile of a round has its number", async (t) => {
  const { maps, feed } = aScan();
  for (const row of [0, 1]) writeRow(maps, "sum", row, () => 1);
  maps.commit();
  t.same(all(feed, maps), [["sum", 0, 6, 1, true]], "a new layer is sent whole");
  for (const row of [1, 2, 4]) writeRow(maps, "sum", row, () => 2);
  maps.commit();
  t.same(all(feed, maps), [
    ["sum", 1, 2, 1, false],
    ["sum", 4, 1, 2, false],
  ]);
  t.same(all(feed, maps), [], "nothing new");
  maps.commit();
  t.same(all(feed, maps), [], "an update without rows");
});

t.test("only the layers asked for", async (t) => {
  const { maps } = aScan();
  for (const name of LAYERS) writeRow(maps, name, 0, () => 1);
  maps.commit();
  const feed = createFeed(0, ["bf"]);
  t.same(
    all(feed, maps).map(([name]) => name),
    ["bf"],
  );
  feed.want(["bf", "sum"]);
  t.same(
    all(feed, maps).map(([name]) => name),
    ["sum"],
    "one more: as a whole, and only that",
  );
  feed.want(["sum"]);
  t.same(all(feed, maps), [], "one fewer");
  feed.want([]);
  t.equal(all(feed, maps).length, 3);
  feed.want(["adf"]);
  t.same(all(feed, maps), [], "had all of them");
});

t.test("numbers begin again until a newly wanted layer is complete", async (t) => {
  const { maps } = aScan();
  for (const name of ["sum", "bf"]) writeRow(maps, name, 0, () => 1);
  maps.commit();
  const feed = createFeed(0, ["sum"]);
  all(feed, maps);
  writeRow(maps, "sum", 2, () => 3);
  maps.commit();
  feed.want(["sum", "bf", "adf"]);
  feed.want(["sum", "bf"]);
  const runs = [feed.next(maps), feed.next(maps)];
  t.match(runs, [
    { layer: { name: "sum" }, rows: 1, seq: 0 },
    { layer: { name: "bf" }, row: 0, rows: 6, seq: maps.seq },
  ]);
  t.equal(feed.next(maps), null);
});

t.test("channels with names are told", async (t) => {
  const { maps } = aScan();
  const spec = { ...layerSpec("sum"), name: "projections", channels: 2, parts: ["a", "b"] };
  maps.open(spec);
  maps.open(layerSpec("centre"));
  t.match(maps.info().layers, [{ name: "projections", shape: [6, maps.columns, 2], parts: ["a", "b"] }, { name: "centre" }]);
  t.notOk("parts" in (maps.info().layers[1] ?? {}));
});

t.test("what changes while a round is under way is sent as it is then", async (t) => {
  const { maps, feed } = aScan();
  for (const name of ["sum", "bf"]) writeRow(maps, name, 0, () => 1);
  maps.commit();
  const first = feed.next(maps);
  t.match(first, { layer: { name: "sum" }, seq: 0 });
  writeRow(maps, "bf", 3, () => 5);
  maps.commit();
  const second = feed.next(maps);
  t.match(second, { layer: { name: "bf" }, seq: 1 });
  t.ok(second && tileOf("a", second).data.includes(5), "the newest values");
  t.equal(feed.next(maps), null);
  t.same(all(feed, maps), [["bf", 3, 1, 2, false]]);
});

t.test("a round that another grid overtakes", async (t) => {
  const { maps, feed } = aScan();
  for (const name of ["sum", "bf"]) writeRow(maps, name, 0, () => 1);
  maps.commit();
  feed.next(maps);
  maps.reshape(2, 9);
  writeRow(maps, "bf", 1, () => 3);
  maps.commit();
  t.same(all(feed, maps), [["bf", 0, 2, 2, true]]);
});

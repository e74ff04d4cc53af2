import t from "tap";
import { sameMaps } from "./same-maps.js";
import { aSeries, aStand, writeRow } from "./stand.js";
import { connect } from "./viewer.js";

/** A turn of the event loop and a little more: lets what was committed go out. */
const pause = (ms = 0): Promise<void> => new Promise((r) => setTimeout(r, ms));

t.test("after hello: the series, what was said, the numbers, the maps; then what changes", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, line, base, run } = stand;
  const { maps, story } = aSeries(store, "a-1", 6, 5);
  writeRow(maps, "sum", 0, (i) => i * 1000);
  writeRow(maps, "centre", 0, (i) => i / 3);
  writeRow(maps, "tier", 0, () => 1);
  maps.commit();
  line.tell({ level: "info", code: "begun", message: "a series begins", series: "a-1" });

  const v = await connect(base);
  t.teardown(() => v.socket.terminate());
  t.equal(run.clients(), 1);
  await pause(50);
  t.same(v.messages, [], "nothing before hello");
  v.hello();
  await v.until("all layers", () => v.maps.size === 3);
  t.match(v.messages[0], {
    t: "series",
    id: "a-1",
    state: "live",
    shape: [6, 5],
    layers: [{ name: "sum" }, { name: "centre" }, { name: "tier" }],
  });
  t.match(v.events, [{ code: "begun", id: 0 }]);
  t.match(v.stats, [{ t: "stats", source: { state: "connected" } }]);
  t.ok(v.tiles.every((x) => x.snapshot === true && x.col === 0 && x.cols === 5));
  await sameMaps(t, stand, v, "a-1");

  v.tiles.length = 0;
  writeRow(maps, "sum", 3, (i) => i / 2, 2);
  maps.commit();
  await v.until("the new row", () => v.tiles.length > 0);
  t.match(v.tiles, [{ series: "a-1", layer: "sum", seq: 2, revision: 2, row: 3, rows: 1, dtype: "float32", snapshot: undefined }]);
  await sameMaps(t, stand, v, "a-1");

  line.tell({ level: "warn", code: "lost", message: "frames were lost", series: "a-1" });
  line.tick();
  await v.until("event and stats", () => v.events.length === 2 && v.stats.length === 2);

  story.state = "finished";
  story.frames = { ...story.frames, received: 30 };
  maps.commit();
  await v.until("the end", () => v.series.at(-1)?.state === "finished");
  t.match(v.series.at(-1), { frames: { received: 30 } });
});

t.test("a series that begins is followed; older ones that still change as well", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, base } = stand;
  const v = await connect(base);
  t.teardown(() => v.socket.terminate());
  v.hello();
  await v.until("stats", () => v.stats.length === 1);
  const first = aSeries(store, "a-1");
  writeRow(first.maps, "sum", 0, (i) => i);
  first.maps.commit();
  await v.until("the first series", () => v.maps.has("a-1/sum"));
  first.story.state = "catching_up";
  const second = aSeries(store, "a-2", 3, 3);
  writeRow(second.maps, "sum", 0, (i) => i);
  second.maps.commit();
  await v.until("the second series", () => v.maps.has("a-2/sum"));
  writeRow(first.maps, "sum", 3, (i) => i);
  first.maps.commit();
  await v.until("the rest of the first", () => v.tiles.some((x) => x.series === "a-1" && x.row === 3 && x.rows === 1));
  await sameMaps(t, stand, v, "a-1");
  await sameMaps(t, stand, v, "a-2");
  // Two are kept beside the newest: the first goes, and nobody minds.
  for (const id of ["a-3", "a-4"]) aSeries(store, id).maps.commit();
  first.maps.commit();
  await v.until("the newest", () => v.series.at(-1)?.id === "a-4");
});

t.test("a client that comes late sees finished series named, but only the newest painted", async (t) => {
  const { store, base, run } = await aStand();
  t.teardown(() => run.close());
  for (const id of ["a-1", "a-2"]) {
    const { maps, story } = aSeries(store, id);
    writeRow(maps, "sum", 0, (i) => i);
    story.state = "finished";
    maps.commit();
  }
  const v = await connect(base);
  t.teardown(() => v.socket.terminate());
  v.hello();
  await v.until("the newest", () => v.maps.has("a-2/sum"));
  t.same(
    v.series.map((s) => s.id),
    ["a-1", "a-2"],
  );
  t.notOk(v.maps.has("a-1/sum"));
});

t.test("only the layers asked for, and others on request", async (t) => {
  const { store, base, run } = await aStand();
  t.teardown(() => run.close());
  const { maps } = aSeries(store, "a-1");
  for (const name of ["sum", "bf", "adf"]) writeRow(maps, name, 0, (i) => i);
  maps.commit();
  const v = await connect(base);
  t.teardown(() => v.socket.terminate());
  v.hello({ layers: ["bf", "later"] });
  await v.until("bf", () => v.maps.size > 0);
  t.same([...v.maps.keys()], ["a-1/bf"]);
  v.hello({ layers: ["bf", "adf"] });
  await v.until("adf", () => v.maps.has("a-1/adf"));
  t.notOk(v.maps.has("a-1/sum"));
});

t.test("resume: only the rows that were missed, and then the same maps", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, base } = stand;
  const { maps } = aSeries(store, "a-1", 41, 8);
  const row = (r: number): void => {
    for (const name of ["sum", "bf"]) writeRow(maps, name, r, (i) => i * (r + 0.25));
    maps.commit();
  };
  row(0);
  let v = await connect(base);
  v.hello();
  await v.until("the start", () => v.maps.size === 2);
  for (let r = 1; r < 41; r++) {
    row(r);
    if (r % 7 === 3) v.socket.terminate();
    if (r % 7 === 5) {
      await v.closed;
      const seq = v.seq.get("a-1") ?? 0;
      const missed = maps.layers().flatMap((l) => [...l.rowSeq].filter((s) => s > seq)).length;
      const again = await connect(base, v);
      again.hello({ since: { series: "a-1", seq } });
      await again.until("what was missed", () => again.seq.get("a-1") === maps.seq);
      t.equal(
        again.tiles.reduce((n, x) => n + x.rows, 0),
        missed,
        "no row more",
      );
      t.notOk(again.tiles.some((x) => x.snapshot));
      v = again;
    }
    await pause();
  }
  await v.until("the end", () => v.seq.get("a-1") === maps.seq);
  await sameMaps(t, stand, v, "a-1");
  v.socket.terminate();
});

t.test("a `since` that does not fit gets one snapshot", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, base } = stand;
  const { maps } = aSeries(store, "a-1");
  writeRow(maps, "sum", 0, (i) => i);
  maps.commit();
  for (const since of [
    { series: "another", seq: 1 },
    { series: "a-1", seq: 99 },
    { series: "a-1", seq: 0 },
  ]) {
    const v = await connect(base);
    v.hello({ since });
    await v.until("the snapshot", () => v.tiles.length > 0);
    t.match(v.tiles, [{ snapshot: true, row: 0, rows: 4, seq: 1 }]);
    await sameMaps(t, stand, v, "a-1");
    await v.close();
  }
});

t.test("what was missed of a series that is no longer the newest", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, base } = stand;
  const first = aSeries(store, "a-1");
  writeRow(first.maps, "sum", 0, (i) => i);
  first.maps.commit();
  const v = await connect(base);
  v.hello();
  await v.until("row 0", () => v.maps.size === 1);
  await v.close();
  writeRow(first.maps, "sum", 1, (i) => i);
  first.story.state = "finished";
  first.maps.commit();
  const second = aSeries(store, "a-2");
  writeRow(second.maps, "sum", 0, (i) => i);
  second.maps.commit();
  const again = await connect(base, v);
  t.teardown(() => again.socket.terminate());
  again.hello({ since: { series: "a-1", seq: 1 } });
  await again.until("both", () => again.seq.get("a-1") === 2 && again.maps.has("a-2/sum"));
  await sameMaps(t, stand, again, "a-1");
  await sameMaps(t, stand, again, "a-2");
});

t.test("another grid: the series says so first, then comes a fresh picture", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, base } = stand;
  const { maps, story } = aSeries(store, "a-1", 4, 6);
  for (const name of ["sum", "bf"]) writeRow(maps, name, 0, (i) => i);
  maps.commit();
  const v = await connect(base);
  t.teardown(() => v.socket.terminate());
  v.hello();
  await v.until("the first picture", () => v.maps.size === 2);
  const shapes: [number, number][] = [
    [8, 3],
    [3, 8],
    [3, 8],
  ];
  for (const shape of shapes) {
    v.tiles.length = 0;
    maps.reshape(...shape);
    story.shape = shape;
    writeRow(maps, "sum", 1, (i) => i + 0.5);
    maps.commit();
    await v.until("the new picture", () => v.tiles.length > 0);
    t.ok(v.tiles.every((x) => x.snapshot === true && x.cols === shape[1]));
    t.match(v.series.at(-1), { shape, layers: [{ name: "sum" }] });
    await sameMaps(t, stand, v, "a-1");
  }
});

t.test("the rate of the client: rows in between are merged, none is lost", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, base } = stand;
  const { maps, story } = aSeries(store, "a-1", 64, 4);
  writeRow(maps, "sum", 0, (i) => i);
  maps.commit();
  const v = await connect(base);
  t.teardown(() => v.socket.terminate());
  v.hello({ max_rate_hz: 4 });
  await v.until("the start", () => v.tiles.length === 1);
  for (let r = 1; r < 64; r++) {
    writeRow(maps, "sum", r, (i) => i);
    story.frames = { ...story.frames, received: r };
    maps.commit();
    await new Promise((next) => setImmediate(next));
  }
  await v.until("the end", () => v.seq.get("a-1") === maps.seq && v.series.at(-1)?.frames.received === 63);
  t.ok(v.tiles.length < 32, `${v.tiles.length} tiles for 64 rows`);
  t.ok(v.series.length < 32, `${v.series.length} accounts for 64`);
  await sameMaps(t, stand, v, "a-1");
});

t.test("several clients get the same", async (t) => {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  const { store, base } = stand;
  const { maps } = aSeries(store, "a-1", 16, 4);
  const viewers = await Promise.all([1, 2, 3, 4].map(() => connect(base)));
  t.teardown(() => viewers.map((v) => v.socket.terminate()));
  for (const v of viewers) v.hello();
  for (let r = 0; r < 16; r++) {
    writeRow(maps, "sum", r, (i) => i / 2);
    maps.commit();
    await pause();
  }
  for (const v of viewers) {
    await v.until("the end", () => v.seq.get("a-1") === maps.seq);
    await sameMaps(t, stand, v, "a-1");
  }
});

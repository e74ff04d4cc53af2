import t from "tap";
import { PLAIN_RASTER } from "../../src/core/scan.js";
import { mapBytes } from "../../src/line/map-memory.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, messagesOf, played } from "../fixtures/scan.js";
import { aStand, MEASURES_ONLY } from "./stand.js";

/** Bytes for the maps of a plain scan. */
const planned = (rows: number, columns: number): number => mapBytes({ rows, columns, ...PLAIN_RASTER });

/** Uncompressed frames, so that they take room. */
function bulky(rows: number, columns: number) {
  const scan = aScan({ rows, columns, size: 256, electrons: 50 });
  const shape = { ...scan.shape, encoding: "none" as const, element: 0 };
  return { ...scan, shape, payloads: scan.frames.map((f) => new Uint8Array((f as Uint16Array).buffer)) };
}

for (const receiver of ["bound", "fast"] as const) {
  t.test(
    `a scan larger than the memory for frames: all of it mapped, the oldest frames gone, the newest there (${receiver})`,
    async (t) => {
      const scan = bulky(20, 20); // 400 frames of 128 KiB through 18 MiB
      const stand = await aStand({
        receiver,
        scan: { shape: [20, 20] },
        settings: { ...MEASURES_ONLY, "memory.backlog_mb": 16, "memory.frames_mb": 2 },
      });
      const m = messagesOf(scan, "dectris-v2");
      await stand.send([m.begin as Uint8Array[], ...scan.payloads.map((_, i) => m.image(i)), m.end as Uint8Array[]]);
      await stand.until(1);
      const run = stand.over[0] as SeriesRun;
      t.equal(run.state, "finished");
      t.equal(run.account.account().placed, 400);
      t.ok(stand.line.stats().memory.slab_mb <= 18, `slab ${stand.line.stats().memory.slab_mb} MiB`);
      t.same(
        Array.from(run.maps.layer("sum")?.value ?? []),
        scan.frames.map((f) => (f as Uint16Array).reduce((a, b) => a + b, 0)),
      );
      t.equal(await stand.line.pattern(run.id, 0, 0, "raw"), "gone");
      t.type(await stand.line.pattern(run.id, 19, 19, "raw"), Object);
      await stand.line.reshape(run.id, 10, 40);
      await stand.until(2);
      t.ok(
        stand.line.events().some((e) => e.code === "frames-gone"),
        "what cannot be laid out again is told",
      );
      t.equal(run.account.account().placed, 400, "and still counted");
      await stand.close();
    },
  );

  t.test(`a first line that does not fit into memory is not waited for (${receiver})`, async (t) => {
    const scan = bulky(2, 200); // one line is 25 MiB
    const stand = await aStand({
      receiver,
      scan: { shape: [2, 200] },
      settings: { ...MEASURES_ONLY, "memory.backlog_mb": 16, "memory.frames_mb": 2 },
    });
    const m = messagesOf(scan, "dectris-v2");
    await stand.send([m.begin as Uint8Array[], ...scan.payloads.map((_, i) => m.image(i)), m.end as Uint8Array[]]);
    await stand.until(1);
    t.equal(stand.over[0]?.account.account().placed, 400);
    t.ok(
      stand.line.events().some((e) => e.code === "line-forced"),
      "the decision is an event",
    );
    await stand.close();
  });
}

t.test("maps that do not fit: the rows that do are mapped, the rest is counted; and the oldest series makes room", async (t) => {
  const scan = aScan({ rows: 8, columns: 8 });
  const whole = planned(8, 8);
  const stand = await aStand({ scan: { shape: [8, 8], mostMapBytes: whole / 2 } });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  const { placed, beyond, lost } = run.account.account();
  t.equal(run.state, "finished");
  t.equal(placed, 8 * run.plan.grid.rows);
  t.ok(run.plan.grid.rows < 8 && run.plan.grid.rows > 0);
  t.same([placed + beyond, lost], [64, 0]);
  t.ok(stand.line.events().some((e) => e.code === "scan-contradiction" && e.message.includes("maps_mb")));
  await stand.close();

  const small = await aStand({ scan: { shape: [8, 8], mostMapBytes: 1.5 * whole } });
  for (const series of [1, 2]) await small.send(played(scan, "dectris-v2", { series, uniqueId: `s${series}` }));
  await small.until(2);
  t.equal(small.line.maps.get((small.over[0] as SeriesRun).id), "gone");
  t.type(small.line.maps.get((small.over[1] as SeriesRun).id), Object);
  await small.close();
});

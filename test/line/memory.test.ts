import t from "tap";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, messagesOf } from "../fixtures/scan.js";
import { aStand } from "./stand.js";

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
      const stand = await aStand({ receiver, scan: { shape: [20, 20] }, settings: { "memory.backlog_mb": 16, "memory.frames_mb": 2 } });
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
      t.equal(await run.pattern(0, 0), "gone");
      t.type(await run.pattern(19, 19), Object);
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
    const stand = await aStand({ receiver, scan: { shape: [2, 200] }, settings: { "memory.backlog_mb": 16, "memory.frames_mb": 2 } });
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

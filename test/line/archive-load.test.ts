import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import type { SeriesRun } from "../../src/line/series-run.js";
import { readRaw } from "../../src/sinks/archive/read-raw.js";
import { attributesOf, readZarr } from "../fixtures/read-zarr.js";
import { aScan, played } from "../fixtures/scan.js";
import { aStand, MEASURES_ONLY } from "./stand.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-archive-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Few frames, again and again. */
function aLargeScan(rows: number, columns: number, size: number) {
  const few = aScan({ rows: 4, columns: 4, size, electrons: 20_000, descan: 0 });
  const repeat = <T>(list: readonly T[]): T[] => Array.from({ length: rows * columns }, (_, i) => list[i % list.length] as T);
  return { ...few, rows, columns, payloads: repeat(few.payloads), frames: repeat(few.frames) };
}

t.test("overload: while positions are put off every frame is archived, bit for bit", { timeout: 300_000 }, async (t) => {
  const [rows, columns] = [64, 64];
  const scan = aLargeScan(rows, columns, 512);
  const stand = await aStand({
    receiver: "fast",
    scan: { shape: [rows, columns] },
    // The frames themselves would be the patterns: of binned ones little is to be packed.
    settings: {
      "lanes.pixel": 1,
      "lanes.most_lag_s": 0.05,
      "memory.backlog_mb": 512,
      ...MEASURES_ONLY,
      "archive.directory": folder,
      "archive.bin": 4,
    },
  });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, stand.line.stats().overload.waiting_measures);
  }, 20);
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  clearInterval(watch);
  const run = stand.over[0] as SeriesRun;
  t.ok(most > 0, `${most} positions were put off`);
  t.match(run, { state: "finished", account: { placed: rows * columns }, archive: { state: "closed" } });
  const path = run.archive?.path ?? "";
  const expected = scan.payloads.slice(0, 16).map(digest);
  let [n, wrong] = [0, 0];
  for (const f of readRaw(path).frames()) {
    if (f.image !== n || f.position !== n || digest(f.bytes) !== expected[n % 16]) wrong++;
    n++;
  }
  t.same([n, wrong], [rows * columns, 0]);
  const { provenance } = attributesOf(path, "braggstream") as { provenance: { events: { code: string }[] } };
  t.ok(
    provenance.events.some((e) => e.code === "overload"),
    "what the clock decided is told",
  );
  await stand.close();
});

t.test("patterns of frames that memory could not keep are made from the archive, with the same bits", { timeout: 300_000 }, async (t) => {
  const [rows, columns] = [9, 10];
  const packed = aScan({ rows, columns, size: 256, electrons: 2000, descan: 0 });
  const plain = {
    ...packed,
    shape: { ...packed.shape, encoding: "none", element: 0 } as const,
    payloads: packed.frames.map((f) => new Uint8Array((f as Uint16Array).buffer)),
  };
  const stacks: string[] = [];
  for (const [frames, raw] of [
    [256, true],
    [2, true],
    [2, false],
  ] as const) {
    const directory = mkdtempSync(join(folder, "small-"));
    const memory = { "memory.backlog_mb": 24, "memory.frames_mb": frames, "archive.directory": directory, "archive.raw": raw };
    const beam = { "calibration.beam_center": [128, 127], "calibration.bf_radius_px": 25.6, "components.max": 0 };
    const stand = await aStand({ scan: { shape: [rows, columns] }, settings: { "denoise.method": "neighbour", ...memory, ...beam } });
    const calm = (): boolean => {
      const { backlog, archive, denoise } = stand.line.stats();
      return backlog === 0 && (archive?.waiting_bytes ?? 0) < 1 << 20 && denoise.waiting <= 2 * columns;
    };
    let sent = 0;
    for (const parts of played(plain, "dectris-v2")) {
      await stand.sender.send(parts);
      // No faster than a row after the other is worked on: nothing but what is kept is in memory.
      if (sent++ % columns === 0)
        while ((stand.line.newest()?.account.received ?? 0) < sent - 1 || !calm()) await new Promise((r) => setTimeout(r, 5));
    }
    await stand.until(1);
    const run = stand.over[0] as SeriesRun;
    const { final, gone } = run.maps.info().denoise.patterns;
    const path = run.archive?.path ?? "";
    const { values } = readZarr(path, "Experiments", run.id, "data");
    if (raw) {
      t.same([final, gone], [rows * columns, 0]);
      stacks.push(digest(new Uint8Array(values.buffer)));
    } else t.ok(gone > 0 && final > 0, "without archived frames they are gone");
    if (frames === 2) t.equal(await stand.line.pattern(run.id, 0, 0, "raw"), "gone", "it is not in memory");
    await stand.close();
  }
  t.equal(stacks[1], stacks[0]);
});

t.test("a disk that never answers holds up nobody", { timeout: 300_000 }, async (t) => {
  const [rows, columns] = [56, 56];
  const scan = aLargeScan(rows, columns, 512);
  const stand = await aStand({
    archive: new URL("./stuck-archive.worker.js", import.meta.url),
    scan: { shape: [rows, columns] },
    settings: { "memory.backlog_mb": 16, "memory.frames_mb": 0, ...MEASURES_ONLY, "archive.directory": folder },
  });
  await stand.send(played(scan, "dectris-v2"));
  const bytes = scan.payloads.reduce((n, p) => n + p.length, 0);
  t.ok(bytes > 20 << 20, "more than there is memory for");
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  t.match(run, { state: "finished", account: { placed: rows * columns, account: Function } });
  t.match(run.archive, { state: "stopped", reason: /too slow/ });
  t.match(stand.line.events().find((e) => e.code === "archive-stopped")?.message, /the disk is too slow/);
  t.match(stand.line.stats().archive, { newest: { state: "stopped" } });
  await stand.close();
});

t.test("a thread of archives that fails ends archives, not scans", { timeout: 300_000 }, async (t) => {
  const scan = aScan({ rows: 6, columns: 7, size: 32 });
  const stand = await aStand({
    archive: new URL("./failing-archive.worker.js", import.meta.url),
    scan: { shape: [6, 7] },
    settings: { ...MEASURES_ONLY, "archive.directory": folder },
  });
  for (const series of [1, 2]) {
    await stand.send(played(scan, "dectris-v2", { series }));
    await stand.until(series);
    t.match(stand.over[series - 1], { state: "finished", archive: { state: "stopped", reason: /has failed: a bug/ } });
  }
  await stand.close();
});

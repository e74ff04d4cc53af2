import t from "tap";
import { archiveWords } from "../../dashboard/lib/archive-words.js";
import { readSeries, readStats } from "../../dashboard/lib/read-message.js";

const writing = { path: "/data/a.zspy", state: "writing", reason: null, bytes: 1_530_000_000 } as const;
const disk = { directory: "/data", free_bytes: 2.5e11, waiting_bytes: 0, newest: writing };

t.test("what is said of the archive", async (t) => {
  t.equal(archiveWords(null, null), "Off");
  t.equal(archiveWords(null, { ...disk, newest: null }), "Begins with a scan, /data, 250 GB free");
  t.equal(archiveWords(null, { ...disk, free_bytes: null }), "Begins with a scan, /data");
  t.equal(archiveWords(writing, null), "/data/a.zspy, 1.5 GB written, being written");
  t.equal(
    archiveWords(writing, { ...disk, waiting_bytes: 2e7 }),
    "/data/a.zspy, 1.5 GB written, 20 MB waiting, 250 GB free, being written",
  );
  const stopped = { ...writing, state: "stopped", reason: "no room", bytes: 12 } as const;
  t.equal(archiveWords(stopped, null), "/data/a.zspy, 12 B written, stopped: no room");
});

t.test("what comes from the daemon is read, whatever it is", async (t) => {
  const series = { id: "a", shape: [2, 3] };
  t.same(readSeries({ ...series, archive: writing })?.archive, writing);
  for (const nothing of [null, undefined, 3, []]) {
    t.equal(readSeries({ ...series, archive: nothing })?.archive, null);
    t.equal(readStats({ archive: nothing })?.archive, null);
  }
  t.same(readSeries({ ...series, archive: {} })?.archive, { path: "", state: "writing", reason: null, bytes: 0 });
  t.same(readStats({ archive: disk })?.archive, disk);
  t.same(readStats({ archive: { newest: 1 } })?.archive, { directory: "", free_bytes: null, waiting_bytes: 0, newest: null });
});

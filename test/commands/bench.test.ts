import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { wrongSums } from "../../bench/check-sums.js";
import { makeFrames } from "../../bench/frames.js";
import { openLineRun } from "../../bench/line-run.js";
import { readTables } from "../../src/commands/bench/read-tables.js";
import { benchCommand } from "../../src/commands/bench.js";
import { anIo, runCommand } from "../fixtures/command-line.js";
import { needs } from "../fixtures/shared.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-bench-"));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test("printed tables become data, prose does not", async (t) => {
  const lines = [
    "What this is, in words",
    "",
    "type   counts/px   kfps of a core",
    "uint8       0.01             70.3",
    "uint16         5              NaN",
    "",
    "a line of prose between",
    "  bytes  best µs",
    "   2048     1.25",
    "  heading alone  without rows",
  ];
  t.same(readTables(lines), [
    {
      columns: ["type", "counts/px", "kfps of a core"],
      rows: [
        { type: "uint8", "counts/px": 0.01, "kfps of a core": 70.3 },
        { type: "uint16", "counts/px": 5, "kfps of a core": "NaN" },
      ],
    },
    { columns: ["bytes", "best µs"], rows: [{ bytes: 2048, "best µs": 1.25 }] },
  ]);
  t.same(readTables([]), []);
});

t.test("help names every benchmark, and what is wrong is said before anything runs", async (t) => {
  const { code, out } = await runCommand(benchCommand, ["--help"]);
  t.equal(code, 0);
  for (const word of ["kernels", "line", "soak", "--only", "--quick", "--json"]) t.match(out, word);
  await t.rejects(runCommand(benchCommand, ["--only", "disk"]), { code: "bad-usage", message: /--only must be one of kernels, / });
  await t.rejects(runCommand(benchCommand, ["--quik"]), { code: "bad-usage", message: /did you mean --quick/ });
  await t.rejects(runCommand(benchCommand, ["line"]), { code: "bad-usage", message: /unexpected argument/ });
  await t.rejects(runCommand(benchCommand, ["--json", join(folder, "no", "x")]), { code: "bad-file", message: /cannot be written/ });
});

t.test("a benchmark prints its table, and the file holds the same", async (t) => {
  const file = join(folder, "report.json");
  const { code, out } = await runCommand(benchCommand, ["--only", "kernels", "--quick", "--json", file]);
  t.equal(code, 0);
  t.match(out, /cores.*Node/);
  const report = JSON.parse(readFileSync(file, "utf8"));
  t.match(report, { node: process.version, quick: true, cores: Number });
  t.equal(report.benchmarks.length, 1);
  const [{ name, tables }] = report.benchmarks;
  t.equal(name, "kernels");
  t.ok(tables[0].rows.length > 0);
  for (const row of tables[0].rows) t.match(out, new RegExp(Object.values(row)[0] as string));
});

t.test("a stop ends it", async (t) => {
  const stop = new AbortController();
  stop.abort();
  t.equal(await benchCommand.run(["--only", "kernels"], anIo({ signal: stop.signal })), 0);
});

t.test(
  "frames from the publisher are all placed, with the sums that were sent",
  needs(process.platform === "linux", "/proc"),
  async (t) => {
    const kind = { size: 64, type: "uint16", counts: 0.5 } as const;
    const replay = makeFrames(kind);
    t.ok(replay.payloads.length >= 64);
    const run = await openLineRun(kind);
    try {
      for (let scan = 1; scan <= 2; scan++) {
        const { sent, windows, resident, metrics } = await run.scan({ rate: 2000, seconds: 1.2, windows: 1 });
        t.match(await run.account(), { placed: 2560, lost: 0, malformed: 0, not_sent: 0 });
        t.equal(await wrongSums(run.daemon, replay), 0);
        t.ok(sent.seconds > 0 && windows.length === 1 && (resident[0] ?? 0) > 0);
        t.ok((metrics.get("frame_to_map_seconds_count") ?? 0) > 0);
      }
      const others = replay.patterns.map((p) => p.map((v) => v + 1));
      t.equal(await wrongSums(run.daemon, { ...replay, patterns: others }), 2560, "other frames are told apart");
    } finally {
      await run.stop();
    }
  },
);

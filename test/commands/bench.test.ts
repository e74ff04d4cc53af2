import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { readTables } from "../../src/commands/bench/read-tables.js";
import { benchCommand } from "../../src/commands/bench.js";
import { type Table, tablesOf, withoutNumber } from "../fixtures/bench-tables.js";
import { anIo, runCommand } from "../fixtures/command-line.js";

// Several programs, each of some seconds.
t.setTimeout(480_000);
const folder = mkdtempSync(join(tmpdir(), "braggstream-bench-"));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test("printed tables become data, prose does not", async (t) => {
  const lines = [
    "What this is, in words",
    "",
    "| type   | counts/px | two words |",
    "|-------:|----------:|----------:|",
    "|  uint8 |      0.01 |      70.3 |",
    "| uint16 |         5 |         - |",
    "|        |           |       3/4 |",
    "",
    "a line of prose | with a bar",
    "| bytes | best µs |",
    "|------:|--------:|",
    "|  2048 |    1.25 |",
  ];
  t.same(readTables(lines), [
    {
      columns: ["type", "counts/px", "two words"],
      rows: [
        { type: "uint8", "counts/px": 0.01, "two words": 70.3 },
        { type: "uint16", "counts/px": 5, "two words": "-" },
        { type: "", "counts/px": "", "two words": "3/4" },
      ],
    },
    { columns: ["bytes", "best µs"], rows: [{ bytes: 2048, "best µs": 1.25 }] },
  ]);
  t.same(readTables([]), []);
});

t.test("help names every benchmark, and what is wrong is said before anything runs", async (t) => {
  const { code, out } = await runCommand(benchCommand, ["--help"]);
  t.equal(code, 0);
  for (const word of [
    "kernels",
    "line",
    "soak",
    "burst",
    "quality",
    "--only",
    "--quick",
    "--json",
    "--lanes",
    "--case",
    "--scan",
    "--frames",
    "--data",
    "--set",
    "--dose",
    "--method",
    "minutes",
  ])
    t.match(out, word);
  await t.rejects(runCommand(benchCommand, ["--only", "disk"]), { code: "bad-usage", message: /--only must be one of kernels, / });
  await t.rejects(runCommand(benchCommand, ["--quik"]), { code: "bad-usage", message: /did you mean --quick/ });
  await t.rejects(runCommand(benchCommand, ["line"]), { code: "bad-usage", message: /unexpected argument/ });
  await t.rejects(runCommand(benchCommand, ["--json", join(folder, "no", "x")]), { code: "bad-file", message: /cannot be written/ });
});

t.test("a program refuses what it cannot use, and says so", async (t) => {
  const said: string[] = [];
  const io = { ...anIo({}), err: (line: string) => void said.push(line) };
  await t.rejects(benchCommand.run(["--only", "kernels", "--case", "192x191-u8-1"], io), /the benchmark kernels failed/);
  t.match(said.join("\n"), /--case must be SIZExSIZE/);
});

t.test("a stop ends it", async (t) => {
  const stop = new AbortController();
  stop.abort();
  t.equal(await benchCommand.run(["--only", "kernels"], anIo({ signal: stop.signal })), 0);
});

t.test("kernels, envelopes and receivers each fill their table", async (t) => {
  const [kernels] = await tablesOf(t, "kernels");
  t.same(withoutNumber(kernels as Table, "type"), []);
  const [envelope] = await tablesOf(t, "envelope");
  t.same(withoutNumber(envelope as Table, "message", "general / scanner"), []);
  const [receive] = await tablesOf(t, "receive");
  t.same(withoutNumber(receive as Table, "receiver"), []);
  const names = new Set(receive?.rows.map((r) => r.receiver));
  t.ok(names.has("fast") && names.has("zeromq.js"));
});

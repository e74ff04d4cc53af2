import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { readTables } from "../../src/commands/bench/read-tables.js";
import { benchCommand } from "../../src/commands/bench.js";
import { anIo, runCommand } from "../fixtures/command-line.js";
import { needs } from "../fixtures/shared.js";

// Several programs, each of some seconds.
t.setTimeout(240_000);
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
    "--only",
    "--quick",
    "--json",
    "--lanes",
    "--case",
    "--scan",
    "--frames",
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

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Record<string, string | number>[];
}

/** Runs one benchmark and returns its tables, which must be the same in print and in the file. */
async function tablesOf(t: Test, ...args: string[]): Promise<readonly Table[]> {
  const file = join(folder, "report.json");
  const { code, out } = await runCommand(benchCommand, ["--quick", "--json", file, "--only", ...args]);
  t.equal(code, 0);
  t.match(out, /cores.*Node/);
  const report = JSON.parse(readFileSync(file, "utf8"));
  t.match(report, { node: process.version, cores: Number, load: [Number, Number, Number] });
  t.same(report.options, ["--quick", ...args.slice(1)]);
  t.equal(report.benchmarks.length, 1);
  t.equal(report.benchmarks[0].name, args[0]);
  t.same(readTables(out.split("\n")), report.benchmarks[0].tables);
  return report.benchmarks[0].tables;
}
/** Cells that hold no number although they should. */
const withoutNumber = ({ rows }: Table, ...words: string[]): string[] =>
  rows.flatMap((row) =>
    Object.entries(row).flatMap(([name, v]) => (words.includes(name) || typeof v === "number" ? [] : [`${name}: ${v}`])),
  );

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

const linux = needs(process.platform === "linux", "/proc");
const SMALL = ["--lanes", "1", "--case", "64x64-u16-0.5"];

t.test("the line: every number is there, and nothing is lost or wrong", linux, async (t) => {
  const [alone, cost, behaviour, ratios, threads] = await tablesOf(t, "line", ...SMALL);
  t.same(withoutNumber(alone as Table), []);
  t.match(cost?.rows, [{ case: "64x64-u16-0.5", whole: /^\d\/3$/ }]);
  t.match(behaviour?.rows, [{ lost: 0, wrong: 0 }]);
  t.same(withoutNumber(behaviour as Table, "case"), []);
  t.equal(ratios?.rows.length, 1);
  t.ok(Array.isArray(threads?.rows));
});

t.test("the soak: sums and memory", linux, async (t) => {
  const [account, memory] = await tablesOf(t, "soak", ...SMALL, "--scan", "64x64", "--frames", "12000");
  t.match(account?.rows, [{ sent: 12288, placed: 12288, lost: 0, wrong: 0 }]);
  t.same(withoutNumber(memory as Table), []);
});

t.test("the burst: each frame is accounted for", linux, async (t) => {
  const [table] = await tablesOf(t, "burst", ...SMALL);
  const rows = new Map(table?.rows.map((r) => [r[""], [r["3 x capacity"], r["10 x capacity"]]]));
  t.same(rows.get("account"), ["exact", "exact"]);
  t.same(rows.get("wrong of these in the end"), [0, 0]);
  const images = rows.get("images") as number[];
  t.same(
    [0, 1].map((i) => Number(rows.get("sent")?.[i]) + Number(rows.get("lost at the sender")?.[i])),
    images,
  );
});

import t from "tap";
import { accountGaps } from "../../bench/account.js";
import { CASES, caseName, parseCase } from "../../bench/cases.js";
import { gcBetween } from "../../bench/gc-log.js";
import { compileLibzmq } from "../../bench/libzmq.js";
import { parseOptions } from "../../bench/options.js";
import { stageOf } from "../../bench/process-times.js";
import { quantile } from "../../bench/quantile.js";
import { searchRate } from "../../bench/search-rate.js";
import { createTable } from "../../bench/table.js";
import { bestWindow, type Window } from "../../bench/window.js";

t.test("options: what is given, and a sentence for what cannot be", async (t) => {
  t.same(parseOptions([]), { quick: false });
  t.same(parseOptions(["--quick", "--lanes", "3", "--case", "256x256-u16-0.1", "--scan", "64x32", "--frames", "100"]), {
    quick: true,
    lanes: 3,
    kind: { size: 256, type: "uint16", counts: 0.1 },
    scan: [64, 32],
    frames: 100,
  });
  for (const bad of ["0", "1.5", "x"]) t.throws(() => parseOptions(["--lanes", bad]), /--lanes must be a whole number/);
  for (const bad of ["64", "1x64", "64x"]) t.throws(() => parseOptions(["--scan", bad]), /--scan must be ROWSxCOLS/);
  for (const bad of ["192", "192x191-u8-1", "8x8-u8-1", "64x64-u32-1", "64x64-u8-0"])
    t.throws(() => parseOptions(["--case", bad]), /--case must be SIZExSIZE/);
  for (const kind of CASES) t.same(parseCase(caseName(kind)), kind);
});

/** A line that keeps every rate up to `limit`. */
async function search(limit: number, first: number, most: number) {
  const asked: number[] = [];
  const attempt = async (rate: number) => {
    asked.push(rate);
    return { kept: rate <= limit, rate: Math.min(rate, limit) };
  };
  return { found: await searchRate(attempt, first, most), asked };
}

t.test("the search comes near the highest rate that is kept, from below and from above", async (t) => {
  for (const first of [10, 900, 1100, 50_000]) {
    const { found } = await search(1000, first, 20);
    t.ok(found <= 1000 && found > 900, `from ${first}: ${found}`);
  }
  const few = await search(90, 10, 1);
  t.same([few.found, few.asked], [80, [10, 20, 40, 80, 160, Math.sqrt(80 * 160)]], "no more trials than allowed");
  const never = await searchRate(async (rate) => ({ kept: false, rate: rate / 2 }), 800, 1);
  t.equal(never, 200, "never kept: what was done of the last");
  const always = await search(Number.POSITIVE_INFINITY, 1, 5);
  t.equal(always.found, 4096, "always kept: it ends");
});

t.test("a table is Markdown; numbers have three digits, NaN is a dash", async (t) => {
  const lines: string[] = [];
  const table = createTable(["name", "a long heading"], (line) => lines.push(line));
  table.head();
  table.row(["x", 1234.5]);
  table.row(["y", 12.345]);
  table.row(["", 0.1234]);
  table.row(["z", Number.NaN]);
  table.row(["n", 7]);
  t.same(lines, [
    "|    name | a long heading |",
    "|--------:|---------------:|",
    "|       x |           1235 |",
    "|       y |           12.3 |",
    "|         |           0.12 |",
    "|       z |              - |",
    "|       n |              7 |",
  ]);
});

t.test("lines of the garbage collector become work per second and thread", async (t) => {
  const line = (thread: string, at: number, n: number) =>
    JSON.stringify({ thread, at, scavenges: n, scavengeMs: 2 * n, marks: 0, markMs: 0, bytes: 100 * n });
  const log = [line("main", 0, 50), line("main", 1000, 100), line("ingest", 1100, 7), line("main", 2000, 103), line("main", 3000, 110)];
  const text = `${[...log, "null", line("main", 9000, 999)].join("\n")}\n{"thread":"ma`;
  const work = gcBetween(text, 1000, 3000);
  t.same([...work], [["main", { scavenges: 5, scavengeMs: 10, marks: 0, markMs: 0, bytes: 500 }]]);
  t.same([...gcBetween("", 0, 1)], []);
});

t.test("threads by their name", async (t) => {
  const names = ["main", "pixels-0", "pixels-11", "ingest", "ZMQbg/IO/0", "node", "libuv-worker"];
  t.same(names.map(stageOf), ["main", "pixels", "pixels", "receive", "receive", "gc", "other"]);
});

t.test("quantiles of a histogram", async (t) => {
  const values = [
    ['h_bucket{le="1"}', 50],
    ['h_bucket{le="2"}', 90],
    ['h_bucket{le="+Inf"}', 100],
    ['other_bucket{le="1"}', 5],
  ] as const;
  t.equal(quantile(new Map(values), "h", 0.25), 0.5);
  t.equal(quantile(new Map(values), "h", 0.7), 1.5);
  t.equal(quantile(new Map(values), "h", 0.99), Number.POSITIVE_INFINITY);
  t.ok(Number.isNaN(quantile(new Map(), "h", 0.5)));
});

t.test("only windows that count are compared", async (t) => {
  const window = (total: number, whole: boolean): Window => ({ frames: 1, seconds: 1, whole, threads: new Map(), total, lagMs: 0 });
  t.equal(bestWindow([window(5, true), window(1, false), window(4, true)])?.total, 4);
  t.equal(bestWindow([window(1, false)]), null);
});

t.test("an account that adds up, and what does not", async (t) => {
  const sent = { frames: 90, dropped: 10 };
  const account = { received: 90, placed: 88, duplicate: 1, skipped: 0, beyond: 0, malformed: 1, lost: 9, not_sent: 1 };
  const maps = { measured: 80, waiting: 8, absent: 12, wrong: 0 };
  t.same(accountGaps(100, sent, account, maps), []);
  t.same(accountGaps(100, sent, { ...account, received: 89, placed: 87 }, maps), [
    "sent 90, received 89",
    "placed 87, measured + waiting 88",
  ]);
  t.same(accountGaps(101, sent, account, maps), ["images 101, sent + dropped 100", "images 101, positions 100"]);
});

t.test("without a compiler the libzmq receiver is left out, with the reason", async (t) => {
  t.match(compileLibzmq("there-is-no-such-compiler"), /there is no C compiler/);
  t.match(compileLibzmq("false"), /headers of libzmq are not installed/);
});

// Five million frames at 80 % of the capacity: nothing lost, nothing wrong, and memory that stays. Linux only.
import { findCapacity } from "./capacity.js";
import { wrongSums } from "./check-sums.js";
import { makeFrames } from "./frames.js";
import { openLineRun } from "./line-run.js";
import { createTable } from "./table.js";

const quick = process.argv.includes("--quick");
const FRAMES = quick ? 50_000 : 5_000_000;
const PROBES = quick ? 1 : 5;
const LOAD = 0.8;
/** Share of the run after which memory should no longer grow. */
const WARM = 0.2;
/** A look at the daemon takes a little longer than its window. */
const LOOK_SECONDS = 0.6;

const progress = (line: string): void => void process.stderr.write(`soak: ${line}\n`);
const kind = { size: 192, type: "uint8", counts: 0.01 } as const;
const run = await openLineRun(kind);
const rate = LOAD * (await findCapacity(run, PROBES, progress));
const seconds = FRAMES / rate;
progress(`${FRAMES} frames at ${Math.round(rate)} frames/s: ${Math.ceil(seconds / 60)} minutes`);
const scan = await run.scan({ rate, seconds, windows: Math.max(1, Math.floor(seconds / LOOK_SECONDS) - 1) });
const { placed, lost, malformed, not_sent } = await run.account();
const wrong = await wrongSums(run.daemon, makeFrames(kind));
const steady = scan.resident.slice(Math.floor(WARM * scan.resident.length)).map(Math.round);
const middle = scan.windows.map((w) => w.perFrame.total).sort((a, b) => a - b)[scan.windows.length >> 1] ?? 0;
const table = createTable(["frames", "frames/s", "lost", "wrong", "median µs", "least MiB", "most MiB", "last MiB"]);
table.head();
const memory = [Math.min(...steady), Math.max(...steady), steady.at(-1) ?? 0];
table.row([placed, Math.round(rate), lost + malformed + not_sent, wrong, middle, ...memory]);
await run.stop();

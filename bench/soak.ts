// Millions of frames at a share of the capacity: nothing lost, nothing wrong, and memory that stays. Linux only.
import { capacityEffort, findCapacity } from "./capacity.js";
import { caseName, FIRST_CASE } from "./cases.js";
import { checkMaps } from "./check-sums.js";
import { makeFrames } from "./frames.js";
import { openLineRun } from "./line-run.js";
import { options } from "./options.js";
import { residentMiB } from "./process-times.js";
import { startPublisher } from "./publisher-client.js";
import { createTable } from "./table.js";

const { quick, lanes, kind = FIRST_CASE, scan, frames = quick ? 60_000 : 5_000_000 } = options();
/** Positions of one scan: its layers and the slab are full soon, and what follows is the steady state. */
const shape = scan ?? (quick ? ([128, 128] as const) : ([512, 512] as const));
const LOAD = 0.8;
/** Scans after which memory should no longer grow, and the slab is full: MiB. */
const WARM_SCANS = 2;
const SETTINGS = { BRAGGSTREAM__MEMORY__BACKLOG_MB: "128" };
const SAMPLE_MS = 500;

const progress = (line: string): void => void process.stderr.write(`soak: ${line}\n`);
const settings = lanes === undefined ? SETTINGS : { ...SETTINGS, BRAGGSTREAM__LANES__PIXEL: String(lanes) };
const replay = makeFrames(kind);
const publisher = await startPublisher(kind);
const run = await openLineRun(publisher, settings);
const capacity = await findCapacity(run, capacityEffort(quick), progress);
const rate = LOAD * capacity;
const scans = Math.max(1, Math.ceil(frames / (shape[0] * shape[1])));
progress(`${scans} scans of ${shape.join("x")} at ${Math.round(rate)} frames/s: ${Math.ceil(frames / rate / 60)} minutes`);

let [sent, placed, lost, wrong, late] = [0, 0, 0, 0, 0];
const resident: number[] = [];
let warm = 0;
for (let i = 0; i < scans; i++) {
  if (i === Math.min(WARM_SCANS, scans - 1)) warm = resident.length;
  const sampling = setInterval(() => resident.push(residentMiB(run.daemon.pid)), SAMPLE_MS);
  const done = await run.scan({ rate, seconds: 0, shape });
  clearInterval(sampling);
  resident.push(residentMiB(run.daemon.pid));
  const check = await checkMaps(run.daemon, replay);
  sent += done.sent.frames;
  placed += done.account.placed;
  lost += done.images - check.measured;
  wrong += check.wrong;
  late = Math.max(late, done.sent.lateSeconds);
  progress(`scan ${i + 1}: ${check.measured} measured, ${check.wrong} wrong, ${Math.round(resident.at(-1) ?? 0)} MiB`);
}
await run.stop();
publisher.stop();

console.log(`${caseName(kind)}: ${scans} scans of ${shape.join(" x ")} at ${100 * LOAD} % of ${Math.round(capacity)} frames/s\n`);
const account = createTable(["sent", "placed", "lost", "wrong", "late ms"]);
account.head();
account.row([sent, placed, lost, wrong, 1000 * late]);
const steady = resident.slice(warm);
const [least, most] = [Math.min(...steady), Math.max(...steady)];
console.log(
  `\nResident memory in MiB; steady: after ${Math.min(WARM_SCANS, scans - 1)} scans; spread: half of most - least, of their mean; growth over the steady part\n`,
);
const memory = createTable(["first", "steady least", "steady most", "last", "spread %", "MiB per million", "samples"]);
memory.head();
const spread = (100 * (most - least)) / (most + least);
const growth = (steady.at(-1) ?? 0) - (steady[0] ?? 0);
const millions = (sent * steady.length) / resident.length / 1e6;
memory.row([...[resident[0] ?? 0, least, most, steady.at(-1) ?? 0].map(Math.round), spread, growth / millions, steady.length]);

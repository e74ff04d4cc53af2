// What denoising is worth: peers and the daemon on simulated scans whose truth is known.
import { angleMatcher } from "./quality/match-angle.js";
import { type Estimates, estimatesOf } from "./quality/methods.js";
import { parseQualityOptions, type QualityOptions } from "./quality/options.js";
import { boundaryMixing, scoreEstimates } from "./quality/score.js";
import { readTruthSet, type TruthSet } from "./quality/truth-set.js";
import { createTable } from "./table.js";

const progress = (line: string): void => void process.stderr.write(`quality: ${line}\n`);
const HEADINGS = [
  "scan",
  "e-",
  "method".padEnd(10),
  "PSNR dB",
  "dark dB",
  "deviance",
  "contrast",
  "edge dB",
  "worse %",
  "edge worse %",
  "mixing",
  "angle core",
  "angle edge",
  "ended s",
  "last s",
];
/** Digits of dB and percent, and of correlations and degrees. */
const COARSE = 2;
const FINE = 3;

const digits = (value: number, count: number): number | string => (Number.isFinite(value) ? value.toFixed(count) : Number.NaN);

function options(): QualityOptions {
  try {
    return parseQualityOptions(process.argv.slice(2));
  } catch (e) {
    console.error((e as Error).message);
    process.exit(2);
  }
}

type Matcher = ReturnType<typeof angleMatcher>;

async function row(set: TruthSet, method: string, { at, average, daemon }: Estimates, match: Matcher): Promise<(string | number)[]> {
  const s = await scoreEstimates(set, at);
  const angle = match ? await match(at) : { core: Number.NaN, boundary: Number.NaN };
  const mixing = average ? boundaryMixing(set, average) : Number.NaN;
  if (daemon && daemon.incomplete > 0) progress(`${method}: ${daemon.incomplete} patterns have good pixels without a value`);
  return [
    set.name,
    set.dose,
    method,
    ...[s.psnr, s.darkPsnr].map((v) => digits(v, COARSE)),
    s.deviance,
    digits(s.contrast, FINE),
    digits(s.boundaryPsnr, COARSE),
    ...[100 * s.worse, 100 * s.boundaryWorse].map((v) => digits(v, COARSE)),
    ...[mixing, angle.core, angle.boundary].map((v) => digits(v, FINE)),
    daemon?.endedSeconds ?? Number.NaN,
    daemon?.seconds ?? Number.NaN,
  ];
}

const { cases, methods } = options();
const leftOut = new Map<string, string>();
const table = createTable(HEADINGS);
table.head();
for (const { folder, dose } of cases) {
  const set = readTruthSet(folder, dose);
  const match = angleMatcher(set);
  for (const method of methods) {
    const began = performance.now();
    try {
      table.row(await row(set, method, await estimatesOf(set, method), match));
    } catch (e) {
      leftOut.set(method, (e as Error).message);
    }
    progress(`${set.name} ${dose} ${method}: ${Math.round((performance.now() - began) / 1000)} s`);
  }
}
for (const [method, why] of leftOut) console.log(`\n${method} is left out: ${why}`);
if (leftOut.size === methods.length) process.exitCode = 1;

// What components are worth: grains and classes against the truth of simulated scans.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Components, findComponents } from "./quality/components.js";
import { parseQualityOptions, type QualityOptions } from "./quality/options.js";
import { adjustedRand, homogeneity, normalisedMutualInformation } from "./quality/partition-scores.js";
import { readTruthSet, type TruthSet } from "./quality/truth-set.js";
import { readNpy } from "./read-npy.js";
import { createTable } from "./table.js";

const HEADINGS = [
  "scan",
  "e-",
  "grain ARI",
  "in cores",
  "NMI",
  "online",
  "class ARI",
  "phase",
  "label phase",
  "regions",
  "truth",
  "churn %",
  "at end %",
  "rows us",
  "end us",
  "classes us",
  "centre px",
];
const FIRST_GRAIN = 2;
const DIGITS = 3;
const fixed = (value: number): string => value.toFixed(DIGITS);

function options(): QualityOptions {
  try {
    return parseQualityOptions(process.argv.slice(2));
  } catch (e) {
    console.error((e as Error).message);
    process.exit(2);
  }
}

/** Zone of every grain position, and what else there is; null: the scan has no zones. */
function zones(folder: string, set: TruthSet): Int32Array | null {
  const file = join(folder, "zone_id");
  if (!existsSync(`${file}.npy`)) return null;
  const zone = readNpy(`${file}.npy`).values;
  return Int32Array.from(set.grain, (g, p) => (g < FIRST_GRAIN ? -1 - g : (zone[p] as number)));
}

function row(folder: string, set: TruthSet, found: Components): (string | number)[] {
  const phase = Int32Array.from(set.grain, (g) => Math.min(g, FIRST_GRAIN));
  const cores = (values: Int16Array | Int32Array) => values.filter((_, p) => set.boundary[p] === 0);
  const zone = zones(folder, set);
  return [
    set.name,
    set.dose,
    fixed(adjustedRand(set.grain, found.grain)),
    fixed(adjustedRand(cores(set.grain), cores(found.grain))),
    fixed(normalisedMutualInformation(set.grain, found.grain)),
    fixed(adjustedRand(set.grain, found.online)),
    zone ? fixed(adjustedRand(zone, found.label)) : Number.NaN,
    fixed(homogeneity(phase, found.grain)),
    fixed(homogeneity(phase, found.label)),
    found.regions,
    new Set(set.grain).size,
    (100 * found.churn.bands).toFixed(1),
    (100 * found.churn.end).toFixed(1),
    ...[found.cost.rows, found.cost.finish, found.cost.classes].map(Math.round),
    fixed(found.centre),
  ];
}

const { cases } = options();
const table = createTable(HEADINGS);
table.head();
for (const { folder, dose } of cases) {
  const set = readTruthSet(folder, dose);
  table.row(row(folder, set, findComponents(set, [1, 0])));
}

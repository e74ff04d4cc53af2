// Components: microseconds of CPU per position of each stage, and positions per second of one core, for a generated scan of 192 x 192
// pixels. `binning`: decoded counts to polar events; `superpixels`; `regions`: signatures and merging; `relabelling`: borders, once; `classes`: all
// epochs, with novelty and shares; `found`: components; `finish`: what settles the scan after its last row. `chain`: all of it; `plain`: how many times as long plain TypeScript takes.
// All threads of the process count, those of the garbage collector among them. Then the rates of the whole line (components-line.ts).
import { readFileSync } from "node:fs";
import { ComponentScan } from "../src/components/component-scan.js";
import { crystalMatter } from "../src/components/crystal-matter.js";
import { EventBinner, polarScale } from "../src/components/event-binner.js";
import { Grains } from "../src/components/grains.js";
import { JoinedClasses } from "../src/components/joined-classes.js";
import type { PolarFrame } from "../src/components/polar-events.js";
import { fastKernels, plainKernels } from "../src/components/polar-kernels.js";
import { Relabelling } from "../src/components/relabelling.js";
import { ScanEvents } from "../src/components/scan-events.js";
import { Superpixels } from "../src/components/superpixels.js";
import { TileParts } from "../src/components/tile-parts.js";
import { compileKernels } from "../src/kernels/kernel-module.js";
import type { PolarKernels } from "../src/kernels/polar-kernels.js";
import { printRates } from "./components-line.js";
import { type GrainFrames, grainFrames } from "./grain-frames.js";
import { options } from "./options.js";
import { createTable } from "./table.js";

const { quick } = options();
const SIZE = 192;
const COLUMNS = quick ? 30 : 60;
/** Electrons per frame, and crystals; with amorphous matter there is one component more. */
const CASES = [
  [1000, 3],
  [200, 3],
  [50, 3],
  [1000, 16],
] as const;
/** The first pass warms up, and is not counted; then the best. */
const PASSES = quick ? 2 : 3;

const kernels = compileKernels(readFileSync(new URL("../wasm/kernels.wasm", import.meta.url)));

/** Microseconds of CPU per position that each part of a pass took. */
type Times = Record<"binning" | "superpixels" | "regions" | "relabelling" | "classes" | "finish" | "live", number> & {
  readonly components: number;
};

function timer(): (work: () => void) => number {
  return (work) => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (COLUMNS * COLUMNS);
  };
}

function pass({ lists, centres, radius }: GrainFrames, newKernels: () => PolarKernels): Times {
  const took = timer();
  const scale = polarScale(SIZE, SIZE, radius);
  const binner = new EventBinner({ height: SIZE, width: SIZE, scale, ellipse: [1, 0] });
  const frames: (PolarFrame | null)[] = [];
  const binning = took(() => {
    for (const [i, list] of lists.entries()) frames.push(binner.frame([list], centres[2 * i] as number, centres[2 * i + 1] as number));
  });
  const at = (row: number) => (column: number) => frames[row * COLUMNS + column] ?? null;
  const rows = Array.from({ length: COLUMNS }, (_, r) => r);
  const scan = new ComponentScan({
    columns: COLUMNS,
    rows: COLUMNS,
    scale,
    library: null,
    joined: new JoinedClasses(),
    kernels: newKernels(),
  });
  const live = took(() => {
    for (const row of rows) scan.takeRow(at(row));
  });
  let components = 0;
  const finish = took(() => {
    components = scan.finish().components.length;
  });
  const events = new ScanEvents(COLUMNS, scale, newKernels(), COLUMNS);
  const bands = events.tiles.rows;
  const superpixels = new Superpixels(events);
  const grown = took(() => {
    for (const row of rows) {
      events.append(at(row));
      if (bands.endsAt(row + 1)) superpixels.takeBand(bands.cellOf(row));
    }
  });
  const own = newKernels();
  const grains = new Grains({ columns: COLUMNS, rows: COLUMNS, scale, matter: crystalMatter(scale, own), kernels: own });
  const grained = took(() => {
    for (const row of rows) grains.takeRow(at(row));
  });
  const relabelling = took(() => new Relabelling(events, grains.labels, new TileParts(events, grains.labels)).run(0, COLUMNS));
  const regions = Math.max(0, grained - grown - relabelling);
  return { binning, superpixels: grown, regions, relabelling, classes: Math.max(0, live - grained), finish, live, components };
}

function best(scan: GrainFrames, newKernels: () => PolarKernels): Times {
  const passes = Array.from({ length: PASSES }, () => pass(scan, newKernels)).slice(1);
  return passes.reduce((a, b) => (a.live + a.finish <= b.live + b.finish ? a : b));
}

const table = createTable([
  "e-",
  "found",
  "binning us",
  "superpixels us",
  "regions us",
  "relabelling us",
  "classes us",
  "finish us",
  "chain us",
  "1/s, core",
  "plain",
]);
console.log(`## Components, ${COLUMNS} x ${COLUMNS} positions of ${SIZE} x ${SIZE} px\n`);
table.head();
for (const [electrons, crystals] of CASES) {
  const scan = grainFrames(SIZE, COLUMNS, electrons, crystals);
  const fast = best(scan, () => fastKernels(kernels));
  const slow = best(scan, plainKernels);
  const chain = (t: Times): number => t.binning + t.live + t.finish;
  const us = chain(fast);
  const { binning, superpixels, regions, relabelling, classes, finish, components } = fast;
  table.row([electrons, components, binning, superpixels, regions, relabelling, classes, finish, us, 1e6 / us, chain(slow) / us]);
}
await printRates(quick);

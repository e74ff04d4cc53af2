// What components are worth: grains, classes and angles by the daemon and by peers, against the truth of simulated scans.
import { readFileSync } from "node:fs";
import { GRID, type PolarFrame, type PolarScale } from "../src/components/polar-events.js";
import { fastKernels } from "../src/components/polar-kernels.js";
import { compileKernels } from "../src/kernels/kernel-module.js";
import { ceilingOf } from "./quality/component-ceiling.js";
import { type ComponentMethod, type ComponentOptions, parseComponentOptions } from "./quality/component-options.js";
import { compareOrders } from "./quality/component-order.js";
import { factorise, kMeans, nonNegative, polarCounts, radialCounts, roots, type Sparse } from "./quality/component-peers.js";
import { type ComponentScores, scoreComponents } from "./quality/component-scores.js";
import type { LabelledScan } from "./quality/component-truth.js";
import { findComponents } from "./quality/components.js";
import { componentsByDaemon, type DaemonComponents } from "./quality/components-by-daemon.js";
import { averageLinkage, clusterLabels, distancesOf } from "./quality/hierarchical-peer.js";
import { adjustedRand, homogeneity } from "./quality/partition-scores.js";
import { polarFrames } from "./quality/polar-frames.js";
import { createTable } from "./table.js";

const HEADINGS = [
  "            scan",
  "e-",
  "          method",
  "zone",
  "grain",
  "in cores",
  "phase",
  "angle",
  "p90",
  "answered",
  "classes",
  "zones",
  "grains",
  "there are",
  "churn %",
  "label p95",
  "grain %",
  "grain p95",
  "end %",
  "ended s",
];
const STAGE_HEADINGS = [
  "scan",
  "e-",
  "grain ARI",
  "online",
  "class ARI",
  "phase",
  "regions",
  "there are",
  "churn %",
  "end %",
  "rows us",
  "end us",
  "classes us",
  "centre px",
];
const ORDER_HEADINGS = [
  "            scan",
  "e-",
  "rows, label",
  "grain",
  "columns, label",
  "their grain",
  "batch, label",
  "its grain",
  "true zones",
  "true grains",
];
const NO_CHURN = new Array<number>(5).fill(Number.NaN);
const fixed = (value: number, digits = 3): string => (Number.isNaN(value) ? "-" : value.toFixed(digits));
const percent = (share: number): string => fixed(100 * share, 2);

function options(): ComponentOptions {
  try {
    return parseComponentOptions(process.argv.slice(2));
  } catch (e) {
    console.error((e as Error).message);
    process.exit(2);
  }
}

function cells(s: ComponentScores, d: DaemonComponents | null): (string | number)[] {
  return [
    ...[s.zone, s.grain, s.grainCore, s.phase, s.angleMedian, s.angleP90, s.answered].map((v) => fixed(v)),
    s.classes,
    s.trueClasses,
    s.grains,
    s.trueGrains,
    ...(d ? [d.churn.label, d.usual.label, d.churn.grain, d.usual.grain, Math.max(d.atEnd.label, d.atEnd.grain)] : NO_CHURN).map(percent),
    fixed(d?.endedSeconds ?? Number.NaN, 2),
  ];
}

/** As many components as there are grains; those that are alike over rotation are one class. */
function byHierarchy(frames: readonly PolarFrame[], { inner, outer }: PolarScale, classes: number, grains: number) {
  const factors = nonNegative(polarCounts(frames), grains);
  const radii = Array.from({ length: GRID.rings }, (_, r) => inner + ((r + 0.5) * (outer - inner)) / GRID.rings);
  const each = factors.components.map((_, i) => i);
  return {
    label: clusterLabels(factors, averageLinkage(distancesOf(factors.components, radii), classes)),
    grain: clusterLabels(factors, each),
  };
}

/** A peer gets as many labels as there are zones, and for grains as there are grains. */
function byPeer({ scan, truth }: LabelledScan, method: ComponentMethod): ComponentScores {
  const { frame, scale } = polarFrames(scan, [1, 0]);
  const frames = Array.from({ length: scan.rows * scan.columns }, (_, p) => frame(p));
  const numberOf = (labels: ArrayLike<number>): number => new Set(Array.from(labels)).size;
  const [classes, grains] = [numberOf(truth.family ?? truth.phase), numberOf(truth.grain)];
  if (method === "nmf-hierarchical") return scoreComponents(truth, { ...byHierarchy(frames, scale, classes, grains), angle: null });
  const of: Record<string, { data: (f: typeof frames) => Sparse; labels: (data: Sparse, k: number) => Int32Array }> = {
    nmf: { data: polarCounts, labels: factorise },
    "kmeans-polar": { data: (f) => roots(polarCounts(f)), labels: kMeans },
    "kmeans-radial": { data: (f) => roots(radialCounts(f)), labels: kMeans },
  };
  const peer = of[method] as (typeof of)[string];
  const data = peer.data(frames);
  return scoreComponents(truth, { label: peer.labels(data, classes), grain: peer.labels(data, grains), angle: null });
}

function stages({ scan, truth }: LabelledScan): (string | number)[] {
  const found = findComponents(scan, [1, 0]);
  return [
    scan.name,
    scan.dose,
    fixed(adjustedRand(truth.grain, found.grain)),
    fixed(adjustedRand(truth.grain, found.online)),
    truth.family ? fixed(adjustedRand(truth.family, found.label)) : "-",
    fixed(homogeneity(truth.phase, found.label)),
    found.regions,
    new Set(Array.from(truth.grain)).size,
    percent(found.churn.bands),
    percent(found.churn.end),
    ...[found.cost.rows, found.cost.finish, found.cost.classes].map(Math.round),
    fixed(found.centre),
  ];
}

const { cases, methods } = options();
const scored = methods.filter((m) => m !== "stages" && m !== "order");
if (scored.length > 0) {
  const table = createTable(HEADINGS);
  table.head();
  for (const { name, dose, open } of cases) {
    const labelled = open();
    for (const method of scored) {
      const daemon = method === "daemon" ? await componentsByDaemon(labelled.scan) : null;
      table.row([name, dose, method, ...cells(daemon ? scoreComponents(labelled.truth, daemon) : byPeer(labelled, method), daemon)]);
    }
  }
}
if (methods.includes("stages")) {
  console.log("");
  const table = createTable(STAGE_HEADINGS);
  table.head();
  for (const { open } of cases) table.row(stages(open()));
}
if (methods.includes("order")) {
  console.log("");
  const kernels = compileKernels(readFileSync(new URL("../wasm/kernels.wasm", import.meta.url)));
  const table = createTable(ORDER_HEADINGS);
  table.head();
  for (const { name, dose, open } of cases) {
    const { scan, truth } = open();
    const { rows, columns } = scan;
    const { scale, frame } = polarFrames(scan, [1, 0]);
    const frames = Array.from({ length: rows * columns }, (_, p) => frame(p));
    const ordered = { rows, columns, scale, frame: (p: number) => frames[p] ?? null };
    const found = compareOrders(ordered, () => fastKernels(kernels));
    const ceiling = ceilingOf(ordered, truth, fastKernels(kernels));
    table.row([name, dose, ...[found.rows, found.columns, found.batch, ceiling].flatMap((a) => [fixed(a.label), fixed(a.grain)])]);
  }
}

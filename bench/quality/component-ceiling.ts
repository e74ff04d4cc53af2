// What is left to lose where the regions of a scan are known: borders between them, which are mixtures.
import { LabelMap } from "../../src/components/label-map.js";
import { Relabelling } from "../../src/components/relabelling.js";
import { ScanEvents } from "../../src/components/scan-events.js";
import { TileParts } from "../../src/components/tile-parts.js";
import type { PolarKernels } from "../../src/kernels/polar-kernels.js";
import type { Agreement, OrderedScan } from "./component-order.js";
import type { ComponentTruth } from "./component-truth.js";
import { adjustedRand } from "./partition-scores.js";

/** Adjusted Rand index to the truth of positions that are given anew to what true regions look like around them; label: NaN where there are no zones. */
export function ceilingOf(
  { rows, columns, scale, frame }: OrderedScan,
  { grain, family }: ComponentTruth,
  kernels: PolarKernels,
): Agreement {
  const scan = new ScanEvents(columns, scale, kernels);
  for (let row = 0; row < rows; row++) scan.append((c) => frame(row * columns + c));
  const labels = new LabelMap(columns);
  labels.grow(rows);
  for (let p = 0; p < rows * columns; p++) labels.set(Math.floor(p / columns), p % columns, grain[p] as number);
  new Relabelling(scan, labels, new TileParts(scan, labels)).run(0, rows);
  const found = labels.region.subarray(0, rows * columns);
  if (!family) return { label: Number.NaN, grain: adjustedRand(grain, found) };
  const zoneOf = new Map(Array.from(grain, (g, p) => [g, family[p] as number]));
  const zones = Array.from(found, (g) => zoneOf.get(g) as number);
  return { label: adjustedRand(family, zones), grain: adjustedRand(grain, found) };
}

// How much components depend on the order in which the rows and columns of a scan come, and on that they come one after the other.
import { ComponentScan } from "../../src/components/component-scan.js";
import { JoinedClasses } from "../../src/components/joined-classes.js";
import type { PolarFrame, PolarScale } from "../../src/components/polar-events.js";
import type { PolarKernels } from "../../src/kernels/polar-kernels.js";
import { adjustedRand } from "./partition-scores.js";

export interface OrderedScan {
  readonly rows: number;
  readonly columns: number;
  readonly scale: PolarScale;
  frame(position: number): PolarFrame | null;
}

/** Adjusted Rand index of classes, and of grains, to those of the scan as it is. */
export interface Agreement {
  readonly label: number;
  readonly grain: number;
}

export interface OrderScores {
  readonly rows: Agreement;
  readonly columns: Agreement;
  /** All of the scan at once. */
  readonly batch: Agreement;
}

interface Labels {
  readonly label: Int32Array;
  readonly grain: Int32Array;
}

/** `at`: the position that comes at a row and column. */
function labelsOf(scan: OrderedScan, kernels: PolarKernels, at: (row: number, column: number) => number, atOnce = false): Labels {
  const { rows, columns, scale, frame } = scan;
  const found = new ComponentScan({ columns, rows, scale, library: null, joined: new JoinedClasses(), kernels, atOnce });
  for (let row = 0; row < rows; row++) found.takeRow((c) => frame(at(row, c)));
  const end = found.finish();
  const [label, grain] = [new Int32Array(rows * columns).fill(-1), new Int32Array(rows * columns).fill(-1)];
  for (const [i, row] of end.rows.entries())
    for (let c = 0; c < columns; c++) {
      label[at(row, c)] = end.label[i * columns + c] as number;
      grain[at(row, c)] = end.grain[i * columns + c] as number;
    }
  return { label, grain };
}

export function compareOrders(scan: OrderedScan, newKernels: () => PolarKernels): OrderScores {
  const { rows, columns } = scan;
  const forward = (row: number, column: number): number => row * columns + column;
  const own = labelsOf(scan, newKernels(), forward);
  const compared = (other: Labels): Agreement => ({
    label: adjustedRand(own.label, other.label),
    grain: adjustedRand(own.grain, other.grain),
  });
  return {
    rows: compared(labelsOf(scan, newKernels(), (r, c) => forward(rows - 1 - r, c))),
    columns: compared(labelsOf(scan, newKernels(), (r, c) => forward(r, columns - 1 - c))),
    batch: compared(labelsOf(scan, newKernels(), forward, true)),
  };
}

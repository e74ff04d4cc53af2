import type { PolarFrame, PolarScale } from "../../src/components/polar-events.js";
import { DIRECT, GRID } from "../../src/components/polar-events.js";
import { countPolar } from "../../src/kernels/count-polar.js";
import { findDisk } from "../../src/kernels/find-disk.js";
import type { LaneSetup } from "../../src/kernels/pixel-lane.js";
import { plainTables } from "../../src/kernels/plain-polar.js";
import { polarGrid } from "../../src/kernels/polar-bins.js";
import type { CountedScan } from "./truth-set.js";

/** Reach of the centre of mass, in disk radii. */
const REACH = 1.35;
const ROUNDS = 4;
const FIT_ROUNDS = 8;
const RIDGE = 1e-3;
/** Residuals below this, in disk radii, all count alike. */
const LEAST_SPREAD = 0.02;
const TERMS = 6;
const STEPS = 4;

/** Frames of a scan by polar bin, each about the beam that a quadratic in row and column follows. */
export interface PolarScan {
  readonly scale: PolarScale;
  frame(position: number): PolarFrame;
  /** Root mean square distance from the true centre, px. */
  readonly rms: number;
}

function terms(row: number, column: number, { rows, columns }: CountedScan): number[] {
  const [u, v] = [column / columns - 0.5, row / rows - 0.5];
  return [1, u, v, u * u, v * v, u * v];
}

/** Solves by elimination; the matrix is positive definite. */
function solve(matrix: number[][], right: number[]): number[] {
  const m = matrix.map((row, i) => [...row, right[i] as number]);
  for (let i = 0; i < m.length; i++)
    for (let j = 0; j < m.length; j++) {
      if (j === i) continue;
      const by = (m[j]?.[i] as number) / (m[i]?.[i] as number);
      m[j] = (m[j] as number[]).map((v, k) => v - by * (m[i]?.[k] as number));
    }
  return m.map((row, i) => (row.at(-1) as number) / (row[i] as number));
}

/** Centre of mass of the live pixels about a point, less that of the pixels themselves. */
function centreOfMass(
  set: CountedScan,
  live: Uint8Array,
  position: number,
  at: readonly [number, number],
  reach: number,
): [number, number] {
  const { height, width, counts } = set;
  const sums = [0, 0, 0, 0, 0, 0];
  for (let r = Math.max(0, Math.ceil(at[0] - reach)); r <= Math.min(height - 1, at[0] + reach); r++)
    for (let c = Math.max(0, Math.ceil(at[1] - reach)); c <= Math.min(width - 1, at[1] + reach); c++) {
      if (live[r * width + c] === 0 || Math.hypot(r - at[0], c - at[1]) > reach) continue;
      const n = counts[position * height * width + r * width + c] as number;
      for (const [i, v] of [n, n * r, n * c, 1, r, c].entries()) sums[i] = (sums[i] as number) + v;
    }
  const [n, nr, nc, k, kr, kc] = sums as [number, number, number, number, number, number];
  return n === 0 ? [at[0], at[1]] : [at[0] + nr / n - kr / k, at[1] + nc / n - kc / k];
}

/** Robust least squares of values at the rows of `basis`: they count less the farther they are from the fit. */
function fitRobust(basis: readonly number[][], values: readonly number[], least: number): number[] {
  let beta = [median(values), ...new Array<number>(TERMS - 1).fill(0)];
  for (let round = 0; round < FIT_ROUNDS; round++) {
    const normal = Array.from({ length: TERMS }, (_, i) => Array.from({ length: TERMS }, (_, j) => (i === j ? RIDGE : 0)));
    const right = new Array<number>(TERMS).fill(0);
    const off = values.map((v, p) => Math.abs(v - dot(beta, basis[p] as number[])));
    const spread = Math.max(least, 1.5 * median(off));
    for (const [p, b] of basis.entries()) {
      const w = 1 / (1 + ((off[p] as number) / spread) ** 4);
      for (let i = 0; i < TERMS; i++) {
        right[i] = (right[i] as number) + w * (b[i] as number) * (values[p] as number);
        const line = normal[i] as number[];
        for (let j = 0; j < TERMS; j++) line[j] = (line[j] as number) + w * (b[i] as number) * (b[j] as number);
      }
    }
    beta = solve(normal, right);
  }
  return beta;
}

/** [position, 2] centres on a quadratic in row and column. */
function follow(set: CountedScan, live: Uint8Array, first: readonly [number, number], radius: number): Float64Array {
  const positions = set.rows * set.columns;
  const basis = Array.from({ length: positions }, (_, p) => terms(Math.floor(p / set.columns), p % set.columns, set));
  const at = new Float64Array(2 * positions).map((_, i) => first[i % 2] as number);
  for (let round = 0; round < ROUNDS; round++) {
    const found = basis.map((_, p) => {
      const once = centreOfMass(set, live, p, [at[2 * p] as number, at[2 * p + 1] as number], REACH * radius);
      return centreOfMass(set, live, p, once, REACH * radius);
    });
    for (const axis of [0, 1] as const) {
      const values = found.map((f) => f[axis]);
      const beta = fitRobust(basis, values, LEAST_SPREAD * radius);
      for (const [p, b] of basis.entries()) at[2 * p + axis] = dot(beta, b);
    }
  }
  return at;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, i) => s + v * (b[i] as number), 0);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

/** `ellipse`: major over minor axis, and the angle of the major axis, rad. */
export function polarFrames(set: CountedScan, [ratio, angle]: readonly [number, number]): PolarScan {
  const { height, width, counts, good } = set;
  const pixels = height * width;
  const live = new Uint8Array(pixels);
  for (const p of good) live[p] = 1;
  const mean = new Float64Array(pixels);
  for (let i = 0; i < counts.length; i++) mean[i % pixels] = (mean[i % pixels] as number) + (counts[i] as number);
  const positions = set.rows * set.columns;
  const valid = Uint32Array.from(live, (v) => v * positions);
  const disk = findDisk(
    mean.map((v, p) => (live[p] ? v / positions : Number.NaN)),
    height,
    width,
    valid,
  );
  const scale = { radius: disk.radius, inner: 1.3 * disk.radius, outer: Math.min(height, width) / 2 - 2 };
  const setup = { ...GRID, inner: scale.inner, outer: scale.outer, ratio, angle, batch: 1 };
  const grid = polarGrid(setup);
  const tables = plainTables(setup, grid);
  const centre = follow(set, live, [disk.row, disk.col], disk.radius);
  const mask = live.map((v) => 1 - v);
  const lane: LaneSetup = { height, width, type: "uint16", mask, low: 0, high: Number.POSITIVE_INFINITY };
  const areas = new Map<string, Float32Array>();
  const error = centre.reduce((s, v, i) => s + (v - (set.centre[i] as number)) ** 2, 0);
  return {
    scale,
    rms: Math.sqrt(error / positions),
    frame(position) {
      const [row, col] = [centre[2 * position] as number, centre[2 * position + 1] as number];
      const key = [row, col].map((v) => Math.floor(v * STEPS + 0.5)).join();
      const table = tables(row, col);
      const area = areas.get(key) ?? Float32Array.from(countPolar(null, lane, table, grid, row, col).subarray(0, DIRECT + 1));
      areas.set(key, area);
      const of = countPolar(counts.subarray(position * pixels, (position + 1) * pixels), lane, table, grid, row, col);
      const bins = new Uint16Array(of.subarray(0, DIRECT).reduce((a, n) => a + n, 0));
      let at = 0;
      for (let b = 0; b < DIRECT; b++) for (let n = of[b] as number; n > 0; n--) bins[at++] = b;
      return { bins, direct: of[DIRECT] as number, area };
    },
  };
}

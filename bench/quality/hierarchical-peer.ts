// Plain reference implementation of a factorisation into many components that are then clustered by how well they correlate (Kimoto 2024).
import { GRID } from "../../src/components/polar-events.js";
import type { Factors } from "./component-peers.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Components of few frames are noisy: they are blurred along the ring, sectors, before they are compared, and along the radius by half as many rings. */
const BLUR = 1.5;
const REACH = 5;

const gauss = (x: number, sigma: number): number => Math.exp(-(x * x) / (2 * sigma * sigma));

/** Mean over neighbours by their weights; those beyond the rings are left out. */
function blurred(pattern: Float64Array): Float64Array {
  const along = new Float64Array(RINGS * SECTORS);
  const out = new Float64Array(RINGS * SECTORS);
  const steps = Array.from({ length: 2 * REACH + 1 }, (_, i) => i - REACH);
  const sum = steps.reduce((s, k) => s + gauss(k, BLUR), 0);
  for (let b = 0; b < along.length; b++) {
    const ring = b - (b % SECTORS);
    for (const k of steps)
      along[b] = (along[b] as number) + (gauss(k, BLUR) / sum) * (pattern[ring + ((b + k + SECTORS) % SECTORS)] as number);
  }
  for (let b = 0; b < out.length; b++) {
    const near = [-1, 0, 1].filter((d) => b + d * SECTORS >= 0 && b + d * SECTORS < out.length);
    const all = near.reduce((s, d) => s + gauss(d, BLUR / 2), 0);
    out[b] = near.reduce((s, d) => s + (gauss(d, BLUR / 2) / all) * (along[b + d * SECTORS] as number), 0);
  }
  return out;
}

/** Roots of counts per area about their mean, rings by their radii, of length 1: [rings * sectors] times the root of the radius. The direct beam is left out. */
function normalised(counts: Float64Array, radii: readonly number[]): Float64Array {
  const radius = (b: number): number => radii[Math.floor(b / SECTORS)] as number;
  const density = blurred(counts).map((v, b) => Math.sqrt(v / radius(b)));
  const whole = SECTORS * radii.reduce((sum, r) => sum + r, 0);
  const mean = density.reduce((sum, v, b) => sum + radius(b) * v, 0) / whole;
  const out = density.map((v, b) => Math.sqrt(radius(b)) * (v - mean));
  const length = Math.sqrt(out.reduce((sum, v) => sum + v * v, 0));
  return length > 0 ? out.map((v) => v / length) : out;
}

/** Correlation of two normalised patterns, the second turned by so many sectors. */
function correlation(a: Float64Array, b: Float64Array, turn: number): number {
  let sum = 0;
  for (let ring = 0; ring < RINGS; ring++)
    for (let s = 0; s < SECTORS; s++) sum += (a[ring * SECTORS + s] as number) * (b[ring * SECTORS + ((s + turn) % SECTORS)] as number);
  return sum;
}

/** 1 - the best correlation of patterns over all turns. */
export function distancesOf(patterns: readonly Float64Array[], radii: readonly number[]): number[][] {
  const all = patterns.map((p) => normalised(p, radii));
  const turns = Array.from({ length: SECTORS }, (_, k) => k);
  const between = (i: number, j: number): number =>
    1 - Math.max(...turns.map((turn) => correlation(all[i] as Float64Array, all[j] as Float64Array, turn)));
  const out = all.map(() => new Array<number>(all.length).fill(0));
  for (let i = 0; i < all.length; i++) for (let j = 0; j < i; j++) (out[i] as number[])[j] = (out[j] as number[])[i] = between(i, j);
  return out;
}

/** The cluster of each component by average linkage, when so many are left; of equal distances the lower ones first. */
export function averageLinkage(distances: readonly (readonly number[])[], clusters: number): number[] {
  const groups = distances.map((_, i) => [i]);
  const apart = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, i) => sum + b.reduce((s, j) => s + (distances[i]?.[j] as number), 0), 0) / (a.length * b.length);
  while (groups.length > clusters) {
    let [p, q, least] = [0, 1, Number.POSITIVE_INFINITY];
    for (let i = 0; i < groups.length; i++)
      for (let j = i + 1; j < groups.length; j++) {
        const d = apart(groups[i] as number[], groups[j] as number[]);
        if (d < least) [p, q, least] = [i, j, d];
      }
    (groups[p] as number[]).push(...(groups.splice(q, 1)[0] as number[]));
  }
  const of = new Array<number>(distances.length).fill(-1);
  for (const [k, members] of groups.entries()) for (const i of members) of[i] = k;
  return of;
}

/** Each position to the cluster that has most of its counts. */
export function clusterLabels({ weights }: Factors, of: readonly number[]): Int32Array {
  return Int32Array.from(weights, (own) => {
    const held = new Float64Array(of.length);
    for (const [c, k] of of.entries()) held[k] = (held[k] as number) + (own[c] as number);
    return held.indexOf(Math.max(...held));
  });
}

import type { Picture } from "./blur-image.js";

/** Pixel centres lie at whole numbers. All in px. */
export interface Disk {
  readonly row: number;
  readonly col: number;
  readonly radius: number;
}

export interface FittedDisk extends Disk {
  /** Mean value inside the disk. */
  readonly level: number;
  /** Value around it. */
  readonly background: number;
}

/** Bins of the radial profile per px. */
const FINE = 2;
const ROUNDS = 8;

/** Calls back for the pixels within `reach` of a centre. */
function around(
  { height, width, value }: Picture,
  { row, col }: Disk,
  reach: number,
  take: (v: number, r: number, c: number, d: number) => void,
): void {
  const bottom = Math.min(height - 1, Math.floor(row + reach));
  const right = Math.min(width - 1, Math.floor(col + reach));
  for (let r = Math.max(0, Math.ceil(row - reach)); r <= bottom; r++)
    for (let c = Math.max(0, Math.ceil(col - reach)); c <= right; c++) {
      const distance = Math.hypot(r - row, c - col);
      if (distance <= reach) take(value[r * width + c], r, c, distance);
    }
}

/** Mean value by distance from the centre, in steps of 1/FINE px; each pixel is shared between the bins on either side. Gaps are bridged. */
function radialProfile(image: Picture, disk: Disk, reach: number): Float64Array {
  const bins = Math.ceil(reach * FINE) + 2;
  const sum = new Float64Array(bins);
  const weight = new Float64Array(bins);
  around(image, disk, reach, (v, _r, _c, distance) => {
    if (Number.isNaN(v)) return;
    const at = Math.floor(distance * FINE);
    const upper = distance * FINE - at;
    sum[at] += v * (1 - upper);
    weight[at] += 1 - upper;
    sum[at + 1] += v * upper;
    weight[at + 1] += upper;
  });
  let last = 0;
  for (let i = 0; i < bins; i++)
    if (weight[i] > 0.3) last = sum[i] = sum[i] / weight[i];
    else sum[i] = last;
  return sum;
}

function meanWithin(image: Picture, disk: Disk, reach: number): number {
  let sum = 0;
  let count = 0;
  around(image, disk, reach, (v) => {
    if (Number.isNaN(v)) return;
    sum += v;
    count++;
  });
  return count > 0 ? sum / count : 0;
}

/** Where the profile first falls below `half`, going outwards from half the present radius; its end if it does not. */
function edgeOf(profile: Float64Array, half: number, radius: number): number {
  for (let at = Math.max(1, Math.floor(0.5 * radius * FINE)); at < profile.length; at++) {
    const [before, here] = [profile[at - 1], profile[at]];
    if (here < half) return (at - 1 + (before > half ? (before - half) / (before - here) : 0)) / FINE;
  }
  return (profile.length - 1) / FINE;
}

/** Lower quartile of the profile around the disk: between the disk and its neighbours. */
function backgroundOf(profile: Float64Array, radius: number): number {
  const outer = profile.slice(Math.min(profile.length - 1, Math.ceil((1.3 * radius + 1) * FINE))).sort();
  return outer[outer.length >> 2];
}

/** Shifts the centre to the centre of mass of what exceeds the background; excess brightness inside the disk and missing pixels are levelled. */
function recentre(image: Picture, disk: FittedDisk, profile: Float64Array): readonly [row: number, col: number] {
  const full = disk.level - disk.background;
  let [mass, row, col] = [0, 0, 0];
  around(image, disk, 1.2 * disk.radius + 0.7, (v, r, c, distance) => {
    const value = Number.isNaN(v) ? profile[Math.round(distance * FINE)] : v;
    const weight = Math.min(full, Math.max(0, value - disk.background));
    mass += weight;
    row += weight * (r - disk.row);
    col += weight * (c - disk.col);
  });
  return mass > 0 ? [disk.row + row / mass, disk.col + col / mass] : [disk.row, disk.col];
}

/**
 * Fits centre and radius of a bright disk, from a start inside it. Radius: where the radial profile is half-way to the background,
 * at least 1 px and at most half the longer side. A level that is not above the background means that there is no disk.
 */
export function fitDisk(image: Picture, start: Disk): FittedDisk {
  const widest = Math.max(image.height, image.width) / 2;
  let fitted: FittedDisk = { ...start, level: 0, background: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const profile = radialProfile(image, fitted, 2.5 * fitted.radius + 4);
    const level = meanWithin(image, fitted, Math.max(1, 0.7 * fitted.radius));
    const background = Math.min(level, backgroundOf(profile, fitted.radius));
    const radius = Math.max(1, Math.min(widest, edgeOf(profile, (level + background) / 2, fitted.radius)));
    fitted = { row: fitted.row, col: fitted.col, radius, level, background };
    const [row, col] = recentre(image, fitted, profile);
    fitted = { ...fitted, row, col };
  }
  return fitted;
}

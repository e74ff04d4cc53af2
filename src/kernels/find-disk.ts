import { binImage, blurImage, type Picture } from "./blur-image.js";
import { dropSpikes } from "./drop-spikes.js";
import { type Disk, type FittedDisk, fitDisk } from "./fit-disk.js";
import { scoreSymmetry } from "./score-symmetry.js";
import { selectValue } from "./select-value.js";

export interface FoundDisk extends Disk {
  /** False: there is no disk; the centre is the centre of mass, the radius a guess. */
  readonly found: boolean;
}

/** Longest side of the image in which candidates are sought. */
const SEARCH_SIDE = 256;
const MAX_CANDIDATES = 24;
/** Counts that a blurred peak should rest on. */
const ENOUGH_COUNTS = 16;
/**
 * Powers of the intensity before comparing mirror images, and of a region's brightness beside its symmetry. Low, so that many weak
 * Friedel pairs outweigh one strong disk: on single grains at a few hundred counts, these err a third as often as square roots.
 */
const COMPRESSION = 0.25;
const BRIGHTNESS = 0.1;

interface Candidate {
  readonly row: number;
  readonly col: number;
  /** Pixels above half of the peak. */
  readonly area: number;
  readonly brightness: number;
}

function medianOf(values: Float64Array): number {
  const known = values.filter((v) => !Number.isNaN(v));
  return known.length === 0 ? Number.NaN : selectValue(known, known.length, known.length >> 1);
}

/** The blur that leaves `ENOUGH_COUNTS` under the highest peak, or the widest. `frames`: of which the image is a mean. */
function blurForCounts(image: Picture, frames: number): Picture {
  let blurred = image;
  for (const reach of [1, 2, 4, 8]) {
    blurred = blurImage(image, reach);
    let peak = 0;
    for (const v of blurred.value) if (v > peak) peak = v;
    if (peak * frames * (2 * reach + 1) ** 2 >= ENOUGH_COUNTS) break;
  }
  return blurred;
}

/** Local maxima, highest first. */
function localMaxima({ height, width, value }: Picture, above: number): number[] {
  const found: number[] = [];
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const at = row * width + col;
      const v = value[at];
      if (!(v > above)) continue;
      let highest = true;
      for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++)
        for (let c = Math.max(0, col - 1); c <= Math.min(width - 1, col + 1); c++) if (value[r * width + c] > v) highest = false;
      if (highest) found.push(at);
    }
  return found.sort((a, b) => value[b] - value[a]);
}

/** The connected region above `level` around a pixel, as a candidate; null if it touches a region that is already taken. */
function regionAround(image: Picture, start: number, level: number, base: number, taken: Uint8Array): Candidate | null {
  const { height, width, value } = image;
  const region = [start];
  let merged = false;
  taken[start] = 1;
  let [row, col, brightness] = [0, 0, 0];
  for (let i = 0; i < region.length; i++) {
    const at = region[i];
    const [r, c] = [Math.floor(at / width), at % width];
    const weight = value[at] - base;
    row += weight * r;
    col += weight * c;
    brightness += weight;
    const sides = [r > 0 ? at - width : -1, r < height - 1 ? at + width : -1, c > 0 ? at - 1 : -1, c < width - 1 ? at + 1 : -1];
    for (const side of sides) {
      if (side < 0 || !(value[side] > level)) continue;
      if (taken[side] === 0) region.push(side);
      else if (taken[side] === 2) merged = true;
      taken[side] ||= 1;
    }
  }
  for (const at of region) taken[at] = 2;
  return merged ? null : { row: row / brightness, col: col / brightness, area: region.length, brightness };
}

/** Regions that stand out, as places where the direct beam may be; each with how likely that is. */
function rankCandidates(image: Picture, frames: number): readonly (Candidate & { readonly score: number; readonly symmetry: number })[] {
  const blurred = blurForCounts(image, frames);
  const base = medianOf(blurred.value);
  const taken = new Uint8Array(blurred.value.length);
  const candidates: Candidate[] = [];
  for (const at of localMaxima(blurred, base)) {
    if (taken[at] !== 0) continue;
    const candidate = regionAround(blurred, at, (blurred.value[at] + base) / 2, base, taken);
    if (candidate !== null) candidates.push(candidate);
    if (candidates.length === MAX_CANDIDATES) break;
  }
  const brightest = Math.max(...candidates.map((c) => c.brightness));
  const compressed = { ...blurred, value: blurred.value.map((v) => Math.max(0, v - base) ** COMPRESSION) };
  return candidates
    .map((c) => {
      const symmetry = scoreSymmetry(compressed, c.row, c.col);
      return { ...c, symmetry, score: symmetry * (c.brightness / brightest) ** BRIGHTNESS };
    })
    .sort((a, b) => b.score - a.score);
}

function centreOfMass({ height, width, value }: Picture): readonly [row: number, col: number] {
  let [mass, row, col] = [0, 0, 0];
  for (let at = 0; at < value.length; at++) {
    const v = value[at];
    if (!(v > 0)) continue;
    mass += v;
    row += v * Math.floor(at / width);
    col += v * (at % width);
  }
  return mass > 0 ? [row / mass, col / mass] : [(height - 1) / 2, (width - 1) / 2];
}

/** Whether the disk is more than chance: bright against its surroundings, and with more counts than an even pattern would put there. */
function standsOut(image: Picture, disk: FittedDisk, frames: number): boolean {
  const area = Math.PI * disk.radius ** 2;
  const total = image.value.reduce((sum, v) => sum + (Number.isNaN(v) ? 0 : v), 0) * frames;
  const even = (total * area) / image.value.length;
  const inside = disk.level * area * frames;
  return disk.level > 1.5 * disk.background && inside >= 20 && inside > even + 6 * Math.sqrt(even + 1);
}

/**
 * Finds the direct beam's disk in a mean pattern: of the bright regions the one about which the pattern is most nearly centro-symmetric,
 * as a strong Bragg disk may outshine the beam. `valid`: frames behind each pixel. Pixels that are NaN or without frames carry no data.
 * Good for disks of 2 to 60 px radius.
 */
export function findDisk(mean: Float32Array | Float64Array, height: number, width: number, valid: Uint32Array): FoundDisk {
  const value = new Float64Array(mean.length);
  let frames = 0;
  for (let i = 0; i < value.length; i++) {
    value[i] = valid[i] > 0 ? mean[i] : Number.NaN;
    if (valid[i] > frames) frames = valid[i];
  }
  const image = dropSpikes({ height, width, value });
  const side = Math.ceil(Math.max(height, width) / SEARCH_SIDE);
  const best = rankCandidates(side > 1 ? binImage(image, side) : image, frames * side * side)[0];
  if (best !== undefined) {
    const offset = (side - 1) / 2;
    const start = { row: side * best.row + offset, col: side * best.col + offset, radius: side * Math.sqrt(best.area / Math.PI) };
    const disk = fitDisk(image, start);
    if (standsOut(image, disk, frames)) return { row: disk.row, col: disk.col, radius: disk.radius, found: true };
  }
  const [row, col] = centreOfMass(image);
  return { row, col, radius: Math.min(height, width) / 8, found: false };
}

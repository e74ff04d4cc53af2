import { type AngleMoments, type AnglePart, momentsOf } from "./angle-steps.js";
import type { LabelMap } from "./label-map.js";
import { BINS, GRID, type RegionSum } from "./polar-events.js";
import { freeSums } from "./region-sum.js";
import type { Region } from "./region-table.js";
import { RegionTiles } from "./region-tiles.js";
import type { ScanEvents } from "./scan-events.js";

const { sectors: SECTORS } = GRID;
/** Live area that each bin of a template has beside its own, at the mean rate of its ring: that of so many frames. */
const PRIOR = 2;

/** Of an electron by bin: d ln m / d phi, where m are the mean rates of a region and phi turns them, 1 / rad. */
class Slopes {
  readonly #rate = new Float32Array(BINS);
  readonly #slope = new Float32Array(BINS);

  constructor({ kernels, blur }: ScanEvents, { halves: [a, b], area, frames }: RegionSum) {
    const [smooth, live] = [new Float32Array(BINS), new Float32Array(BINS)];
    const counts = a.map((v, i) => v + b[i]);
    kernels.smooth(counts, blur, smooth);
    kernels.smooth(area, blur, live);
    for (let from = 0; from < BINS; from += SECTORS) this.#find(from, smooth, live, frames);
  }

  #find(from: number, smooth: Float32Array, live: Float32Array, frames: number): void {
    const [rate, slope] = [this.#rate, this.#slope];
    let n = 0;
    let all = 0;
    for (let i = from; i < from + SECTORS; i++) {
      n += smooth[i];
      all += live[i];
    }
    if (!(n > 0)) return;
    const prior = (PRIOR * all) / SECTORS / frames;
    for (let i = from; i < from + SECTORS; i++) rate[i] = (smooth[i] + (prior * n) / all) / (live[i] + prior);
    // What is turned on lies at higher sectors.
    for (let t = 0; t < SECTORS; t++) {
      const before = rate[from + ((t + SECTORS - 1) % SECTORS)];
      const after = rate[from + ((t + 1) % SECTORS)];
      slope[from + t] = (Math.log(before / after) * SECTORS) / (4 * Math.PI);
    }
  }

  /** Information and score of the electrons of a sum: those about their means where so much is live. */
  of({ halves: [a, b], area }: RegionSum): Pick<AnglePart, "electrons" | "information" | "score"> {
    const [rate, slope] = [this.#rate, this.#slope];
    let electrons = 0;
    let score = 0;
    let all = 0;
    let mean = 0;
    let square = 0;
    for (let i = 0; i < slope.length; i++) {
      const by = slope[i];
      const count = a[i] + b[i];
      electrons += count;
      score += count * by;
      const expected = area[i] * rate[i];
      all += expected;
      mean += expected * by;
      square += expected * by * by;
    }
    if (!(all > 0)) return { electrons, information: 0, score: 0 };
    mean /= all;
    return { electrons, information: electrons * (square / all - mean * mean), score: score - electrons * mean };
  }
}

/** The in-plane angle over the core of a region, by one step of Fisher scoring from its mean rates. */
export function angleField(scan: ScanEvents, core: RegionSum, { sums, places }: RegionTiles): AnglePart[] {
  const slopes = new Slopes(scan, core);
  return sums.map((part, i) => ({ ...places[i], ...slopes.of(part) }));
}

/** Moments of the angles of regions, kept as long as their cores have as many frames. */
export class RegionAngles {
  readonly #scan: ScanEvents;
  readonly #labels: LabelMap;
  readonly #known = new Map<number, { readonly frames: number; readonly moments: AngleMoments }>();

  constructor(scan: ScanEvents, labels: LabelMap) {
    this.#scan = scan;
    this.#labels = labels;
  }

  of(region: Pick<Region, "id" | "core" | "coreFrames">): AngleMoments {
    const { id, coreFrames: frames } = region;
    const known = this.#known.get(id);
    if (known?.frames === frames) return known.moments;
    const tiles = new RegionTiles(this.#scan, this.#labels, id);
    const moments = momentsOf(angleField(this.#scan, region.core, tiles));
    freeSums(tiles.sums);
    this.#known.set(id, { frames, moments });
    return moments;
  }
}

import { blendTemplate, logAll } from "../kernels/blend-template.js";
import { addScaled, countEvents, dotFrom, sumEvents } from "../kernels/count-events.js";
import { smoothPolar } from "../kernels/smooth-polar.js";
import { BINS, DIRECT, GRID } from "./polar-events.js";
import type { ScanEvents } from "./scan-events.js";

/** Rows of a band, and positions between seeds along both axes. */
export const STEP = 3;
const REACH = 2.2 * STEP;
const NEARNESS = 2 / STEP ** 2;
const SWEEPS = 3;
/** Frames of the mean of the scan that a template is mixed with. */
const PRIOR = 2;
/** Bands that have seeds to choose from: the last two are assigned anew, the one before may still win or lose positions. */
const BANDS = 3;
const SIZE = BINS + 1;

/** A template of one seed while it may still change. */
interface Seed {
  readonly counts: Float32Array;
  readonly log: Float32Array;
  readonly rate: Float32Array;
  /** Expected counts of a frame, by number of its live area; NaN: not known yet. */
  mass: number[];
  /** Frames by number of their live area. */
  readonly members: Map<number, number>;
  frames: number;
  stale: boolean;
}

const aSeed = (): Seed => ({
  counts: new Float32Array(SIZE),
  log: new Float32Array(SIZE),
  rate: new Float32Array(SIZE),
  mass: [],
  members: new Map(),
  frames: 0,
  stale: true,
});

/** Small areas of positions that are alike, seeded on a grid and grown by Poisson likelihood while the scan goes on. */
export class Superpixels {
  readonly #scan: ScanEvents;
  readonly #across: number;
  readonly #seeds: Seed[];
  readonly #smooth = new Float32Array(SIZE);
  readonly #area = new Float32Array(SIZE);
  readonly #scratch = new Float32Array(BINS + 2 * GRID.sectors);
  /** Per row, superpixel of each position: band * seeds per band + cell; -1 where there is no frame. */
  readonly of: Int32Array[] = [];

  constructor(scan: ScanEvents) {
    this.#scan = scan;
    this.#across = Math.ceil(scan.columns / STEP);
    this.#seeds = Array.from({ length: BANDS * this.#across }, aSeed);
  }

  /** Superpixels of a band. */
  get across(): number {
    return this.#across;
  }

  /** Takes band number `band`, whose rows the scan has: positions of the last two bands find their superpixel. Those of `band - 2` are final then. */
  takeBand(band: number): void {
    const { columns, rows } = this.#scan;
    const [first, end] = [band * STEP, Math.min(rows, (band + 1) * STEP)];
    for (let c = 0; c < this.#across; c++) this.#clear(this.#seed(band * this.#across + c));
    for (let row = first; row < end; row++) {
      this.of[row] = new Int32Array(columns).fill(-1);
      for (let c = 0; c < columns; c++)
        if (this.#scan.table(row * columns + c) >= 0) this.#move(row, c, band * this.#across + Math.floor(c / STEP), 1);
    }
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      for (let id = Math.max(0, band - 2) * this.#across; id < (band + 1) * this.#across; id++) this.#refresh(this.#seed(id));
      this.#sweep(Math.max(0, first - STEP), end, band);
    }
  }

  #seed(id: number): Seed {
    return this.#seeds[id % this.#seeds.length] as Seed;
  }

  #clear(seed: Seed): void {
    seed.counts.fill(0);
    seed.members.clear();
    seed.frames = 0;
    seed.stale = true;
  }

  /** Adds a position to a superpixel, or takes it away (`sign` -1). */
  #move(row: number, column: number, id: number, sign: 1 | -1): void {
    const position = row * this.#scan.columns + column;
    const seed = this.#seed(id);
    const [events, from, to] = this.#scan.events(position);
    const table = this.#scan.table(position);
    countEvents(events, from, to, sign, seed.counts);
    seed.counts[DIRECT] = seed.counts[DIRECT] + sign * this.#scan.direct(position);
    seed.members.set(table, (seed.members.get(table) ?? 0) + sign);
    seed.frames += sign;
    seed.stale = true;
    if (sign > 0) (this.of[row] as Int32Array)[column] = id;
  }

  #refresh(seed: Seed): void {
    if (!seed.stale || seed.frames === 0) return;
    seed.stale = false;
    this.#area.fill(0);
    for (const [table, n] of seed.members) if (n > 0) addScaled(this.#scan.areas[table].smooth, n, this.#area);
    smoothPolar(seed.counts, this.#scan.blur, this.#smooth, this.#scratch);
    this.#smooth[DIRECT] = seed.counts[DIRECT];
    blendTemplate(this.#smooth, this.#area, seed.frames, PRIOR, this.#scan.mean, seed.rate);
    logAll(seed.rate, seed.log);
    seed.mass = [];
  }

  #sweep(first: number, end: number, band: number): void {
    const { columns } = this.#scan;
    const chosen = new Int32Array((end - first) * columns);
    for (let row = first, i = 0; row < end; row++)
      for (let c = 0; c < columns; c++, i++) chosen[i] = this.#scan.table(row * columns + c) < 0 ? -1 : this.#best(row, c, band);
    for (let row = first, i = 0; row < end; row++)
      for (let c = 0; c < columns; c++, i++) {
        const before = (this.of[row] as Int32Array)[c];
        const now = chosen[i];
        if (now === before) continue;
        this.#move(row, c, before, -1);
        this.#move(row, c, now, 1);
      }
  }

  #best(row: number, column: number, band: number): number {
    const position = row * this.#scan.columns + column;
    const [events, from, to] = this.#scan.events(position);
    const [direct, table] = [this.#scan.direct(position), this.#scan.table(position)];
    const cell = Math.floor(column / STEP);
    let best = (this.of[row] as Int32Array)[column];
    let most = Number.NEGATIVE_INFINITY;
    for (let b = Math.max(0, band - 2); b <= band; b++)
      for (let k = Math.max(0, cell - BANDS); k <= Math.min(this.#across - 1, cell + BANDS); k++) {
        const id = b * this.#across + k;
        const seed = this.#seed(id);
        if (seed.frames === 0) continue;
        const [dr, dc] = [row - (b + 0.5) * STEP + 0.5, column - (k + 0.5) * STEP + 0.5];
        const apart = dr * dr + dc * dc;
        if (apart > REACH * REACH) continue;
        seed.mass[table] ??= dotFrom(seed.rate, this.#scan.areas[table].area, 0, SIZE);
        const score = sumEvents(events, from, to, seed.log, 0) + direct * seed.log[DIRECT] - seed.mass[table] - NEARNESS * apart;
        if (score > most) [best, most] = [id, score];
      }
    return best;
  }
}

import { countEvents } from "../kernels/count-events.js";
import { BINS, DIRECT } from "./polar-events.js";
import type { ScanEvents } from "./scan-events.js";
import { STEP, STRETCH, type Tiling } from "./tiling.js";

const REACH = 2.2 * STEP;
const NEARNESS = 2 / STEP ** 2;
const SWEEPS = 3;
/** Frames of the mean of the scan that a template is mixed with. */
const PRIOR = 2;
/** Bands that have seeds to choose from: the last two are assigned anew, the one before may still win or lose positions. */
const BANDS = 3;
/** Seeds that are near a position, at most. */
const SLOTS = BANDS * (2 * BANDS + 1);
/** Rows of two bands, at most. */
const ROWS = 2 * (STEP + STRETCH);
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
  /** Of the template, never the same again. */
  version: number;
}

const aSeed = (): Seed => ({
  counts: new Float32Array(SIZE),
  log: new Float32Array(SIZE),
  rate: new Float32Array(SIZE),
  mass: [],
  members: new Map(),
  frames: 0,
  stale: true,
  version: 0,
});

/** Superpixels of the positions of a scan, row by row. */
export interface SuperpixelMap {
  /** Superpixels of a band. */
  readonly across: number;
  /** Per row, superpixel of each position: band * superpixels per band + cell; -1 where there is no frame. */
  readonly of: Int32Array[];
}

/** Small areas of positions that are alike, seeded on a grid and grown by Poisson likelihood while the scan goes on. */
export class Superpixels implements SuperpixelMap {
  readonly #scan: ScanEvents;
  readonly #tiles: Tiling;
  readonly #across: number;
  readonly #seeds: Seed[];
  #versions = 0;
  /** [ROWS, columns, slot] Scores of the positions of the last two bands under the seeds near, and the version of the template that each is of. */
  readonly #scores: Float64Array;
  readonly #scored: Int32Array;
  /** Seeds near a position and their slots; those whose templates changed, and what the position scores under them. */
  readonly #near = {
    id: new Int32Array(SLOTS),
    slot: new Int32Array(SLOTS),
    changed: new Int32Array(SLOTS),
    seeds: new Int32Array(SLOTS),
    likelihood: new Float64Array(SLOTS),
  };
  readonly of: Int32Array[] = [];

  constructor(scan: ScanEvents) {
    this.#scan = scan;
    this.#tiles = scan.tiles;
    this.#across = scan.tiles.columns.cells;
    this.#scores = new Float64Array(ROWS * scan.columns * SLOTS);
    this.#scored = new Int32Array(ROWS * scan.columns * SLOTS);
    this.#seeds = Array.from({ length: BANDS * this.#across }, aSeed);
  }

  get across(): number {
    return this.#across;
  }

  /** Takes band number `band`, whose rows the scan has: positions of the last two bands find their superpixel. Those of `band - 2` are final then. */
  takeBand(band: number): void {
    const { columns, rows } = this.#scan;
    const [first, end] = [this.#tiles.rows.startOf(band), Math.min(rows, this.#tiles.rows.startOf(band + 1))];
    for (let c = 0; c < this.#across; c++) this.#clear(this.#seed(band * this.#across + c));
    for (let row = first; row < end; row++) {
      this.of[row] = new Int32Array(columns).fill(-1);
      this.#scored.fill(0, (row % ROWS) * columns * SLOTS, ((row % ROWS) + 1) * columns * SLOTS);
      for (let c = 0; c < columns; c++)
        if (this.#scan.table(row * columns + c) >= 0) this.#move(row, c, band * this.#across + this.#tiles.columns.cellOf(c), 1);
    }
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      for (let id = Math.max(0, band - 2) * this.#across; id < (band + 1) * this.#across; id++) this.#refresh(id);
      this.#sweep(this.#tiles.rows.startOf(band - 1), end, band);
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

  #refresh(id: number): void {
    const seed = this.#seed(id);
    if (!seed.stale || seed.frames === 0) return;
    seed.stale = false;
    const { areas, blur, mean, kernels } = this.#scan;
    const live = [...seed.members].filter(([, n]) => n > 0);
    const parts = { counts: [seed.counts], areas: live.map(([table]) => areas[table]), weights: live.map(([, n]) => n) };
    kernels.logTemplate({ ...parts, frames: seed.frames, prior: PRIOR, mean, blur }, seed.rate, seed.log);
    kernels.keepLog(id % this.#seeds.length, seed.log);
    seed.mass = [];
    seed.version = ++this.#versions;
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
    const slots = ((row % ROWS) * this.#scan.columns + column) * SLOTS;
    const near = this.#near;
    let n = 0;
    const cell = this.#tiles.columns.cellOf(column);
    for (let b = Math.max(0, band - 2); b <= band; b++)
      for (let k = Math.max(0, cell - BANDS); k <= Math.min(this.#across - 1, cell + BANDS); k++) {
        const id = b * this.#across + k;
        if (this.#seed(id).frames === 0 || this.#apart(row, column, id) > REACH * REACH) continue;
        near.id[n] = id;
        near.slot[n++] = slots + (b % BANDS) * (2 * BANDS + 1) + k - cell + BANDS;
      }
    this.#score(position, n);
    let best = (this.of[row] as Int32Array)[column];
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      const score = this.#scores[near.slot[i]] - NEARNESS * this.#apart(row, column, near.id[i]);
      if (score <= most) continue;
      best = near.id[i];
      most = score;
    }
    return best;
  }

  /** Squared distance of a position from a seed. */
  #apart(row: number, column: number, id: number): number {
    const dr = row - this.#tiles.rows.middleOf(Math.floor(id / this.#across));
    const dc = column - this.#tiles.columns.middleOf(id % this.#across);
    return dr * dr + dc * dc;
  }

  /** Scores a position anew under those of the n near seeds whose template changed. */
  #score(position: number, n: number): void {
    const { id, slot, changed, seeds, likelihood } = this.#near;
    let m = 0;
    for (let i = 0; i < n; i++) {
      if (this.#scored[slot[i]] === this.#seed(id[i]).version) continue;
      seeds[m] = id[i] % this.#seeds.length;
      changed[m++] = slot[i];
    }
    if (m === 0) return;
    const [events, from, to] = this.#scan.events(position);
    const [direct, table] = [this.#scan.direct(position), this.#scan.table(position)];
    this.#scan.kernels.likelihoods(events, from, to, seeds, m, likelihood);
    for (let i = 0; i < m; i++) {
      const seed = this.#seeds[seeds[i]] as Seed;
      seed.mass[table] ??= this.#scan.kernels.mass(seed.rate, this.#scan.areas[table]);
      this.#scores[changed[i]] = likelihood[i] + direct * seed.log[DIRECT] - seed.mass[table];
      this.#scored[changed[i]] = seed.version;
    }
  }
}

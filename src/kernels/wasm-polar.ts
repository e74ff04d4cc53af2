import { countPolar, listEvents } from "./count-polar.js";
import type { KernelInstance } from "./kernel-module.js";
import type { LaneAnswers } from "./lane-answers.js";
import { ABOUT, room } from "./lane-layout.js";
import type { LaneSetup } from "./pixel-lane.js";
import { cellOf, checkRow, isPlaced, type PolarGrid, type PolarSetup, phaseOf, polarGrid } from "./polar-bins.js";
import { PolarTables } from "./polar-tables.js";

/** What setPolar in wasm/count-polar.ts asks for. */
const wideBytes = (bins: number): number => 16 * (bins + 5);
/** Live pixels are kept for so many centres. */
const MOST_CENTRES = 64;

/**
 * Counts per polar bin in the memory of the kernels: [where they are counted | batch | the same in bytes | tables of all phases, built when first needed].
 * A row of the batch is written only where bytes cannot hold it, and else when somebody asks: floats of all frames would fill the cache.
 */
export class WasmPolar {
  readonly #kernels: KernelInstance;
  readonly #setup: PolarSetup;
  readonly #grid: PolarGrid;
  /** Of each row, counts nearer than the first ring, and all. */
  readonly #rest: Float64Array;
  readonly #pixels = new Map<string, Float32Array>();
  readonly #tables: PolarTables;
  /** Of each row, whether some count does not fit into a byte. */
  readonly #beyond: Uint8Array;
  #batch = 0;
  #bytes = 0;
  #view: Float32Array = new Float32Array();
  #byteView: Uint8Array = new Uint8Array();
  #ready = false;

  /** Throws RangeError on a set-up that cannot be. */
  constructor(kernels: KernelInstance, setup: PolarSetup) {
    this.#kernels = kernels;
    this.#setup = setup;
    this.#grid = polarGrid(setup);
    this.#rest = new Float64Array(2 * setup.batch);
    this.#beyond = new Uint8Array(setup.batch);
    this.#tables = new PolarTables(kernels, setup, this.#grid);
  }

  /** Takes memory from `start` on; answers its end. False for `ready` where there is none: then nothing can be counted. */
  place(start: number): number {
    const { bins, reach } = this.#grid;
    this.#batch = start + room(wideBytes(bins));
    this.#bytes = this.#batch + room(4 * bins * this.#setup.batch);
    const tables = this.#bytes + room(bins * this.#setup.batch);
    const end = this.#tables.place(tables);
    this.#ready = this.#kernels.reserve(end);
    this.#rest.fill(0);
    this.#beyond.fill(0);
    if (!this.#ready) return start;
    this.#kernels.bytes().fill(0, start, tables);
    this.#kernels.run.setPolar(bins, reach, start);
    return end;
  }

  get ready(): boolean {
    return this.#ready;
  }

  check(polarRow: number): void {
    checkRow(polarRow, this.#setup.batch);
  }

  clear(polarRow: number): void {
    const bytes = this.#byteRow(polarRow);
    if (this.#ready) this.#kernels.bytes().fill(0, bytes, bytes + this.#grid.bins);
    this.#rest.fill(0, 2 * polarRow, 2 * polarRow + 2);
    this.#beyond[polarRow] = 0;
  }

  /** Counts the frame that the kernels have just measured; `sparse`: by its planes. `answers`: what they read and answer. */
  count(polarRow: number, sparse: boolean, { found, at }: LaneAnswers): void {
    const row = found[ABOUT.row];
    const col = found[ABOUT.col];
    if (!isPlaced(row, col)) this.clear(polarRow);
    else {
      const { run } = this.#kernels;
      const { steps } = this.#grid;
      const table = this.#tables.addressOf(phaseOf(row, col, steps));
      const out = this.#row(polarRow);
      const r = cellOf(row, steps);
      const c = cellOf(col, steps);
      if (sparse) run.polarPlanes(table, r, c, at, out, this.#byteRow(polarRow));
      else run.polarFrame(table, r, c, at, out, this.#byteRow(polarRow));
      this.#rest[2 * polarRow] = found[ABOUT.rest];
      this.#beyond[polarRow] = found[ABOUT.beyond];
    }
    this.#rest[2 * polarRow + 1] = found[0];
  }

  batch(): Float32Array {
    const length = this.#grid.bins * this.#setup.batch;
    if (!this.#ready) return new Float32Array(length);
    const { buffer } = this.#kernels.bytes();
    if (this.#view.buffer !== buffer || this.#view.byteOffset !== this.#batch) this.#view = new Float32Array(buffer, this.#batch, length);
    for (let r = 0; r < this.#setup.batch; r++) if (this.#beyond[r] === 0) this.#view.set(this.#bytesOf(r), r * this.#grid.bins);
    return this.#view;
  }

  #bytesOf(polarRow: number): Uint8Array {
    const { bins } = this.#grid;
    return this.#bytesOfAll().subarray(polarRow * bins, (polarRow + 1) * bins);
  }

  #bytesOfAll(): Uint8Array {
    const { buffer } = this.#kernels.bytes();
    const length = this.#grid.bins * this.#setup.batch;
    if (this.#byteView.buffer !== buffer || this.#byteView.byteOffset !== this.#bytes)
      this.#byteView = new Uint8Array(buffer, this.#bytes, length);
    return this.#byteView;
  }

  bytes(rows: number): Uint8Array | null {
    if (!this.#ready) return null;
    for (let r = 0; r < rows; r++) if (this.#beyond[r] !== 0) return null;
    return this.#bytesOfAll();
  }

  pixels(lane: LaneSetup, row: number, col: number): Float32Array {
    const { bins, steps, entries } = this.#grid;
    if (!isPlaced(row, col) || !this.#ready) return new Float32Array(bins);
    const address = this.#tables.address(row, col);
    const key = `${cellOf(row, steps)} ${cellOf(col, steps)} ${address}`;
    const known = this.#pixels.get(key);
    if (known !== undefined) return known;
    const table = new Uint16Array(this.#kernels.bytes().buffer, address, entries);
    const pixels = Float32Array.from(countPolar(null, lane, table, this.#grid, row, col).subarray(0, bins));
    if (this.#pixels.size === MOST_CENTRES) this.#pixels.clear();
    this.#pixels.set(key, pixels);
    return pixels;
  }

  /** The mask has changed. */
  forgetPixels(): void {
    this.#pixels.clear();
  }

  events(polarRow: number, out: Uint16Array): number {
    this.check(polarRow);
    const { bins } = this.#grid;
    const counts = this.batch().subarray(polarRow * bins, (polarRow + 1) * bins);
    return listEvents(counts, this.#rest[2 * polarRow], this.#rest[2 * polarRow + 1], out);
  }

  #row = (polarRow: number): number => this.#batch + 4 * this.#grid.bins * polarRow;
  #byteRow = (polarRow: number): number => this.#bytes + this.#grid.bins * polarRow;
}

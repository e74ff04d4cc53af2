import type { FrameShape } from "../core/frame.js";
import { layerSpec, TIER } from "../core/map-layer.js";
import type { ScanGrid } from "../core/scan.js";
import type { Image } from "../core/sink.js";
import type { RowEstimate } from "../denoise/denoiser.js";
import { REACH } from "../denoise/method.js";
import type { SeriesMaps } from "../maps/store.js";
import type { HeldFrames, UsedMethod } from "./denoise-lane.js";
import type { LanePool } from "./lane-pool.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import { REF, type SlabReader } from "./slab.js";

export interface DenoiseOptions {
  readonly about: LaneSeries;
  readonly grid: ScanGrid;
  readonly maps: SeriesMaps;
  readonly pool: LanePool;
  readonly slab: SlabReader;
  /** Images at a scan index that came whole enough to have pixels. */
  readonly imagesAt: (at: number) => readonly number[];
  readonly ref: (image: number, out: Int32Array, at: number) => boolean;
  readonly shape: (image: number) => FrameShape;
  /** Nothing of a newer series waits. */
  readonly mayGoOn: () => boolean;
  readonly onRow: (ms: number, frames: number) => void;
  /** Frames that a row was estimated without, because they were no longer kept, or are no counts. */
  readonly onMissed: (frames: number) => void;
  readonly method: UsedMethod | "auto";
  /** What makes patterns has changed. */
  readonly onMethod: (method: UsedMethod) => void;
  readonly onIdle: () => void;
  readonly onCrash: (e: unknown) => void;
}

/** Rows on their way to the lane: their frames are held. */
const IN_FLIGHT = 2;
/** Late images that are remembered. */
const MOST_LATE = 10_000;
/** Columns that any window reaches. */
const ACROSS = 4;

/** What is denoised of one series on one grid: rows go to the lane in their order, once all lines with frames of theirs are finished. */
export class DenoiseRun {
  readonly #o: DenoiseOptions;
  /** Last line with frames of a row. */
  readonly #lastLine: Int32Array;
  /** Masks by the row they are used from, oldest first; those of rows that are done are forgotten. */
  #masks: { readonly row: number; readonly mask: MaskVersion }[] = [];
  readonly #late = new Map<number, number>();
  #ready = 0;
  #next = 0;
  #out = 0;
  #sentVersion = Number.NaN;
  /** Rows of which every position is final. */
  #finalRows = 0;
  #ended = false;
  #idle = false;
  #disposed = false;
  #method: UsedMethod;

  constructor(o: DenoiseOptions) {
    this.#o = o;
    this.#lastLine = lastLines(o.grid);
    this.#method = o.method === "model" ? "model" : "neighbour";
    this.#tell(o.pool.askDenoiser("denoiseOpen", { ...o.about, columns: o.grid.columns, method: o.method }), () => undefined);
  }

  /** What makes patterns now. */
  get method(): UsedMethod {
    return this.#method;
  }

  /** Positions of complete rows that are not final yet. */
  get waiting(): number {
    return (this.#ready - this.#finalRows) * this.#o.grid.columns;
  }

  /** All lines up to this one are finished, with this mask. */
  finishLine(line: number, mask: MaskVersion): void {
    const before = this.#ready;
    while (this.#ready < this.#lastLine.length && (this.#lastLine[this.#ready] as number) <= line) this.#ready++;
    if (this.#ready > before && mask.version !== this.#masks.at(-1)?.mask.version) this.#masks.push({ row: before, mask });
    this.advance();
  }

  /** An image that came when its line was closed already: its row does without it, its position is estimated at the end. */
  late(at: number, image: number): void {
    if (this.#late.size < MOST_LATE) this.#late.set(image, at);
  }

  /** No line will be finished any more. */
  end(): void {
    this.#ended = true;
    this.advance();
  }

  dispose(): void {
    this.#disposed = true;
  }

  advance(): void {
    while (!this.#disposed && this.#out < IN_FLIGHT && this.#next < this.#ready && this.#o.mayGoOn()) this.#sendRow(this.#next++);
    if (this.#ended && !this.#disposed && !this.#idle && this.#out === 0 && this.#next === this.#ready) this.#finish();
  }

  #maskOf(row: number): MaskVersion {
    while (this.#masks.length > 1 && (this.#masks[1]?.row as number) <= row) this.#masks.shift();
    const mask = this.#masks[0]?.mask as MaskVersion;
    if (mask.version === this.#sentVersion) return { version: mask.version };
    this.#sentVersion = mask.version;
    return mask;
  }

  #sendRow(row: number): void {
    const { columns } = this.#o.grid;
    const { frames, missed } = this.#hold(row, row, 0, columns - 1);
    if (missed > 0) this.#o.onMissed(missed);
    this.#out++;
    const asked = this.#o.pool.askDenoiser("denoiseRow", { series: this.#o.about.series, row, mask: this.#maskOf(row), frames });
    this.#tell(asked, ({ method, estimates, refused, ms }) => {
      this.#out--;
      this.#release(frames);
      if (this.#disposed) return;
      this.#o.onRow(ms, frames.column.length);
      if (refused > 0) this.#o.onMissed(refused);
      if (method !== this.#method) {
        this.#method = method;
        this.#o.onMethod(method);
      }
      this.#write(estimates);
      this.advance();
    });
  }

  #finish(): void {
    this.#idle = true;
    this.#tell(this.#o.pool.askDenoiser("denoiseEnd", { series: this.#o.about.series }), ({ estimates }) => {
      if (this.#disposed) return;
      this.#write(estimates);
      this.#finalRows = this.#ready;
      this.#finishLate([...new Set(this.#late.values())].sort((a, b) => a - b));
    });
  }

  /** Positions of which a frame came late, one after the other. */
  #finishLate(left: number[]): void {
    const { grid, about, pool } = this.#o;
    const at = left.shift();
    if (at === undefined) {
      this.#o.onIdle();
      return;
    }
    const [row, column] = [Math.floor(at / grid.columns), at % grid.columns];
    const frames = this.#about(row, column);
    this.#tell(pool.askDenoiser("weighed", { series: about.series, rows: grid.rows, row, column, frames }), (neighbours) => {
      this.#release(frames);
      if (this.#disposed) return;
      const values = new Float32Array(grid.columns).fill(Number.NaN);
      values[column] = neighbours;
      this.#write([{ row, final: true, neighbours: values }]);
      this.#finishLate(left);
    });
  }

  /** Frames that the windows of a position reach. */
  #about(row: number, column: number): HeldFrames {
    return this.#hold(row - REACH.back, row + REACH.ahead, column - ACROSS, column + ACROSS, true).frames;
  }

  #write(estimates: readonly RowEstimate[]): void {
    const { maps, grid } = this.#o;
    const [layer, tier] = [maps.open(layerSpec("neighbours")), maps.open(layerSpec("tier"))];
    for (const { row, final, neighbours } of estimates) {
      const reached = final ? TIER.refined : TIER.causal;
      for (let c = 0; c < grid.columns; c++) {
        if (Number.isNaN(neighbours[c])) continue;
        const at = row * grid.columns + c;
        maps.prepare(at);
        layer.value[at] = neighbours[c] as number;
        tier.value[at] = reached;
        const revision = (maps.revision[at] as number) + 1;
        maps.touch(layer, at, revision);
        maps.touch(tier, at, revision);
      }
      if (final) this.#finalRows = Math.max(this.#finalRows, row + 1);
    }
    maps.commit();
  }

  /** Frames of a rectangle of positions that are still kept, held; `late`: those that came late, too. */
  #hold(rowFrom: number, rowTo: number, columnFrom: number, columnTo: number, late = false): { frames: HeldFrames; missed: number } {
    const { grid, imagesAt, ref, shape, slab } = this.#o;
    const [rows, columns, refs, shapes]: [number[], number[], number[], FrameShape[]] = [[], [], [], []];
    const found = new Int32Array(REF.width);
    let missed = 0;
    for (let r = Math.max(0, rowFrom); r <= Math.min(grid.rows - 1, rowTo); r++)
      for (let c = Math.max(0, columnFrom); c <= Math.min(grid.columns - 1, columnTo); c++)
        for (const image of imagesAt(r * grid.columns + c)) {
          if (!late && this.#late.has(image)) continue;
          if (!ref(image, found, 0) || !slab.hold(found[REF.slot] as number, found[REF.serial] as number)) {
            missed++;
            continue;
          }
          rows.push(r);
          columns.push(c);
          refs.push(...found);
          shapes.push(shape(image));
        }
    const same = shapes.every((s) => s === shapes[0]);
    const frames = {
      row: Int32Array.from(rows),
      column: Int32Array.from(columns),
      ref: Int32Array.from(refs),
      shape: same ? shapes.slice(0, 1) : shapes,
    };
    return { frames, missed };
  }

  #release({ ref }: HeldFrames): void {
    for (let r = REF.slot; r < ref.length; r += REF.width) this.#o.slab.release(ref[r] as number);
  }

  /** The pattern of a position, with what is known by now. "gone": its frame is no longer kept. */
  async pattern(row: number, column: number): Promise<Image | "gone" | "none"> {
    const frames = this.#about(row, column);
    try {
      const own = frames.row.some((r, i) => r === row && frames.column[i] === column);
      if (!own) return "gone";
      return (
        (await this.#o.pool.askDenoiser("denoised", { series: this.#o.about.series, rows: this.#o.grid.rows, row, column, frames })) ??
        "none"
      );
    } finally {
      this.#release(frames);
    }
  }

  #tell<T>(answer: Promise<T>, then: (answer: T) => void): void {
    answer.then(then).catch(this.#o.onCrash);
  }
}

/** The last line with frames of each row: rows and lines are the same unless positions are listed. */
function lastLines({ rows, columns, order, positions }: ScanGrid): Int32Array {
  if (order !== "positions" || !positions) return Int32Array.from({ length: rows }, (_, r) => r);
  const last = new Int32Array(rows).fill(-1);
  positions.forEach((at, n) => {
    if (at >= 0 && at < rows * columns) last[Math.floor(at / columns)] = Math.floor(n / columns);
  });
  return last;
}

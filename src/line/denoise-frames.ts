import type { FrameShape } from "../core/frame.js";
import type { ScanGrid } from "../core/scan.js";
import { REACH } from "../denoise/method.js";
import { FrameGatherer, type HeldFrames } from "./held-frames.js";
import { REF, type SlabReader } from "./slab.js";

export interface FrameSource {
  readonly grid: ScanGrid;
  readonly slab: SlabReader;
  /** Calls back for the images at a scan index that came whole enough to have pixels. */
  readonly eachImage: (at: number, visit: (image: number) => void) => void;
  readonly ref: (image: number, out: Int32Array, at: number) => boolean;
  readonly shape: (image: number) => FrameShape;
  /** Writes the beam centre of an image of a finished line: row and col to `out[2 i]` and behind; px. */
  readonly centreOf: (image: number, at: number, out: Float64Array, i: number) => void;
}

/** Frames that were read back from disk: where each image lies, REF.width numbers. */
export type RecalledFrames = ReadonlyMap<number, Int32Array>;
export const NO_FRAMES: RecalledFrames = new Map();

/** Frames of a row, held. */
export interface RowFrames {
  readonly row: number;
  readonly held: HeldFrames;
  /** Frames that were no longer kept. */
  readonly missed: number;
  /** Lets them go, and the memory of their list. */
  readonly done: () => void;
}

/** Late images that are remembered. */
const MOST_LATE = 10_000;
/** Columns that any window reaches. */
const ACROSS = 4;

/** Frames of one series on one grid on their way to the lane: held while it reads them. */
export class DenoiseFrames {
  readonly #o: FrameSource;
  readonly #centres: Float64Array[] = [];
  readonly #gatherers: FrameGatherer[] = [];
  readonly #found = new Int32Array(REF.width);
  readonly #late = new Map<number, number>();

  #recalled: RecalledFrames = NO_FRAMES;

  constructor(o: FrameSource) {
    this.#o = o;
  }

  /** Frames to be used where they are no longer kept, from now on; true: there were some before. */
  lend(recalled: RecalledFrames): boolean {
    const some = this.#recalled.size > 0;
    this.#recalled = recalled;
    return some;
  }

  /** Images of a row whose frames are no longer kept. */
  gone(row: number): number[] {
    const { grid, ref, slab, eachImage } = this.#o;
    const images: number[] = [];
    for (let c = 0; c < grid.columns; c++)
      eachImage(row * grid.columns + c, (image) => {
        const slot = ref(image, this.#found, 0) ? (this.#found[REF.slot] as number) : -1;
        if (slot >= 0 && slab.hold(slot, this.#found[REF.serial] as number)) slab.release(slot);
        else images.push(image);
      });
    return images;
  }

  /** An image that came when its line was closed already: its row does without it. */
  late(at: number, image: number): void {
    if (this.#late.size < MOST_LATE) this.#late.set(image, at);
  }

  /** Scan indices of those, in order. */
  get latePositions(): number[] {
    return [...new Set(this.#late.values())].sort((a, b) => a - b);
  }

  /** A frame of this scan index came. */
  has(at: number): boolean {
    let came = false;
    this.#o.eachImage(at, () => {
      came = true;
    });
    return came;
  }

  /** Beam centres in a row as they are known now: per column row and col, px. To be given to `ofRow`. */
  centresOf(row: number): Float64Array {
    const { columns } = this.#o.grid;
    const centre = this.#centres.pop() ?? new Float64Array(2 * columns);
    for (let c = 0; c < columns; c++) this.#centreAt(row * columns + c, centre, c);
    return centre;
  }

  #centreAt(at: number, out: Float64Array, i: number): void {
    let known = false;
    this.#o.eachImage(at, (image) => {
      if (!known) this.#o.centreOf(image, at, out, i);
      known = true;
    });
    if (!known) out.fill(Number.NaN, 2 * i, 2 * i + 2);
  }

  /** Holds the frames of a row that are still kept. `inTime`: without those that came late. */
  ofRow(row: number, centres: Float64Array, inTime: boolean): RowFrames {
    const { grid } = this.#o;
    const gatherer = this.#gatherers.pop() ?? new FrameGatherer(grid.columns);
    gatherer.clear();
    const centre = new Float64Array(2);
    let missed = 0;
    for (let c = 0; c < grid.columns; c++) {
      centre.set(centres.subarray(2 * c, 2 * c + 2));
      missed += this.#hold(row, c, centre, gatherer, inTime);
    }
    this.#centres.push(centres);
    const { held } = gatherer;
    const done = (): void => {
      this.release(held);
      this.#gatherers.push(gatherer);
    };
    return { row, held, missed, done };
  }

  /** Holds the frames that the windows of a position reach. */
  about(row: number, column: number): HeldFrames {
    const { grid } = this.#o;
    const gatherer = new FrameGatherer((REACH.back + REACH.ahead + 1) * (2 * ACROSS + 1));
    const centre = new Float64Array(2);
    for (let r = Math.max(0, row - REACH.back); r <= Math.min(grid.rows - 1, row + REACH.ahead); r++)
      for (let c = Math.max(0, column - ACROSS); c <= Math.min(grid.columns - 1, column + ACROSS); c++) {
        this.#centreAt(r * grid.columns + c, centre, 0);
        this.#hold(r, c, centre, gatherer, false);
      }
    return gatherer.held;
  }

  /** Holds the frames of a position that are still kept; answers how many are missed. */
  #hold(row: number, column: number, centre: Float64Array, to: FrameGatherer, inTime: boolean): number {
    const { grid, ref, shape, slab, eachImage } = this.#o;
    let missed = 0;
    eachImage(row * grid.columns + column, (image) => {
      if (inTime && this.#late.has(image)) return;
      const kept = ref(image, this.#found, 0) && slab.hold(this.#found[REF.slot] as number, this.#found[REF.serial] as number);
      const recalled = kept ? undefined : this.#recalled.get(image);
      if (recalled) slab.hold(recalled[REF.slot] as number, recalled[REF.serial] as number);
      if (kept || recalled) to.add(row, column, recalled ?? this.#found, shape(image), centre);
      else missed++;
    });
    return missed;
  }

  release({ ref, count }: HeldFrames): void {
    for (let i = 0; i < count; i++) this.#o.slab.release(ref[i * REF.width + REF.slot] as number);
  }
}

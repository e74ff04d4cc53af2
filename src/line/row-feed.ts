import type { PolarScale } from "../components/polar-events.js";
import type { GrownRow } from "../components/superpixel-rows.js";
import type { ComponentOptions } from "./component-options.js";
import type { Knowledge } from "./denoise-run.js";
import { FrameGatherer, type HeldFrames } from "./held-frames.js";
import type { MaskVersion } from "./messages.js";
import { REF } from "./slab.js";

/** Late images that are remembered. */
const MOST_LATE = 10_000;

/** A row whose electrons are listed. */
export interface ListedRow {
  /** null: there was no frame so far, and no scale; or there is no memory for more. */
  readonly events: GrownRow | null;
  /** Frames, and ms of the lane's time for them. */
  readonly frames: number;
  readonly ms: number;
}

/** Masks as they are sent: pixels once per version. */
export function maskSender(): (mask: MaskVersion) => MaskVersion {
  let sent = Number.NaN;
  return (mask) => {
    if (mask.version === sent) return { version: mask.version };
    sent = mask.version;
    return mask;
  };
}

/** Frames of rows on their way to the lane that lists their electrons: gathered, held while it reads them, and let go. */
export class RowFeed {
  readonly #o: ComponentOptions;
  readonly #centre = new Float64Array(2);
  readonly #gatherers: FrameGatherer[] = [];
  readonly #found = new Int32Array(REF.width);
  readonly #late = new Set<number>();
  readonly #mask = maskSender();

  constructor(o: ComponentOptions) {
    this.#o = o;
  }

  /** An image that came when its line was closed already: its row does without it. */
  late(image: number): void {
    if (this.#late.size < MOST_LATE) this.#late.add(image);
  }

  /**
   * Lists a row. Its frames are held at once, and rows are answered in the order in which they were asked for. `scaleFor`: the scale of the rings; it is asked
   * for while there is none, with the first row that has a frame.
   */
  async list(row: number, known: Knowledge, scaleFor: (frames: number) => Promise<PolarScale> | PolarScale | null): Promise<ListedRow> {
    const { grid, pool, about, onMissed } = this.#o;
    const gatherer = this.#gatherers.pop() ?? new FrameGatherer(grid.columns);
    gatherer.clear();
    let missed = 0;
    for (let c = 0; c < grid.columns; c++) missed += this.#hold(known, row, c, gatherer);
    if (missed > 0) onMissed(missed);
    const { held } = gatherer;
    const asked = scaleFor(held.count);
    const scale = asked instanceof Promise ? await asked : asked;
    const listed =
      scale && (await pool.askLister("listRow", { series: about.series, row, mask: this.#mask(known.mask), scale, frames: held }));
    this.#release(held);
    this.#gatherers.push(gatherer);
    if (listed && listed.refused > 0) onMissed(listed.refused);
    return { events: listed?.events ?? null, frames: held.count, ms: listed?.ms ?? 0 };
  }

  #release({ ref, count }: HeldFrames): void {
    for (let i = 0; i < count; i++) this.#o.slab.release(ref[i * REF.width + REF.slot] as number);
  }

  /** Holds the frames of a position that are still kept; answers how many are missed. */
  #hold({ centreOf }: Knowledge, row: number, column: number, to: FrameGatherer): number {
    const { grid, ref, shape, slab, eachImage } = this.#o;
    const at = row * grid.columns + column;
    let missed = 0;
    // All frames of a position about the centre of the first.
    let first = true;
    eachImage(at, (image) => {
      if (this.#late.has(image)) return;
      if (first) centreOf(image, at, this.#centre, 0);
      first = false;
      if (ref(image, this.#found, 0) && slab.hold(this.#found[REF.slot] as number, this.#found[REF.serial] as number))
        to.add(row, column, this.#found, shape(image), this.#centre);
      else missed++;
    });
    return missed;
  }
}

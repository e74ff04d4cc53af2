import type { ScanGrid } from "../core/scan.js";
import { BeamFollower, type Surface } from "./beam-follower.js";
import type { BeamFit } from "./lane-calls.js";
import { LineNotes } from "./line-notes.js";

/** A new radius counts from this relative difference on. */
const RADIUS_CHANGE = 0.05;
/** Another centre is another disk from this distance on, px, or half a radius if that is more. */
const CENTRE_CHANGE_PX = 1.5;
/** Rows are measured again when the beam was so far from where it is now known to have been. */
const DRIFT_PX = 0.5;
/** Places of a line at which surfaces are compared: they are of the second degree. */
const SAMPLES = 4;

export interface BeamTrackOptions {
  readonly grid: ScanGrid;
  /** Masked by the stream or the operator. */
  readonly mask: Uint8Array | null;
  readonly maskVersion: number;
  readonly height: number;
  readonly width: number;
  /** Given by the operator: not measured. */
  readonly centre: { readonly row: number; readonly col: number } | null;
  readonly radius: number | null;
  readonly onNote: (code: string, message: string) => void;
}

/** What others may know of it. */
export type KnownBeam = Pick<BeamTrack, "beam" | "hotPixels" | "mask" | "maskVersion" | "radius" | "epoch">;

/**
 * What frames are measured with: beam centre, bright-field radius, mask. It changes at scan frontiers only: the path of the beam
 * with each finished line, radius and mask with each refit; a refit that changes what earlier lines were measured with begins an epoch.
 */
export class BeamTrack {
  readonly #o: BeamTrackOptions;
  #follower: BeamFollower | null = null;
  /** Per line that may be worked on: the surface from the lines up to the last but one before it. */
  readonly #surfaces = new Map<number, Surface>();
  readonly #learnt = new Map<number, LineNotes>();
  /** Of lines that are finished. */
  readonly #spare: LineNotes[] = [];
  #again: { readonly end: number; readonly line: number; readonly surface: Surface } | null = null;
  /** The surface that each line was measured with at first. */
  readonly #history: Surface[] = [];
  #beam: BeamFit | null = null;
  /** How often what is known has been corrected. */
  epoch = 0;
  /** Bright-field radius in use, px. */
  radius: number;
  mask: Uint8Array | null;
  maskVersion: number;
  hotPixels = 0;

  constructor(o: BeamTrackOptions) {
    this.#o = o;
    this.radius = o.radius ?? 0;
    this.mask = o.mask;
    this.maskVersion = o.maskVersion;
  }

  get beam(): BeamFit | null {
    return this.#beam;
  }
  /** The operator gave everything: nothing to look for. */
  get given(): BeamFit | null {
    const { centre, radius } = this.#o;
    return centre && radius !== null ? { ...NOTHING, ...centre, radius, found: true } : null;
  }

  /** The first epoch: the beam as found in the first line; null: that line had no frame. */
  start(fit: BeamFit | null): void {
    const { height, width, onNote } = this.#o;
    const beam = fit ?? { ...NOTHING, row: (height - 1) / 2, col: (width - 1) / 2, radius: Math.min(height, width) / 16, found: false };
    this.#follow(beam, 0);
    this.#exclude(beam);
    if (!beam.found)
      onNote("beam-not-found", "no bright-field disk was found in the first line: the centre of mass stands in for the beam until one is");
  }

  #follow(fit: BeamFit, line: number): void {
    const { grid, centre, radius } = this.#o;
    const at = centre ?? fit;
    this.radius = radius ?? fit.radius;
    this.#beam = { ...fit, row: at.row, col: at.col, radius: this.radius };
    this.#follower = new BeamFollower(grid.rows, grid.columns, at, this.radius, centre !== null);
    this.#surfaces.clear();
    for (let l = line; l <= line + 1; l++) this.#surfaces.set(l, this.#follower.surface);
  }

  /** Takes found hot and dead pixels out; true: counts on the maps change. */
  #exclude(fit: BeamFit): boolean {
    if (fit.hot.length + fit.dead.length === 0) return false;
    const { height, width, onNote } = this.#o;
    const mask = this.mask ? this.mask.slice() : new Uint8Array(height * width);
    for (const p of fit.hot) mask[p] = 1;
    for (const p of fit.dead) mask[p] = 1;
    this.mask = mask;
    this.maskVersion++;
    this.hotPixels += fit.hot.length;
    if (fit.hot.length > 0) onNote("hot-pixels", `${fit.hot.length} hot pixels found and excluded: ${pixelList(fit.hot, width)}`);
    if (fit.dead.length > 0) onNote("dead-pixels", `${fit.dead.length} dead pixels found and excluded: ${pixelList(fit.dead, width)}`);
    return fit.hot.length > 0;
  }

  /**
   * At a barrier before `line`. `kept`: the frames before it can be measured again. True: they must be,
   * images below `end`. Where they cannot, what is known now holds from here on, and that is told.
   */
  refit(fit: BeamFit | null, line: number, end: number, kept: boolean): boolean {
    if (!fit) return false;
    const { onNote } = this.#o;
    const before = this.#beam;
    const used = this.#used(line);
    const away = Math.hypot(fit.row - used.row, fit.col - used.col);
    const free = this.#o.centre === null;
    const moved = fit.found && free && (!before?.found || away > Math.max(CENTRE_CHANGE_PX, 0.5 * this.radius));
    const grown = fit.found && this.#o.radius === null && Math.abs(fit.radius / this.radius - 1) > RADIUS_CHANGE;
    const drifted = free && used.off > DRIFT_PX;
    const hot = this.#exclude(fit);
    if (moved) this.#follow(fit, line);
    else if (grown && before) {
      this.radius = fit.radius;
      this.#beam = { ...before, radius: fit.radius };
    }
    if (!(moved || grown || hot || drifted) || !this.#follower) return false;
    if (kept) {
      this.epoch++;
      this.#again = { end, line, surface: this.#follower.surface };
    }
    const why = [
      moved && "the beam is elsewhere",
      !moved && drifted && "the path of the beam is better known",
      grown && "the bright-field radius is better known",
      hot && "hot pixels were found",
    ];
    const reasons = why.filter(Boolean).join(", ");
    if (kept) onNote("measured-again", `rows before ${line} are measured again: ${reasons}`);
    else onNote("frames-gone", `rows before ${line} stay as they were measured, because their frames are no longer kept: ${reasons}`);
    return kept;
  }

  /**
   * Mean of the centres in use in the lines before `line`, and how far the newest surface is from them at the most; px. Taken from the
   * surfaces, not from the maps: these may still be about to be measured again.
   */
  #used(line: number): { row: number; col: number; off: number } {
    const { rows, columns } = this.#o.grid;
    const [now, then] = [new Float64Array(2), new Float64Array(2)];
    let [row, col, n, off] = [0, 0, 0, 0];
    for (let l = 0; l < Math.min(line, rows); l++) {
      const surface = this.#again !== null && l < this.#again.line ? this.#again.surface : this.#history[l];
      if (!surface || !this.#follower) continue;
      for (let k = 0; k <= SAMPLES; k++) {
        const at = l * columns + Math.round((k * (columns - 1)) / SAMPLES);
        this.#follower.predict(surface, at, then, 0);
        this.#follower.predict(this.#follower.surface, at, now, 0);
        off = Math.max(off, Math.hypot((now[0] as number) - (then[0] as number), (now[1] as number) - (then[1] as number)));
        row += then[0] as number;
        col += then[1] as number;
        n++;
      }
    }
    return { row: row / Math.max(1, n), col: col / Math.max(1, n), off };
  }

  /**
   * A measured centre of an image at a scan index: counts in the disk and their centre of mass in px stand in these numbers from `from` on.
   * Taken in when its line is finished.
   */
  note(line: number, image: number, at: number, numbers: Float64Array, from: number): void {
    let notes = this.#learnt.get(line);
    if (!notes) {
      notes = this.#spare.pop() ?? new LineNotes();
      this.#learnt.set(line, notes);
    }
    notes.add(image, at, numbers, from);
  }

  /** Fits the path with this line, in the order of its images. */
  finishLine(line: number): void {
    const follower = this.#follower;
    const notes = this.#learnt.get(line);
    this.#learnt.delete(line);
    const used = this.#surfaces.get(line);
    this.#surfaces.delete(line);
    if (!follower) return;
    this.#history[line] = used ?? follower.surface;
    notes?.each((values, i) => follower.learn(values, i));
    this.#surfaces.set(line + 2, notes ? follower.fit() : follower.surface);
    notes?.clear();
    if (notes) this.#spare.push(notes);
  }

  /** What images of finished lines are measured about, as it is known now: what is found later does not change it. */
  get path(): Path {
    const [follower, again, history] = [this.#follower, this.#again, this.#history];
    return (line, image, at, out, i) => {
      const surface = again !== null && image < again.end ? again.surface : history[line];
      follower?.predict(surface ?? follower.surface, at, out, i);
    };
  }

  /** Centre for an image at a scan index, scheduled with a line (-1: measured again). */
  predict(line: number, image: number, at: number, out: Float64Array, i: number): void {
    const follower = this.#follower;
    if (!follower) return;
    // A late frame of a line that was measured again: as the others of its line, whichever came first.
    const again = this.#again !== null && image < this.#again.end ? this.#again.surface : null;
    // What was put off comes when its line is finished.
    follower.predict(again ?? this.#surfaces.get(line) ?? this.#history[line] ?? follower.surface, at, out, i);
  }
}

/** Writes the centre of an image of a finished line at a scan index: row and col to `out[i]` and behind; px. */
export type Path = (line: number, image: number, at: number, out: Float64Array, i: number) => void;

const NOTHING = { hot: new Int32Array(), dead: new Int32Array() } as const;

function pixelList(pixels: Int32Array, width: number): string {
  const shown = [...pixels.slice(0, 8)].map((p) => `(${Math.floor(p / width)}, ${p % width})`).join(" ");
  return pixels.length > 8 ? `${shown} …` : shown;
}

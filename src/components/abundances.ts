import type { Part } from "./component.js";
import { type ExplainedFrame, explainFrame, LEAST_SHARE } from "./explained-frame.js";
import type { ClassRecord } from "./library.js";
import { Nmf } from "./nmf.js";
import { GRID, type PolarFrame, type PolarScale } from "./polar-events.js";
import type { RegionClass } from "./region-class.js";

const SECTOR = (2 * Math.PI) / GRID.sectors;
/** Frames that are learnt from in an epoch. */
const LEARNT = 64;
/** Parts of a frame that are kept. */
export const PARTS = 4;
/** Angles that differ by less than this part of a sector are one. */
const TURNS = 2;

/** Shares of classes in positions. */
export interface SharesOfPositions {
  /** [positions, PARTS] Classes, 0: none; and their shares. */
  readonly parts: Int32Array;
  readonly shares: Float32Array;
}

export interface Where {
  readonly columns: number;
  readonly rows: number;
  /** Region of each position, -1: none. */
  readonly region: Int32Array;
  readonly known: ReadonlyMap<number, RegionClass>;
  readonly frameAt: (position: number) => PolarFrame | null;
}

/**
 * Shares of components in every position: of one class alone inside of a grain, of those around it at a border. The components are the classes, and learn
 * from the frames as mixtures (Nmf); what none of them explains opens components of its own, which count as the rest of a frame.
 */
export class Abundances {
  readonly #nmf: Nmf;
  /** What the shares of a position were found of; NaN: they were not. */
  #prints = new Float64Array(0);
  #learnt = 0;

  constructor(scale: PolarScale, columns: number) {
    this.#nmf = new Nmf({ scale, columns });
  }

  /**
   * Classes are found anew: those in use are components, and some of the frames that came since are learnt from. `settle`: shares are found out again when
   * they are asked for, else only where others may be in a frame than before.
   */
  renew(records: ReadonlyMap<number, ClassRecord>, where: Where, settle: boolean): void {
    for (const id of [...new Set([...where.known.values()].map((k) => k.class))].sort((a, b) => a - b)) {
      const record = records.get(id);
      if (record) this.#nmf.start(id, record.rate, record.frames);
    }
    const end = where.rows * where.columns;
    const step = Math.max(1, Math.floor((end - this.#learnt) / LEARNT));
    for (let at = this.#learnt; at < end; at += step) {
      const frame = where.known.has(where.region[at]) ? where.frameAt(at) : null;
      if (frame) this.#nmf.learn(at, frame, candidates(where, at));
    }
    this.#learnt = end;
    this.#nmf.endEpoch();
    this.#grow(end);
    if (settle) this.#prints.fill(Number.NaN);
  }

  #grow(positions: number): void {
    if (this.#prints.length >= positions) return;
    const prints = new Float64Array(2 * positions).fill(Number.NaN);
    prints.set(this.#prints);
    this.#prints = prints;
  }

  /** What the frame of a position is made of; null: it has no class, or no electron. */
  explain(at: number, where: Where): ExplainedFrame | null {
    const frame = where.known.has(where.region[at]) ? where.frameAt(at) : null;
    return frame && explainFrame(this.#nmf, at, frame, candidates(where, at));
  }

  /** How many standard deviations the frame of a position is away from the classes in it, `alone` from its own; at a border less. */
  residual(at: number, where: Where, alone: number): number {
    const parts = candidates(where, at);
    const frame = parts.length < 2 ? null : where.frameAt(at);
    const found = frame && this.#nmf.explain(at, frame, parts);
    // What belongs to no class explains nothing.
    return found?.parts.every((p) => p.component > 0 || p.share < LEAST_SHARE) ? Math.min(alone, found.residual) : alone;
  }

  /** Finds the shares of a position, where they are not what they were found to be; none: it has no class. */
  find(at: number, where: Where, to: SharesOfPositions): void {
    const own = where.known.get(where.region[at]);
    const parts = own ? candidates(where, at) : [];
    const print = own ? printOf(parts) : Number.NaN;
    if (this.#prints[at] === print) return;
    this.#prints[at] = print;
    to.parts.fill(0, PARTS * at, PARTS * (at + 1));
    to.shares.fill(0, PARTS * at, PARTS * (at + 1));
    if (!own) return;
    const frame = parts.length > 1 ? where.frameAt(at) : null;
    let n = PARTS * at;
    for (const { component, share } of frame ? this.#nmf.shares(at, frame, parts) : []) {
      if (component <= 0 || share <= 0 || n === PARTS * (at + 1)) continue;
      to.parts[n] = component;
      to.shares[n++] = share;
    }
    if (n > PARTS * at) return;
    to.parts[n] = own.class;
    to.shares[n] = 1;
  }
}

/** A number that changes with the components, and with their angles by more than a fraction of a sector. */
function printOf(parts: readonly Part[]): number {
  let print = parts.length;
  for (const { component, turn } of parts) print = (print * 8191 + component * 257 + Math.round(TURNS * turn)) % 2 ** 40;
  return print;
}

/** The class of a position at its angle, then those of the eight around it. */
function candidates({ columns, rows, region, known }: Where, at: number): Part[] {
  const row = Math.floor(at / columns);
  const column = at % columns;
  const parts: Part[] = [];
  let last = region[at];
  addPart(parts, known.get(last));
  for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
    for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
      const id = region[r * columns + c];
      if (id === last) continue;
      last = id;
      addPart(parts, known.get(id));
    }
  return parts;
}

/** Adds the class of a region, once at each angle. */
function addPart(parts: Part[], of: RegionClass | undefined): void {
  if (!of) return;
  const turn = Number.isNaN(of.angle) ? 0 : of.angle / SECTOR;
  for (const p of parts) if (p.component === of.class && p.turn === turn) return;
  parts.push({ component: of.class, turn });
}

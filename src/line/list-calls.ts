import type { FinalAnswer } from "../components/final-questions.js";
import type { PolarScale } from "../components/polar-events.js";
import type { GrownRow } from "../components/superpixel-rows.js";
import type { HeldFrames } from "./held-frames.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import type { SharedWork } from "./shared-ending.js";

/** A complete row of a scan. */
export interface ListAsk {
  readonly series: number;
  readonly row: number;
  readonly mask: MaskVersion;
  /** Of the rings: the same for all rows since the series was opened. */
  readonly scale: PolarScale;
  readonly frames: HeldFrames;
}

export interface ListAnswer {
  /** null: the events of the rows before fill the memory for them. */
  readonly events: GrownRow | null;
  /** Frames whose pixels are no counts. */
  readonly refused: number;
  /** ms of the lane's time. */
  readonly ms: number;
}

/** Questions about the electrons of rows. */
export interface ListCalls {
  /** The scan begins, or begins again: live areas get numbers from 0 on. Rows before the first that is listed have no frame. */
  listOpen: { ask: LaneSeries & { readonly columns: number; readonly rows: number }; answer: null };
  listRow: { ask: ListAsk; answer: ListAnswer };
  /** After the last row: superpixels of the last rows, where they are not known yet. */
  listEnd: { ask: { series: number }; answer: readonly Int32Array[] };
  /** After listEnd: finds out a part of what settles the scan. null: the series is closed. */
  listJudge: { ask: { series: number } & SharedWork; answer: FinalAnswer | null };
  listClose: { ask: { series: number }; answer: null };
}

import type { ComponentRows } from "../components/component-rows.js";
import type { FinalAnswer } from "../components/final-questions.js";
import type { PolarScale } from "../components/polar-events.js";
import type { Churn } from "../components/shown-map.js";
import type { GrownRow } from "../components/superpixel-rows.js";
import type { ClustersView } from "../core/components.js";
import type { Image } from "../core/sink.js";
import type { Words } from "./component-book.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import type { ComponentFacts, ExplainedFacts } from "./seen-components.js";
import type { SharedWork } from "./shared-ending.js";

/** A complete row of a scan. */
export interface ComponentAsk {
  readonly series: number;
  readonly row: number;
  readonly mask: MaskVersion;
  /** null: there was no frame so far, or there is no memory for events any more. */
  readonly events: GrownRow | null;
}

/** Parts of the positions with a class that an update corrects: of those shown, and of what is known; after so many rows. */
export interface MapUpdate extends Churn {
  readonly known: Churn;
  readonly after: number;
}

export interface ComponentAnswer {
  /** Angles as people read them: counter-clockwise in the mounted frame. */
  readonly changed: ComponentRows;
  /** What this begins; null: it goes on with what was answered before, or is an operator's. */
  readonly update: MapUpdate | null;
  /** Positions whose correction waits. */
  readonly waiting: number;
  /** There are more: componentMore has them, in this order. */
  readonly more: boolean;
  /** The ellipse that the rings of a round specimen lie on, where none was told and one was found: as calibration.ellipse. */
  readonly ellipse: readonly [number, number] | null;
  /** The row from which on nothing is taken, because the events of those before fill the memory for them; -1: none. */
  readonly full: number;
  /** There are classes of earlier scans, but of other camera lengths alone. */
  readonly strange: boolean;
  /** ms of the lane's time. */
  readonly ms: number;
  /** Not null: the scan ends when the lane of lists has found this out, see componentSettle. */
  readonly shared: SharedWork | null;
}

/** Questions about components. */
export interface ComponentCalls {
  /** The scan begins, or `again`, from its first row on, with what is better known: what is shown stays, ids go on, nothing else that was learnt is used. */
  componentOpen: {
    ask: LaneSeries & { readonly columns: number; readonly rows: number; readonly most: number; readonly again: boolean };
    answer: null;
  };
  /**
   * Before the first row with a frame, which is `row`; those before it may come later. `radius`: of the bright-field disk, px. Answers the scale of the
   * rings, which is that of earlier scans where it fits.
   */
  componentBegin: { ask: { series: number; radius: number; row: number }; answer: PolarScale };
  componentRow: { ask: ComponentAsk; answer: ComponentAnswer };
  componentEnd: { ask: { series: number; superpixels: readonly Int32Array[] }; answer: ComponentAnswer };
  /** While the lane of lists finds out what is shared, this one does the rest. */
  componentJudge: { ask: { series: number }; answer: null };
  /** Goes on to the end with what that found; null: it found nothing out, and this one does it too. */
  componentSettle: { ask: { series: number; theirs: FinalAnswer | null }; answer: ComponentAnswer };
  componentMore: { ask: { series: number }; answer: ComponentAnswer };
  componentFacts: { ask: { series: number }; answer: ComponentFacts };
  /** Clusters of the classes where their tree is cut. */
  componentClusters: { ask: { series: number; distance: number }; answer: ClustersView };
  /** What the frame of a position is made of; null: it has no class. */
  componentExplain: { ask: { series: number; row: number; column: number }; answer: ExplainedFacts | null };
  /** What its components predict of it, about a beam centre in px. */
  componentMatch: {
    ask: { series: number; row: number; column: number; centre: readonly [row: number, col: number] };
    answer: Image | null;
  };
  /** Shows some classes as one from now on, in later scans too. */
  componentJoin: { ask: { series: number; ids: readonly number[] }; answer: ComponentAnswer };
  /** Keeps a class as it is, or lets it go on. */
  componentFreeze: { ask: { series: number; id: number; frozen: boolean }; answer: null };
  /** Takes a saved session, `freeze`: its classes stay as they are, and are all there are. */
  componentLoad: { ask: { bytes: Uint8Array; freeze: boolean }; answer: null };
  /** The session as a file; `words`: what people said of classes. */
  componentSave: { ask: { words: readonly Words[] }; answer: { bytes: Uint8Array; classes: number } };
  componentClose: { ask: { series: number }; answer: null };
}

import type { PolarKernels } from "../kernels/polar-kernels.js";
import type { IdsOfPositions } from "./earlier-ids.js";
import type { JoinedClasses } from "./joined-classes.js";
import type { ClassRecord, Library } from "./library.js";
import type { PolarScale } from "./polar-events.js";
import type { ShownMap } from "./shown-map.js";

export interface ComponentScanSetup {
  readonly columns: number;
  /** Of the scan: after a fifth of them, what is shown is corrected little by little. From the first one on where it is not known. */
  readonly rows?: number;
  readonly scale: PolarScale;
  /** What the operator has joined. */
  readonly joined: JoinedClasses;
  /** Classes of earlier scans, of the same scale; null: none. */
  readonly library: Library | null;
  /** No class but those of the library is shown, and those stay as they are. */
  readonly closed?: boolean;
  /** What it calculates with; as they are defined where there are none. */
  readonly kernels?: PolarKernels;
  /** No more classes than so many, at least 2. */
  readonly most?: number;
  /** As in GrainsSetup: rows come with their superpixels; and everything is found after the last row. */
  readonly grown?: boolean;
  readonly atOnce?: boolean;
  /** The same scan as it was taken before; null: it was not. */
  readonly earlier?: EarlierScan | null;
}

/** What a scan leaves that is taken once more from its first row on, because what it is measured with became better known. */
export interface EarlierScan {
  readonly ids: IdsOfPositions;
  /** Rows that were taken. */
  readonly taken: number;
  /** What is shown goes on being shown: the map, its rows, and what is known of its classes. */
  readonly map: ShownMap;
  readonly rows: number;
  readonly records: ReadonlyMap<number, ClassRecord>;
}

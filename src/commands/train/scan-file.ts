import type { SeriesBegin, WireFrame } from "../../core/detector.js";
import type { ScanGrid } from "../../core/scan.js";

/** What of the begin of a series is needed to learn from it. */
export type BeginFacts = Pick<SeriesBegin, "key" | "channel" | "expected" | "mask" | "saturation" | "errorValue" | "scan">;
/** A frame of a file; `at`: its scan index, where the file knows it. */
type FileFrame = WireFrame & { readonly at?: number };

/** The first series of a file. */
export interface ScanFile {
  readonly path: string;
  /** Its begin, then its frames in the order in which they came, each valid until the next is asked for. Faults: bad-file. */
  arrivals(): Generator<BeginFacts | FileFrame>;
  /** null: as the begin says. */
  readonly grid: ScanGrid | null;
}

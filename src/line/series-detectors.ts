import type { MapLayer } from "../core/map-layer.js";
import { type DetectorSet, detectorLayer, NO_DETECTORS, type SeriesDetector, type VirtualDetector } from "../core/virtual-detector.js";
import type { SeriesMaps } from "../maps/store.js";
import { DETECTORS_AT } from "../stages/index.js";
import type { DetectorBook } from "./detector-book.js";

/** Changes that a series remembers: afterwards it keeps the detectors that it has. */
const MOST_CHANGES = 256;

export interface SeriesDetectorsOptions {
  readonly book: Pick<DetectorBook, "set" | "has">;
  readonly maps: Pick<SeriesMaps, "open" | "close">;
  /** Polar bins that count for a detector. */
  readonly bins: (detector: VirtualDetector) => number;
  /** From a line on another set is counted: this depends on when people said so. */
  readonly onChange: (message: string) => void;
}

/** A layer, and the column of the numbers of a position that it shows. */
export interface DetectorTarget {
  readonly column: number;
  readonly layer: MapLayer;
}

/** Which virtual detectors count in which lines of a series, and their layers. A line has those that people had placed when the first frame of it was handed out. */
export class SeriesDetectors {
  readonly #o: SeriesDetectorsOptions;
  readonly #changes: { readonly line: number; readonly set: DetectorSet }[] = [];
  #seen: { readonly detector: VirtualDetector; readonly line: number }[] = [];
  /** Targets of a set, while the book is as it was. */
  #targets: { readonly set: DetectorSet; readonly book: DetectorSet; readonly targets: readonly DetectorTarget[] } | null = null;

  constructor(o: SeriesDetectorsOptions) {
    this.#o = o;
  }

  /** The detectors that this series has maps of. */
  get list(): readonly SeriesDetector[] {
    return this.#seen.map(({ detector, line }) => ({
      id: detector.id,
      name: detector.name,
      from_line: line,
      bins: this.#o.bins(detector),
    }));
  }

  /** A line is handed out, lines in order. */
  begin(line: number): void {
    const { book, onChange } = this.#o;
    const last = this.#changes.at(-1);
    if (line <= (last?.line ?? -1) || (last?.set ?? NO_DETECTORS) === book.set || this.#changes.length >= MOST_CHANGES) return;
    this.#changes.push({ line, set: book.set });
    const seen = new Set(this.#seen.map((d) => d.detector.id));
    for (const detector of book.set.slots) if (detector && !seen.has(detector.id)) this.#seen.push({ detector, line });
    if (last === undefined && line === 0) return;
    const names = book.set.slots.flatMap((d) => (d ? [d.name] : [])).join(", ");
    onChange(`virtual detectors from line ${line} on: ${names || "none"}`);
  }

  /** Those that count in a line. */
  of(line: number): DetectorSet {
    return this.#changes.findLast((c) => c.line <= line)?.set ?? NO_DETECTORS;
  }

  /** Where the numbers of a set go. A detector that was removed has no layer any more. */
  targets(set: DetectorSet): readonly DetectorTarget[] {
    const { book, maps } = this.#o;
    const known = this.#targets;
    if (known?.set === set && known.book === book.set) return known.targets;
    for (const { detector } of this.#seen) if (!book.has(detector.id)) maps.close(detector.id);
    this.#seen = this.#seen.filter((d) => book.has(d.detector.id));
    const targets = set.slots.flatMap((d, column) =>
      d !== null && book.has(d.id) ? [{ column: DETECTORS_AT + column, layer: maps.open(detectorLayer(d)) }] : [],
    );
    this.#targets = { set, book: book.set, targets };
    return targets;
  }
}

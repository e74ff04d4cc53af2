import type { MapLayer } from "../core/map-layer.js";
import { polarExtent } from "../core/polar.js";
import { lineOf } from "../core/scan.js";
import { type DetectorSet, detectorLayer, NO_DETECTORS, type SeriesDetector, type VirtualDetector } from "../core/virtual-detector.js";
import { detectorBins } from "../kernels/detector-columns.js";
import { DETECTORS_AT } from "../stages/index.js";
import { AGAIN } from "./background.js";
import type { MeasureOptions } from "./measure-options.js";
import { orientation } from "./mount.js";

/** Changes that a series remembers: afterwards it keeps the detectors that it has. */
const MOST_CHANGES = 256;

type SeriesDetectorsOptions = Pick<MeasureOptions, "about" | "grid" | "maps" | "mount" | "virtualDetectors" | "onDetectors">;

/** A layer, and the column of the numbers of a position that it shows. */
export interface DetectorTarget {
  readonly column: number;
  readonly layer: MapLayer;
}

/** Which virtual detectors count in which lines of a series, and their layers. A line has those that people had placed when the first frame of it was handed out. */
export class SeriesDetectors {
  readonly #o: SeriesDetectorsOptions;
  readonly #radius: () => number;
  readonly #changes: { readonly line: number; readonly set: DetectorSet }[] = [];
  #seen: { readonly detector: VirtualDetector; readonly line: number; bins: number }[] = [];
  /** Radius for which their bins were counted. */
  #counted = Number.NaN;
  /** Targets of a set, while the book is as it was. */
  #targets: { readonly set: DetectorSet; readonly book: DetectorSet; readonly targets: readonly DetectorTarget[] } | null = null;

  /** `radius`: of the bright-field disk, for which the polar bins are laid out; px. */
  constructor(o: SeriesDetectorsOptions, radius: () => number) {
    this.#o = o;
    this.#radius = radius;
  }

  /** The detectors that this series has maps of. */
  get list(): readonly SeriesDetector[] {
    const { about, mount } = this.#o;
    const radius = this.#radius();
    if (radius !== this.#counted) {
      this.#counted = radius;
      const extent = polarExtent(about, radius, about.ellipse);
      for (const seen of this.#seen) seen.bins = detectorBins(seen.detector, extent, orientation(mount));
    }
    return this.#seen.map(({ detector, line, bins }) => ({ id: detector.id, name: detector.name, from_line: line, bins }));
  }

  /** A line is handed out, lines in order. */
  begin(line: number): void {
    const { virtualDetectors: book, onDetectors } = this.#o;
    const before = this.#changes.at(-1);
    if (line <= (before?.line ?? -1) || (before?.set ?? NO_DETECTORS) === book.set || this.#changes.length >= MOST_CHANGES) return;
    this.#changes.push({ line, set: book.set });
    const seen = new Set(this.#seen.map((d) => d.detector.id));
    for (const detector of book.set.slots) if (detector && !seen.has(detector.id)) this.#seen.push({ detector, line, bins: 0 });
    this.#counted = Number.NaN;
    if (before === undefined && line === 0) return;
    const names = book.set.slots.flatMap((d) => (d ? [d.name] : [])).join(", ");
    const last = this.#changes.length === MOST_CHANGES ? "; what is placed or removed from now on counts in the next scan" : "";
    onDetectors(`virtual detectors from line ${line} on: ${names || "none"}${last}`);
  }

  /** Those that count in an image: of the line that it is scheduled with, or of its own where it is measured again. */
  of(scheduled: number, image: number): DetectorSet {
    const line = scheduled === AGAIN ? lineOf(this.#o.grid, image) : scheduled;
    return this.#changes.findLast((c) => c.line <= line)?.set ?? NO_DETECTORS;
  }

  /** How many images from `from` on have the same. */
  alike(scheduled: number, images: readonly number[], from: number): number {
    const set = this.of(scheduled, images[from] as number);
    let end = from + 1;
    while (end < images.length && this.of(scheduled, images[end] as number) === set) end++;
    return end - from;
  }

  /** Where the numbers of a set go. A detector that was removed has no layer any more. */
  targets(set: DetectorSet): readonly DetectorTarget[] {
    const { virtualDetectors: book, maps } = this.#o;
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

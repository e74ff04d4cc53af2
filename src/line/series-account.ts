import type { FrameAccount } from "../core/series.js";
import { type EndFacts, type EndKind, endedNormally } from "./ending.js";
import { ImageIndex, type IndexShelf } from "./image-index.js";

/** Counts the images of a series by contract §5. Exact at every moment except `lost`, which grows line by line until the end. */
export class SeriesAccount {
  readonly images: ImageIndex;
  received = 0;
  placed = 0;
  duplicate = 0;
  skipped = 0;
  beyond = 0;
  outOfOrder = 0;
  /** Images whose message was damaged, and frames whose pixels could not be decoded. */
  malformedMessages = 0;
  malformedPixels = 0;
  expected: number | null;
  /** Beyond whatever grid: not even indexed. */
  outside = 0;
  /** Missing in closed lines, while the series runs. */
  lostSoFar = 0;
  /** Highest image number on the grid, damaged ones included; -1 before. */
  highest = -1;
  #ended: { readonly lost: number; readonly notSent: number } | null = null;

  constructor(expected: number | null, shelf: IndexShelf) {
    this.images = new ImageIndex(shelf);
    this.expected = expected;
  }

  /** Numbers that depend on the grid start again. */
  replace(expected: number | null): void {
    this.#ended = null;
    this.expected = expected;
    this.placed = 0;
    this.skipped = 0;
    this.beyond = 0;
    this.lostSoFar = 0;
    this.malformedPixels = 0;
    this.highest = -1;
  }

  /** Every expected image came: each is counted once as placed, skipped, or not decodable. */
  get complete(): boolean {
    const n = this.expected;
    return n !== null && n > 0 && this.placed + this.skipped + this.malformedPixels >= n;
  }

  facts(how: EndKind, implied: boolean): EndFacts {
    const { highest } = this;
    const { count, longest } = this.images.missing(0, highest + 1);
    return { how, implied, expected: this.expected, highest, missing: count, longest, complete: this.complete };
  }

  /** Settles lost and not_sent; true: a normal end. */
  end(how: EndKind, implied: boolean): boolean {
    const normal = endedNormally(this.facts(how, implied));
    const seen = this.highest + 1;
    const bound = this.expected === null ? seen : normal ? this.expected : Math.min(seen, this.expected);
    this.#ended = { lost: this.images.missing(0, bound).count, notSent: this.expected === null ? 0 : this.expected - bound };
    return normal;
  }

  account(): FrameAccount {
    return {
      expected: this.expected,
      received: this.received,
      placed: this.placed,
      duplicate: this.duplicate,
      skipped: this.skipped,
      beyond: this.beyond + this.outside,
      malformed: this.malformedMessages + this.malformedPixels,
      out_of_order: Math.min(this.outOfOrder, this.placed),
      lost: this.#ended?.lost ?? this.lostSoFar,
      not_sent: this.#ended?.notSent ?? 0,
    };
  }
}

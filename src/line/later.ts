/** Images of one line that were put off. */
export interface LaterLine {
  readonly line: number;
  readonly images: readonly number[];
}

/** Frames that were put off, and are held: the newest line comes first. */
export class Later {
  readonly #lines: LaterLine[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  put(line: number, images: readonly number[]): void {
    if (images.length === 0) return;
    this.#lines.push({ line, images });
    this.#count += images.length;
  }

  /** Up to `most` images of the newest line; null: none wait. */
  take(most: number): LaterLine | null {
    const newest = this.#lines.pop();
    if (!newest) return null;
    const { line, images } = newest;
    const taken = images.slice(0, most);
    if (taken.length < images.length) this.#lines.push({ line, images: images.slice(most) });
    this.#count -= taken.length;
    return { line, images: taken };
  }

  /** Empties it. */
  drop(): number[] {
    const all = this.#lines.flatMap(({ images }) => images);
    this.#lines.length = 0;
    this.#count = 0;
    return all;
  }
}

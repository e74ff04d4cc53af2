/** Regions that superpixels, and regions before them, became part of. */
export class MergedRegions {
  /** One that is none any more leads to another one. */
  readonly #into = new Map<number, number>();

  add(id: number): void {
    this.#into.set(id, id);
  }

  unite(kept: number, gone: number): void {
    this.#into.set(gone, kept);
  }

  delete(id: number): void {
    this.#into.delete(id);
  }

  /** The region that this one is part of by now, -1: none. */
  of(id: number): number {
    let at = id;
    for (let up = this.#into.get(at); up !== undefined && up !== at; up = this.#into.get(at)) at = up;
    return this.#into.has(at) ? at : -1;
  }
}

/** Numbers of a note: image number, scan index, counts in the disk, and their centre of mass, px. */
const WIDTH = 5;

/** Measured beam centres of one line, in the order of arrival; read in the order of the images. Used again for later lines. */
export class LineNotes {
  #values = new Float64Array(64 * WIDTH);
  #count = 0;
  #inOrder = true;

  get count(): number {
    return this.#count;
  }

  /** Counts, row and col stand in these numbers from `from` on. */
  add(image: number, at: number, numbers: Float64Array, from: number): void {
    const i = this.#count * WIDTH;
    if (i === this.#values.length) {
      const larger = new Float64Array(2 * i);
      larger.set(this.#values);
      this.#values = larger;
    }
    const v = this.#values;
    if (i > 0 && image < (v[i - WIDTH] as number)) this.#inOrder = false;
    v[i] = image;
    v[i + 1] = at;
    v[i + 2] = numbers[from] as number;
    v[i + 3] = numbers[from + 1] as number;
    v[i + 4] = numbers[from + 2] as number;
    this.#count++;
  }

  /** Where scan index, counts, row and col of each stand, in `values` from `i` on. */
  each(visit: (values: Float64Array, i: number) => void): void {
    const v = this.#values;
    if (this.#inOrder) {
      for (let k = 0; k < this.#count; k++) visit(v, k * WIDTH + 1);
      return;
    }
    const order = Uint32Array.from({ length: this.#count }, (_, k) => k * WIDTH);
    order.sort((a, b) => (v[a] as number) - (v[b] as number));
    for (const i of order) visit(v, i + 1);
  }

  clear(): void {
    this.#count = 0;
    this.#inOrder = true;
  }
}

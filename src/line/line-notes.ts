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

  add(image: number, at: number, counts: number, row: number, col: number): void {
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
    v[i + 2] = counts;
    v[i + 3] = row;
    v[i + 4] = col;
    this.#count++;
  }

  each(visit: (at: number, counts: number, row: number, col: number) => void): void {
    const v = this.#values;
    const one = (i: number): void => visit(v[i + 1] as number, v[i + 2] as number, v[i + 3] as number, v[i + 4] as number);
    if (this.#inOrder) {
      for (let k = 0; k < this.#count; k++) one(k * WIDTH);
      return;
    }
    const order = Uint32Array.from({ length: this.#count }, (_, k) => k * WIDTH);
    order.sort((a, b) => (v[a] as number) - (v[b] as number));
    order.forEach(one);
  }

  clear(): void {
    this.#count = 0;
    this.#inOrder = true;
  }
}

/** Frames of the first line from which the beam is found. */
const SCOUTS = 512;

/** The frames that go ahead: the first of the first line of which one came. From their sum it is seen where the beam is. */
export class Scouts {
  readonly #ordered: boolean;
  #batch: number[] = [];
  #line = -1;
  #sent = 0;
  #out = 0;

  /** `ordered`: all at once, in the order of their numbers, for sums whose order shows in their bits. */
  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  get line(): number {
    return this.#line;
  }

  arrive(line: number, image: number): void {
    if (this.#line < 0) this.#line = line;
    if (line === this.#line && this.#sent + this.#batch.length < SCOUTS) this.#batch.push(image);
  }

  /** No further one will come; `closed`: number of closed lines. */
  #complete(closed: number, ended: boolean): boolean {
    return this.#sent + this.#batch.length >= SCOUTS || (this.#line >= 0 && closed > this.#line) || ended;
  }

  /** Those that may go now. */
  take(closed: number, ended: boolean): number[] {
    if (this.#ordered && !this.#complete(closed, ended)) return [];
    const images = this.#batch;
    this.#batch = [];
    if (this.#ordered) images.sort((a, b) => a - b);
    this.#sent += images.length;
    this.#out += images.length;
    return images;
  }

  back(count: number): void {
    this.#out -= count;
  }

  /** All of them have come back. */
  done(closed: number, ended: boolean): boolean {
    return this.#out === 0 && this.#batch.length === 0 && this.#complete(closed, ended);
  }
}

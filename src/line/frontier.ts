/** Lines run ahead of the finished ones by so many. */
export const REACH = 1;

/** Images that may be worked on. */
export interface LineQueue {
  /** The line that they count for. */
  readonly line: number;
  /** A view: it is used again. */
  readonly images: Int32Array;
  /** When the first of them was received, ms since 1970; 0: long ago. */
  readonly received: number;
}

/** Images that wait for their line, in memory that later lines use again. */
class Waiting {
  #images = new Int32Array(256);
  count = 0;
  received = 0;

  add(image: number): void {
    if (this.count === this.#images.length) {
      const more = new Int32Array(2 * this.count);
      more.set(this.#images);
      this.#images = more;
    }
    this.#images[this.count++] = image;
  }

  get images(): Int32Array {
    return this.#images.subarray(0, this.count);
  }
}

/**
 * Which lines of the scan may be worked on, which are complete, which are final: all of it from the order of the messages,
 * never from a clock, so that results are the same for every number of lanes.
 *
 * A line is *closed* when all its images came, or an image of the next line but one, or the series ended. A frame that comes
 * after its line is closed is scheduled with the first open line. A line is *finished* when it is closed and all frames
 * scheduled with it have come back. Lines run ahead of the finished ones by REACH at most, and never past a barrier.
 */
export class Frontier {
  readonly lines: number;
  readonly #perLine: number;
  readonly #ordered: boolean;
  readonly #arrived: Int32Array;
  readonly #out: Int32Array;
  readonly #waiting = new Map<number, Waiting>();
  /** Of lines that were worked on. */
  readonly #spare: Waiting[] = [];
  #highest = -1;
  #ended = false;
  #closed = 0;
  #finished = 0;
  #queued = 0;
  /** Lines from here on wait until `barrier` moves. */
  barrier = 0;

  /** `ordered`: one closed line at a time, in the order of the images: for sums whose order shows in their bits. */
  constructor(lines: number, imagesPerLine: number, ordered = false) {
    this.lines = lines;
    this.#ordered = ordered;
    this.#perLine = imagesPerLine;
    // One more: frames that come after the last line was closed are scheduled with it.
    this.#arrived = new Int32Array(lines + 1);
    this.#out = new Int32Array(lines + 1);
  }

  /** Number of closed lines, all before it included. */
  get closed(): number {
    return this.#closed;
  }
  get finished(): number {
    return this.#finished;
  }
  /** Frames waiting for their line. */
  get queued(): number {
    return this.#queued;
  }
  get ended(): boolean {
    return this.#ended;
  }

  /** An image of this line came, to be measured or not; returns the line that it is scheduled with. */
  arrive(line: number): number {
    if (line >= 0) {
      this.#arrived[line] = (this.#arrived[line] as number) + 1;
      if (line > this.#highest) this.#highest = line;
    }
    return Math.max(line, this.#closed);
  }

  /** Puts an image into the queue of its line. `received`: says when, ms since 1970; null: long ago. */
  queue(scheduled: number, image: number, received: (() => number) | null): void {
    let q = this.#waiting.get(scheduled);
    if (!q) {
      q = this.#spare.pop() ?? new Waiting();
      q.received = received?.() ?? 0;
      this.#waiting.set(scheduled, q);
    }
    q.add(image);
    this.#queued++;
  }

  /** The next line that is closed now, or -1; call until -1 after every arrival, so that batches do not show. `force`: even if it is incomplete. */
  close(force = false): number {
    const c = this.#closed;
    if (c >= this.lines) return -1;
    if ((this.#arrived[c] as number) < this.#perLine && this.#highest < c + 2 && !this.#ended && !force) return -1;
    this.#closed++;
    return c;
  }

  end(): void {
    this.#ended = true;
  }

  /** Images that may be worked on now, each valid until the next; empties their queues. */
  *ready(): Generator<LineQueue> {
    const reach = this.#finished + (this.#ordered ? 0 : REACH);
    const last =
      this.#finished >= this.lines
        ? this.lines
        : Math.min(reach, this.barrier - 1, this.#ordered ? this.#closed - 1 : Number.POSITIVE_INFINITY);
    for (let line = this.#finished; line <= last; line++) {
      const queue = this.#waiting.get(line);
      if (!queue) continue;
      const { images, received } = queue;
      this.#waiting.delete(line);
      if (this.#ordered) images.sort();
      this.#queued -= images.length;
      this.#out[line] = (this.#out[line] as number) + images.length;
      yield { line, images, received };
      queue.count = 0;
      this.#spare.push(queue);
    }
  }

  /** Empties all queues; for frames that are not to be worked on any more. */
  *drop(): Generator<number> {
    for (const { images } of this.#waiting.values()) yield* images;
    this.#waiting.clear();
    this.#queued = 0;
  }

  back(line: number, frames: number): void {
    this.#out[line] = (this.#out[line] as number) - frames;
  }

  /** The next line that is finished now, or -1; call until -1. */
  finish(): number {
    const f = this.#finished;
    if (f >= this.#closed || f >= this.barrier || this.#out[f] !== 0 || this.#waiting.has(f)) return -1;
    this.#finished++;
    return f;
  }

  /** Nothing is queued or being worked on, and every line is finished. */
  get idle(): boolean {
    return this.#ended && this.#finished >= this.lines && this.#queued === 0 && this.#out[this.lines] === 0;
  }
}

/** Regions of positions, row * columns + column, in a scan that grows. */
export class LabelMap {
  readonly columns: number;
  rows = 0;
  /** -1: none. */
  region = new Int32Array(0);
  /** Share of the region in the events of its position, 0..1. */
  confidence = new Float32Array(0);
  /** 1 where a neighbour is of another region. */
  boundary = new Uint8Array(0);
  /** Grows with every change of a region; and what it was after the last one of each position. */
  version = 0;
  #changedAt = new Int32Array(0);
  /** Rows in which a region changed since they were last asked for. */
  readonly #changed = new Set<number>();
  /** First and last row of each region, at most. */
  readonly #spans = new Map<number, [first: number, last: number]>();

  constructor(columns: number) {
    this.columns = columns;
  }

  grow(rows: number): void {
    this.rows = rows;
    const need = rows * this.columns;
    if (this.region.length >= need) return;
    const [region, confidence, boundary] = [new Int32Array(2 * need).fill(-1), new Float32Array(2 * need), new Uint8Array(2 * need)];
    region.set(this.region);
    confidence.set(this.confidence);
    boundary.set(this.boundary);
    const changedAt = new Int32Array(2 * need);
    changedAt.set(this.#changedAt);
    [this.region, this.confidence, this.boundary, this.#changedAt] = [region, confidence, boundary, changedAt];
  }

  at(row: number, column: number): number {
    return this.region[row * this.columns + column];
  }

  set(row: number, column: number, id: number): void {
    const at = row * this.columns + column;
    if (this.region[at] === id) return;
    this.region[at] = id;
    this.#changedAt[at] = ++this.version;
    this.#changed.add(row);
    this.#stretch(id, row, row);
  }

  /** Regions of whole rows, from the first of them on. */
  lay(first: number, region: Int32Array): void {
    for (let i = 0, row = first; i < region.length; row++) for (let c = 0; c < this.columns; c++) this.set(row, c, region[i++]);
  }

  /** [rows * columns] Region of each position, in memory of all threads. */
  copy(): Int32Array {
    const copy = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * this.rows * this.columns));
    copy.set(this.region.subarray(0, copy.length));
    return copy;
  }

  /** Positions of a region become those of another. */
  rename(gone: number, kept: number): void {
    const [first, last] = this.#spans.get(gone) ?? [0, -1];
    for (let row = first; row <= last; row++)
      for (let at = row * this.columns; at < (row + 1) * this.columns; at++)
        if (this.region[at] === gone) {
          this.region[at] = kept;
          this.#changedAt[at] = ++this.version;
          this.#changed.add(row);
        }
    if (last >= first) this.#stretch(kept, first, last);
    this.#spans.delete(gone);
  }

  /** Whether a region changed after a version, in these rows and columns, as far as there are such. */
  changedIn(firstRow: number, firstColumn: number, endRow: number, endColumn: number, version: number): boolean {
    for (let r = Math.max(0, firstRow); r < Math.min(this.rows, endRow); r++)
      for (let c = Math.max(0, firstColumn); c < Math.min(this.columns, endColumn); c++)
        if (this.#changedAt[r * this.columns + c] > version) return true;
    return false;
  }

  /** [(end - first) * columns] 1: a region changed after a version within so many rows and columns, of those before `end`. */
  changedNear(first: number, end: number, reach: number, version: number): Uint8Array {
    const near = new Uint8Array((end - first) * this.columns);
    for (let row = Math.max(0, first - reach); row < Math.min(this.rows, end + reach); row++)
      for (let c = 0; c < this.columns; c++) {
        if (this.#changedAt[row * this.columns + c] <= version) continue;
        for (let r = Math.max(first, row - reach); r <= Math.min(end - 1, row + reach); r++)
          near.fill(
            1,
            (r - first) * this.columns + Math.max(0, c - reach),
            (r - first) * this.columns + Math.min(this.columns, c + reach + 1),
          );
      }
    return near;
  }

  /**
   * Connected parts of a region, corners included: the largest keeps its id, others of `least` positions and more get one from `fresh`, which are answered;
   * smaller ones stay with it.
   */
  separate(id: number, least: number, fresh: () => number): number[] {
    const [first, last] = this.span(id) ?? [0, -1];
    const seen = new Set<number>();
    const parts: number[][] = [];
    for (let at = first * this.columns; at < (last + 1) * this.columns; at++)
      if (this.region[at] === id && !seen.has(at)) parts.push(this.#partFrom(at, id, seen));
    const others = parts.sort((a, b) => b.length - a.length || a[0] - b[0]).slice(1);
    return others
      .filter((part) => part.length >= least)
      .map((part) => {
        const own = fresh();
        for (const at of part) this.set(Math.floor(at / this.columns), at % this.columns, own);
        return own;
      });
  }

  #partFrom(start: number, id: number, seen: Set<number>): number[] {
    const part = [start];
    seen.add(start);
    for (let i = 0; i < part.length; i++) {
      const [row, column] = [Math.floor(part[i] / this.columns), part[i] % this.columns];
      for (let r = Math.max(0, row - 1); r <= Math.min(this.rows - 1, row + 1); r++)
        for (let c = Math.max(0, column - 1); c <= Math.min(this.columns - 1, column + 1); c++) {
          const to = r * this.columns + c;
          if (this.region[to] !== id || seen.has(to)) continue;
          seen.add(to);
          part.push(to);
        }
    }
    return part;
  }

  /** First and last row that a region may have positions in; null for one that has none. */
  span(id: number): readonly [first: number, last: number] | null {
    return this.#spans.get(id) ?? null;
  }

  /** Whether all of the eight neighbours that have a region have the same. */
  isCore(row: number, column: number): boolean {
    const own = this.at(row, column);
    for (let r = Math.max(0, row - 1); r <= Math.min(this.rows - 1, row + 1); r++)
      for (let c = Math.max(0, column - 1); c <= Math.min(this.columns - 1, column + 1); c++) {
        const other = this.at(r, c);
        if (other !== own && other >= 0) return false;
      }
    return true;
  }

  /** Rows that changed since the last call, ascending; what is at a boundary is known for them afterwards. */
  takeChanged(): number[] {
    const rows = [...this.#changed].sort((a, b) => a - b);
    this.#changed.clear();
    const near = new Set(rows.flatMap((r) => [r - 1, r, r + 1]));
    for (const row of near)
      if (row >= 0 && row < this.rows)
        for (let c = 0; c < this.columns; c++) this.boundary[row * this.columns + c] = this.at(row, c) < 0 || this.isCore(row, c) ? 0 : 1;
    return rows;
  }

  #stretch(id: number, first: number, last: number): void {
    if (id < 0) return;
    const span = this.#spans.get(id);
    if (!span) this.#spans.set(id, [first, last]);
    else {
      span[0] = Math.min(span[0], first);
      span[1] = Math.max(span[1], last);
    }
  }
}

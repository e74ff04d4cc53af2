/**
 * Follows the undiffracted beam over the scan (descan): a second-degree surface of the beam position, fitted by weighted least
 * squares to the centres of mass measured in finished lines, with a Gaussian prior that keeps it flat where nothing is known.
 * Residuals are down-weighted by a Cauchy weight against the prediction, so that grains whose disk is unevenly lit do not drag it.
 * Sums are taken in position order: same frames, same bits.
 */
const TERMS = 6;
/** Prior standard deviations over the whole scan, px: offset, linear, linear, quadratic, mixed, quadratic. */
const PRIOR = [20, 10, 10, 4, 4, 4] as const;
/** Unevenness of a disk that no count removes, px. */
const FLOOR = 0.3;
/** Fewer electrons than this in the disk say nothing. */
const MIN_COUNTS = 20;

export interface Surface {
  readonly row: Float64Array;
  readonly col: Float64Array;
}

export class BeamFollower {
  readonly #rows: number;
  readonly #columns: number;
  readonly #normal = new Float64Array(TERMS * TERMS);
  readonly #right = [new Float64Array(TERMS), new Float64Array(TERMS)] as const;
  readonly #start: readonly [number, number];
  readonly #radius: number;
  readonly #fixed: boolean;
  #surface: Surface;
  readonly #basis = new Float64Array(TERMS);
  readonly #predicted = new Float64Array(2);

  /** `fixed`: the centre was given; it is used everywhere and not followed. */
  constructor(rows: number, columns: number, centre: { row: number; col: number }, radius: number, fixed: boolean) {
    this.#rows = rows;
    this.#columns = columns;
    this.#start = [centre.row, centre.col];
    this.#radius = radius;
    this.#fixed = fixed;
    for (let k = 0; k < TERMS; k++) this.#normal[k * TERMS + k] = 1 / (PRIOR[k] as number) ** 2;
    this.#surface = { row: new Float64Array(TERMS), col: new Float64Array(TERMS) };
  }

  /** The surface fitted so far; a value that later fits do not change. */
  get surface(): Surface {
    return this.#surface;
  }

  #terms(at: number): Float64Array {
    const v = 2 * (Math.floor(at / this.#columns) / Math.max(1, this.#rows - 1)) - 1;
    const u = 2 * ((at % this.#columns) / Math.max(1, this.#columns - 1)) - 1;
    const b = this.#basis;
    b[0] = 1;
    b[1] = v;
    b[2] = u;
    b[3] = v * v;
    b[4] = v * u;
    b[5] = u * u;
    return b;
  }

  /** Beam centre (row, col; px) at a scan index, written to out[i], out[i + 1]. */
  predict(surface: Surface, at: number, out: Float64Array, i: number): void {
    const b = this.#terms(at);
    let row = this.#start[0];
    let col = this.#start[1];
    for (let k = 0; k < TERMS; k++) {
      row += (surface.row[k] as number) * (b[k] as number);
      col += (surface.col[k] as number) * (b[k] as number);
    }
    out[i] = row;
    out[i + 1] = col;
  }

  /** Takes one measured centre into the sums. In `values` from `i` on: scan index, counts in the disk, row and col of their centre of mass, px. */
  learn(values: Float64Array, i: number): void {
    const at = values[i] as number;
    const counts = values[i + 1] as number;
    const row = values[i + 2] as number;
    const col = values[i + 3] as number;
    if (this.#fixed || !(counts >= MIN_COUNTS) || !Number.isFinite(row) || !Number.isFinite(col)) return;
    const predicted = this.#predicted;
    this.predict(this.#surface, at, predicted, 0);
    const dr = row - (predicted[0] as number);
    const dc = col - (predicted[1] as number);
    const variance = this.#radius ** 2 / (4 * counts) + FLOOR ** 2;
    const w = 1 / (variance * (1 + (dr * dr + dc * dc) / (9 * variance)));
    const b = this.#terms(at);
    for (let j = 0; j < TERMS; j++) {
      const wb = w * (b[j] as number);
      // It is symmetric, and `solve` reads this half.
      for (let k = 0; k <= j; k++) this.#normal[j * TERMS + k] = (this.#normal[j * TERMS + k] as number) + wb * (b[k] as number);
      this.#right[0][j] = (this.#right[0][j] as number) + wb * (row - this.#start[0]);
      this.#right[1][j] = (this.#right[1][j] as number) + wb * (col - this.#start[1]);
    }
  }

  /** Fits what was learnt: at the end of a line. */
  fit(): Surface {
    if (!this.#fixed) this.#surface = { row: solve(this.#normal, this.#right[0]), col: solve(this.#normal, this.#right[1]) };
    return this.#surface;
  }
}

/** Solves a symmetric positive definite 6 x 6 system by Cholesky. */
function solve(a: Float64Array, b: Float64Array): Float64Array {
  const l = new Float64Array(TERMS * TERMS);
  for (let i = 0; i < TERMS; i++) {
    for (let j = 0; j <= i; j++) {
      let s = a[i * TERMS + j] as number;
      for (let k = 0; k < j; k++) s -= (l[i * TERMS + k] as number) * (l[j * TERMS + k] as number);
      l[i * TERMS + j] = i === j ? Math.sqrt(s) : s / (l[j * TERMS + j] as number);
    }
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < TERMS; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] as number) - (l[i * TERMS + k] as number) * (x[k] as number);
    x[i] = (x[i] as number) / (l[i * TERMS + i] as number);
  }
  for (let i = TERMS - 1; i >= 0; i--) {
    for (let k = i + 1; k < TERMS; k++) x[i] = (x[i] as number) - (l[k * TERMS + i] as number) * (x[k] as number);
    x[i] = (x[i] as number) / (l[i * TERMS + i] as number);
  }
  return x;
}

/** A separable Gaussian on rings and sectors. */
export interface PolarBlur {
  readonly rings: number;
  readonly sectors: number;
  /** Sectors to either side that the weights of a ring reach. */
  readonly reach: Uint8Array;
  /** [rings, sectors / 2] Weights by distance along the ring, from 0. */
  readonly along: Float32Array;
  /** Weights by distance across rings, from 0. */
  readonly across: Float32Array;
}

/** Where a Gaussian is cut off, in standard deviations. */
const CUT = 2.5;

function gaussian(sigma: number, most: number): Float32Array {
  const reach = Math.min(most, Math.ceil(CUT * sigma));
  const weights = Float64Array.from({ length: reach + 1 }, (_, d) => Math.exp((-d * d) / (2 * sigma * sigma)));
  const sum = 2 * weights.reduce((a, w) => a + w, 0) - weights[0];
  return Float32Array.from(weights, (w) => w / sum);
}

/** `along`: standard deviations in sectors, one per ring; `across`: in rings, 0 for none. Widths that wrap weigh all sectors alike. */
export function polarBlur(sectors: number, along: ArrayLike<number>, across: number): PolarBlur {
  const rings = along.length;
  const half = sectors / 2;
  const weights = new Float32Array(rings * half);
  const reach = new Uint8Array(rings);
  for (let r = 0; r < rings; r++) {
    const wraps = CUT * along[r] >= half - 1;
    const line = wraps ? new Float32Array(half).fill(1 / (sectors - 1)) : gaussian(along[r], half - 1);
    weights.set(line, r * half);
    reach[r] = line.length - 1;
  }
  return { rings, sectors, reach, along: weights, across: across > 0 ? gaussian(across, rings - 1) : Float32Array.of(1) };
}

/** Blurs [rings, sectors] of `input`, round the rings and across them, nothing beyond the first and the last. `scratch`: [rings, sectors], and two lines more. */
export function smoothPolar(input: ArrayLike<number>, blur: PolarBlur, out: Float32Array, scratch: Float32Array): void {
  const { rings, sectors, reach, along, across } = blur;
  const line = rings * sectors;
  for (let r = 0; r < rings; r++) {
    const [from, n, w] = [r * sectors, reach[r], (r * sectors) / 2];
    for (let s = 0; s < n; s++) scratch[line + s] = input[from + sectors - n + s];
    for (let s = 0; s < sectors; s++) scratch[line + n + s] = input[from + s];
    for (let s = 0; s < n; s++) scratch[line + n + sectors + s] = input[from + s];
    for (let s = 0; s < sectors; s++) {
      const at = line + n + s;
      let sum = along[w] * scratch[at];
      for (let d = 1; d <= n; d++) sum += along[w + d] * (scratch[at - d] + scratch[at + d]);
      scratch[from + s] = sum;
    }
  }
  for (let r = 0; r < rings; r++) {
    const from = r * sectors;
    for (let s = 0; s < sectors; s++) out[from + s] = across[0] * scratch[from + s];
    for (let d = 1; d < across.length; d++) {
      const [inner, outer] = [r - d >= 0 ? from - d * sectors : -1, r + d < rings ? from + d * sectors : -1];
      if (inner >= 0) for (let s = 0; s < sectors; s++) out[from + s] += across[d] * scratch[inner + s];
      if (outer >= 0) for (let s = 0; s < sectors; s++) out[from + s] += across[d] * scratch[outer + s];
    }
  }
}

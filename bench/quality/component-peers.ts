// Plain reference implementations of what is done elsewhere, on the polar counts that ours has too; the number of labels is given to them.
import { BINS, DIRECT, GRID, type PolarFrame } from "../../src/components/polar-events.js";
import { type Random, randomFrom } from "../../src/microscope/random.js";

const STREAM = 0x7065;
const NMF_ROUNDS = 60;
const KMEANS_ROUNDS = 40;
const LEAST = 1e-9;

/** Vectors of which most values are 0: index and value of each other one. */
export interface Sparse {
  readonly width: number;
  readonly index: readonly Uint16Array[];
  readonly value: readonly Float64Array[];
}

/** Counts per polar bin, the direct beam last. */
export function polarCounts(frames: readonly PolarFrame[]): Sparse {
  const counts = new Float64Array(BINS + 1);
  const index: Uint16Array[] = [];
  const value: Float64Array[] = [];
  for (const { bins, direct } of frames) {
    counts.fill(0);
    for (const b of bins) counts[b] = (counts[b] as number) + 1;
    counts[DIRECT] = direct;
    const own = Uint16Array.from([...new Set(bins), DIRECT].sort((a, b) => a - b));
    index.push(own);
    value.push(Float64Array.from(own, (b) => counts[b] as number));
  }
  return { width: BINS + 1, index, value };
}

/** Counts per ring and of the direct beam: what is left of a pattern when it is averaged over the azimuth. */
export function radialCounts(frames: readonly PolarFrame[]): Sparse {
  const index = Uint16Array.from({ length: GRID.rings + 1 }, (_, r) => r);
  const value = frames.map(({ bins, direct }) => {
    const sum = new Float64Array(GRID.rings + 1);
    for (const b of bins) {
      const ring = Math.floor(b / GRID.sectors);
      sum[ring] = (sum[ring] as number) + 1;
    }
    sum[GRID.rings] = direct;
    return sum;
  });
  return { width: GRID.rings + 1, index: frames.map(() => index), value };
}

/** Square roots, which have the same noise wherever they are. */
export const roots = ({ width, index, value }: Sparse): Sparse => ({ width, index, value: value.map((v) => v.map(Math.sqrt)) });

function eachValue({ index, value }: Sparse, i: number, visit: (at: number, v: number) => void): void {
  const [own, values] = [index[i] as Uint16Array, value[i] as Float64Array];
  for (let e = 0; e < own.length; e++) visit(own[e] as number, values[e] as number);
}

const squareOf = (values: Float64Array): number => values.reduce((s, v) => s + v * v, 0);

/** Distances of all vectors from a centre, squared. */
function distances(data: Sparse, centre: Float64Array): Float64Array {
  const own = squareOf(centre);
  return Float64Array.from(data.value, (values, i) => {
    let dot = 0;
    eachValue(data, i, (at, v) => {
      dot += v * (centre[at] as number);
    });
    return squareOf(values) + own - 2 * dot;
  });
}

function dense(data: Sparse, i: number): Float64Array {
  const out = new Float64Array(data.width);
  eachValue(data, i, (at, v) => {
    out[at] = v;
  });
  return out;
}

/** k-means++ (Arthur and Vassilvitskii 2007): centres are drawn by their squared distance from those before. */
function firstCentres(data: Sparse, k: number, random: Random): Float64Array[] {
  const n = data.value.length;
  const centres = [dense(data, Math.floor(random.uniform() * n))];
  let least = distances(data, centres[0] as Float64Array);
  while (centres.length < k) {
    const total = least.reduce((s, d) => s + Math.max(0, d), 0);
    let [left, i] = [random.uniform() * total, 0];
    for (; i < n - 1 && left > 0; i++) left -= Math.max(0, least[i] as number);
    const centre = dense(data, i);
    centres.push(centre);
    const d = distances(data, centre);
    least = least.map((v, j) => Math.min(v, d[j] as number));
  }
  return centres;
}

/** Labels by k-means (Lloyd 1982). */
export function kMeans(data: Sparse, k: number, seed = 1): Int32Array {
  const centres = firstCentres(data, k, randomFrom(seed, STREAM));
  const label = new Int32Array(data.value.length).fill(-1);
  for (let round = 0; round < KMEANS_ROUNDS; round++) {
    const apart = centres.map((c) => distances(data, c));
    let moved = 0;
    for (let i = 0; i < label.length; i++) {
      let best = 0;
      for (let c = 1; c < k; c++) if ((apart[c]?.[i] as number) < (apart[best]?.[i] as number)) best = c;
      if (best !== label[i]) moved++;
      label[i] = best;
    }
    if (moved === 0) break;
    for (let c = 0; c < k; c++) centres[c] = meanOf(data, label, c) ?? (centres[c] as Float64Array);
  }
  return label;
}

function meanOf(data: Sparse, label: Int32Array, of: number): Float64Array | null {
  const sum = new Float64Array(data.width);
  let n = 0;
  for (let i = 0; i < label.length; i++) {
    if (label[i] !== of) continue;
    n++;
    eachValue(data, i, (at, v) => {
      sum[at] = (sum[at] as number) + v;
    });
  }
  return n > 0 ? sum.map((v) => v / n) : null;
}

/** Components, each of sum 1, and how many counts of each vector they have. */
export interface Factors {
  readonly weights: readonly Float64Array[];
  readonly components: readonly Float64Array[];
}

/** Labels by non-negative factorisation: of each vector, the component with most of its counts. */
export const factorise = (data: Sparse, k: number, seed = 1): Int32Array =>
  Int32Array.from(nonNegative(data, k, seed).weights, (own) => own.indexOf(Math.max(...own)));

/** Non-negative factorisation to the Poisson likelihood (Lee and Seung 2001). */
export function nonNegative(data: Sparse, k: number, seed = 1): Factors {
  const random = randomFrom(seed, STREAM + 1);
  const n = data.value.length;
  const w = Array.from({ length: n }, () => Float64Array.from({ length: k }, () => 0.5 + random.uniform()));
  let h = Array.from({ length: k }, () => unit(Float64Array.from({ length: data.width }, () => 0.5 + random.uniform())));
  for (let round = 0; round < NMF_ROUNDS; round++) {
    const next = h.map(() => new Float64Array(data.width).fill(LEAST));
    for (let i = 0; i < n; i++) {
      const own = w[i] as Float64Array;
      const gain = new Float64Array(k);
      eachValue(data, i, (at, v) => {
        let expected = LEAST;
        for (let c = 0; c < k; c++) expected += (own[c] as number) * (h[c]?.[at] as number);
        for (let c = 0; c < k; c++) {
          const part = ((own[c] as number) * (h[c]?.[at] as number) * v) / expected;
          gain[c] = (gain[c] as number) + part;
          const row = next[c] as Float64Array;
          row[at] = (row[at] as number) + part;
        }
      });
      // Components sum to 1, so that weights are counts.
      w[i] = gain.map((g) => Math.max(LEAST, g));
    }
    h = next.map(unit);
  }
  return { weights: w, components: h };
}

function unit(values: Float64Array): Float64Array {
  const sum = values.reduce((s, v) => s + v, 0);
  return values.map((v) => v / sum);
}

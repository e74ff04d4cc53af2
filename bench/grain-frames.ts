import { randomFrom } from "../src/microscope/random.js";

/** A scan as lists of the counts of its frames (src/kernels/list-counts.ts). */
export interface GrainFrames {
  readonly lists: readonly Uint32Array[];
  /** Row and column of the beam, px. */
  readonly centres: Float64Array;
  /** Of the disks, px. */
  readonly radius: number;
}

/** Positions that a grain measures across, about. */
const GRAIN = 12;
/** Where electrons are: in the direct beam, in other disks, and between them. */
const DIRECT = 0.5;
const SPOTS = 0.8;
/** How far the beam wanders over the scan, px. */
const DESCAN = 1.5;
/** Lattices, in disk radii: both axes, and the cosine between them. */
const LATTICES = [
  [3.4, 3.4, 0],
  [3, 3, 0.5],
  [2.8, 4.6, 0],
  [4.3, 4.3, 0],
  [4, 4, 0.5],
  [2.6, 6.1, 0],
  [5.1, 5.1, 0.3],
  [3.1, 5.6, 0.2],
  [3.9, 6.8, 0],
  [5.3, 5.3, 0],
  [2.7, 3.7, 0.15],
  [4.9, 6.3, 0.4],
  [6, 6, 0.5],
  [3.5, 7.4, 0.1],
  [6.6, 6.6, 0],
  [4.4, 7.9, 0.25],
] as const;

/** `upTo`: how bright it is together with those before it. */
type Spot = readonly [row: number, col: number, upTo: number];

/** Spots of a crystal turned by an angle, px from the beam. */
function spotsOf(kind: number, turn: number, radius: number, reach: number): Spot[] {
  const [a, b, cosine] = LATTICES[kind % LATTICES.length] as (typeof LATTICES)[number];
  const spots: Spot[] = [];
  let sum = 0;
  for (let h = -9; h <= 9; h++)
    for (let k = -9; k <= 9; k++) {
      const [x, y] = [radius * (h * a + k * b * cosine), radius * k * b * Math.sqrt(1 - cosine * cosine)];
      const d = Math.hypot(x, y);
      if (d === 0 || d > reach - radius) continue;
      const [row, col] = [x * Math.sin(turn) + y * Math.cos(turn), x * Math.cos(turn) - y * Math.sin(turn)];
      sum += Math.exp(-d / (6 * radius)) * (1 + ((h * h + 2 * k * k) % 3));
      spots.push([row, col, sum]);
    }
  return spots;
}

/** Grains of some crystals, each turned by an angle of its own, and glass between; square scans of square frames. */
export function grainFrames(size: number, columns: number, electrons: number, crystals = 3): GrainFrames {
  const [middle, radius] = [size / 2, size / 40];
  const random = randomFrom(11, electrons);
  const grains = Array.from({ length: Math.ceil((columns / GRAIN) ** 2) }, (_, i) => {
    const spots = i % 7 === 6 ? [] : spotsOf(i % crystals, 2 * Math.PI * random.uniform(), radius, middle);
    return { row: columns * random.uniform(), col: columns * random.uniform(), spots, sum: spots.at(-1)?.[2] ?? 0 };
  });
  const centres = new Float64Array(2 * columns * columns);
  const lists = Array.from({ length: columns * columns }, (_, i) => {
    const [row, col] = [Math.floor(i / columns), i % columns];
    centres[2 * i] = middle + DESCAN * (row / columns - 0.5);
    centres[2 * i + 1] = middle + DESCAN * (col / columns - 0.5);
    const apart = (g: (typeof grains)[number]): number => (g.row - row) ** 2 + (g.col - col) ** 2;
    const { spots, sum } = grains.reduce((a, b) => (apart(b) < apart(a) ? b : a));
    const counts = new Map<number, number>();
    for (let n = random.poisson(electrons); n > 0; n--) {
      const kind = random.uniform();
      let [dr, dc] = [0, 0];
      if (kind >= DIRECT && kind < SPOTS && spots.length > 0) {
        const at = sum * random.uniform();
        [dr, dc] = spots.find(([, , upTo]) => upTo >= at) as Spot;
      }
      const between = kind >= SPOTS || (kind >= DIRECT && spots.length === 0);
      const d = between ? middle * random.uniform() : radius * Math.sqrt(random.uniform());
      const angle = 2 * Math.PI * random.uniform();
      const r = Math.floor((centres[2 * i] as number) + dr + d * Math.sin(angle));
      const c = Math.floor((centres[2 * i + 1] as number) + dc + d * Math.cos(angle));
      if (r >= 0 && r < size && c >= 0 && c < size) counts.set(r * size + c, (counts.get(r * size + c) ?? 0) + 1);
    }
    return Uint32Array.from([...counts].sort(([a], [b]) => a - b).map(([pixel, n]) => (pixel | (n << 25)) >>> 0));
  });
  return { lists, centres, radius };
}

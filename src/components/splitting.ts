import { addScaled, dotInFour } from "../kernels/count-events.js";
import { BINS } from "./polar-events.js";
import { addSum, emptySum, type HalfSum } from "./region-sum.js";
import { freeSignatures, type Signature, type Similarity } from "./similarity.js";

/** Frames that a part must have to be compared. */
const LEAST_FRAMES = 4;
/** Parts of a region, and of each side where a gradient must be excluded. */
const LEAST_PARTS = 4;
const ROUNDS = 8;
/**
 * Squared distance of two halves of one gradient, over the median of the squares that are left within them, is 16: farther apart, they are two
 * things. The median, because parts across the border of two things are mixtures of both.
 */
const GRADIENT = 16;
const CLEARLY = 1.25;
/** Least share of the power by which two things differ. */
const DIFFERENT = 0.12;
/** Standard deviations of noise. */
const SIGMAS = 5;

/** What becomes of a region that is two. */
export interface Split {
  readonly sums: readonly [HalfSum, HalfSum];
  /** Per part: 0, 1, or -1 where it is too small to tell. */
  readonly side: Int8Array;
  /** The contrast has two kinds without anything between, however alike. */
  readonly bimodal: boolean;
  /** They differ by more than noise. */
  readonly significant: boolean;
  /** Similarity of both sides. */
  readonly alike: number;
}

/** Squared distance, in two sums, which do not wait for one another. One name at a time: numbers that come out of a list are objects. */
function square(a: Float32Array, b: Float32Array): number {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < a.length; i += 2) {
    const p = a[i] - b[i];
    const q = a[i + 1] - b[i + 1];
    even += p * p;
    odd += q * q;
  }
  return even + odd;
}

/** Two groups of the parts of a region that differ most; null where there are too few. */
export function splitParts(parts: readonly HalfSum[], similarity: Similarity): Split | null {
  const side = new Int8Array(parts.length).fill(-1);
  const large = [...parts.keys()].filter((i) => enough(parts[i]));
  if (large.length < LEAST_PARTS) return null;
  const of = new Map<number, Signature>(large.map((i) => [i, similarity.of(parts[i])]));
  const contrast = (i: number): Float32Array => (of.get(i) as Signature).contrast;
  const farthest = (from: Float32Array): number => {
    let [best, most] = [large[0], Number.NEGATIVE_INFINITY];
    for (const i of large) {
      const far = square(contrast(i), from);
      if (far > most) [best, most] = [i, far];
    }
    return best;
  };
  const first = farthest(mean(large, parts, contrast));
  let centres = [contrast(first), contrast(farthest(contrast(first)))];
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false;
    for (const i of large) {
      const to = square(contrast(i), centres[1]) < square(contrast(i), centres[0]) ? 1 : 0;
      moved ||= to !== side[i];
      side[i] = to;
    }
    if (!moved) break;
    if (!large.some((i) => side[i] === 0) || !large.some((i) => side[i] === 1)) return null;
    centres = [0, 1].map((s) =>
      mean(
        large.filter((i) => side[i] === s),
        parts,
        contrast,
      ),
    );
  }
  const sums = [emptySum(), emptySum()] as const;
  for (const i of large) addSum(sums[side[i]], parts[i]);
  const [a, b] = sums.map((s) => similarity.of(s)) as [Signature, Signature];
  const apart = a.power + b.power - 2 * dotInFour(a.contrast, b.contrast, BINS);
  const within = scatter(large, parts, side, centres, of);
  const significant = apart > SIGMAS * (a.noise + b.noise);
  const sided = [0, 1].every((s) => large.filter((i) => side[i] === s).length >= LEAST_PARTS);
  const bimodal = significant && sided && apart > CLEARLY * GRADIENT * within && apart > (DIFFERENT * (a.power + b.power)) / 2;
  const alike = similarity.compare(a, b);
  freeSignatures([...of.values(), a, b]);
  return { sums, side, bimodal, significant, alike };
}

const enough = ({ frames, halfFrames }: HalfSum): boolean => frames >= LEAST_FRAMES && halfFrames[0] > 0 && halfFrames[1] > 0;

function mean(of: readonly number[], parts: readonly HalfSum[], contrast: (i: number) => Float32Array): Float32Array {
  const sum = new Float32Array(BINS);
  const frames = of.reduce((n, i) => n + parts[i].frames, 0);
  for (const i of of) addScaled(contrast(i), parts[i].frames / frames, sum);
  return sum;
}

/**
 * Median, over frames, of the power by which parts differ from the rest of their side, without that of noise; of the side where it is less: where
 * there are three things, one side holds two.
 */
function scatter(
  large: readonly number[],
  parts: readonly HalfSum[],
  side: Int8Array,
  centres: readonly Float32Array[],
  of: ReadonlyMap<number, Signature>,
): number {
  const found = [0, 1].map((s) => {
    const own = large.filter((i) => side[i] === s);
    const all = own.reduce((n, i) => n + parts[i].frames, 0);
    const whole = dotInFour(centres[s], centres[s], BINS);
    const power = (i: number) => ({
      power: apartFromRest(of.get(i) as Signature, parts[i].frames, all, centres[s], whole),
      frames: parts[i].frames,
    });
    return own.length < LEAST_PARTS ? Number.POSITIVE_INFINITY : Math.max(0, median(own.map(power)));
  });
  return Math.min(...found);
}

/** The rest of a side of `all` frames is its mean without this part; `rest`: the power of that mean. */
function apartFromRest({ contrast, power }: Signature, own: number, all: number, mean: Float32Array, rest: number): number {
  const [cross, own2] = [dotInFour(contrast, mean, BINS), dotInFour(contrast, contrast, BINS)];
  const restCross = (all * cross - own * own2) / (all - own);
  const restPower = (all * all * rest - 2 * all * own * cross + own * own * own2) / (all - own) ** 2;
  return power - 2 * restCross + restPower;
}

function median(found: { readonly power: number; readonly frames: number }[]): number {
  found.sort((a, b) => a.power - b.power);
  let left = found.reduce((n, f) => n + f.frames, 0) / 2;
  return (
    found.find((f) => {
      left -= f.frames;
      return left <= 0;
    })?.power ?? 0
  );
}

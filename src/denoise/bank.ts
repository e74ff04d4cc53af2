import { blurPlane, gaussianTaps, type Taps } from "../kernels/blur-plane.js";
import { GUIDE, MEMBERS, type VariantShape } from "./method.js";

/** The share that the own pixel keeps under a kernel along both axes. */
function centreOf(profile: readonly number[]): number {
  const middle = profile[(profile.length - 1) / 2] as number;
  return middle * middle;
}

function whole(taps: Taps): number[] {
  const half = [...taps];
  return [...half.slice(1).reverse(), ...half];
}

function convolve(a: readonly number[], b: readonly number[]): number[] {
  const at = (i: number): number => a.reduce((sum, v, k) => sum + v * (b[i - k] ?? 0), 0);
  return Array.from({ length: a.length + b.length - 1 }, (_, i) => at(i));
}

/** The blur that makes each member of another; null: it is none. */
export const MEMBER_TAPS: readonly (Taps | null)[] = MEMBERS.map(({ step }) => (step > 0 ? gaussianTaps(step) : null));
/** Kernel of each member along an axis. */
function profileOf(k: number): number[] {
  const { from = -1 } = MEMBERS[k] ?? {};
  const taps = MEMBER_TAPS[k];
  return taps ? convolve(profileOf(from), whole(taps)) : [1];
}
/** How much of an own count each member keeps at its pixel, per own weight in the window. */
export const CENTRES: readonly number[] = MEMBERS.map((_, k) => centreOf(profileOf(k)));
/** The blurs of the guide in one. */
export const GUIDE_TAPS: Taps = Float32Array.from(profileOf(GUIDE).slice((profileOf(GUIDE).length - 1) / 2));

/** Weight of the own pixel in each member, from that of the own frame in each window. */
export const ownShares = (own: readonly number[]): number[] =>
  MEMBERS.map(({ window }, k) => (CENTRES[k] as number) * (window < 0 ? 1 : (own[window] as number)));

/** Planes [BANK, height, width] of a position. Those with `from: -1` hold the averages; the rest, behind the own frame, is blurred from them. */
export function blurBank(
  planes: readonly Float32Array[],
  { own, last }: VariantShape,
  height: number,
  width: number,
  between: Float32Array,
): void {
  for (let k = own + 1; k <= last; k++) {
    const taps = MEMBER_TAPS[k];
    const from = MEMBERS[k]?.from ?? -1;
    if (taps) blurPlane(planes[from] as Float32Array, height, width, taps, between, planes[k] as Float32Array);
  }
}

/**
 * The rate around each pixel: the widest member, of which only what the own pixel counted is taken out, as its blur is so wide. `own`: weight of
 * the own frame in its average; `counts`: the own frame.
 */
export function surroundings(widest: Float32Array, counts: Float32Array, own: number, out: Float32Array): void {
  for (let p = 0; p < out.length; p++) out[p] = Math.max(0, ((widest[p] as number) - own * (counts[p] as number)) / (1 - own));
}

/** Effective number of the other frames, from that of all and the weight of the own one. */
export const othersOf = (frames: number, own: number): number => (1 - own) ** 2 / (1 / frames - own * own);

/** Own weight beyond which there is nearly nothing else. */
export const MOST_OWN = 0.95;

/**
 * The rate that the neighbours alone suggest: the guide's member without its own frame, which has the weight `own` in the average. Where
 * there is nearly nothing else, the member as it is. `first`: plane of the own frame.
 */
export function blindGuide(
  planes: readonly Float32Array[],
  first: number,
  own: number,
  height: number,
  width: number,
  between: Float32Array,
  out: Float32Array,
): void {
  const guide = planes[GUIDE] as Float32Array;
  if (own > MOST_OWN) {
    out.set(guide);
    return;
  }
  blurPlane(planes[first] as Float32Array, height, width, GUIDE_TAPS, between, out);
  for (let p = 0; p < out.length; p++) out[p] = Math.max(0, ((guide[p] as number) - own * (out[p] as number)) / (1 - own));
}

import { type Pattern, readPattern } from "./pattern-stats.js";

/** Spread of the window that counts are added up in, in disk radii: that of a Gaussian like a disk, which is half as wide as it along either axis. */
const WINDOW = 0.5;
/** Where no radius is known, px. */
const PLAIN_RADIUS = 4;
/** Noise does not fill the colour table. */
const LEAST_HIGH = 6;

/** Along one axis, with nothing beyond the edges. */
function blurAlong(values: Float64Array, count: number, step: number, lines: number, next: number, kernel: Float64Array): Float64Array {
  const reach = (kernel.length - 1) / 2;
  const out = new Float64Array(values.length);
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = Math.max(-reach, -i); k <= Math.min(reach, count - 1 - i); k++)
        sum += (kernel[k + reach] as number) * (values[line * next + (i + k) * step] as number);
      out[line * next + i * step] = sum;
    }
  return out;
}
const blur = (values: Float64Array, { height, width }: Pattern, kernel: Float64Array): Float64Array =>
  blurAlong(blurAlong(values, width, 1, height, width, kernel), height, width, width, 1, kernel);

/** Signed root of the deviance of a Poisson count from what is expected of it: about normal, of unit spread, at few counts too. */
function devianceRoot(count: number, expected: number): number {
  const deviance = 2 * ((count > 0 ? count * Math.log(count / expected) : 0) - count + expected);
  return Math.sign(count - expected) * Math.sqrt(Math.max(0, deviance));
}

/**
 * What is seen less what is explained, per pixel in standard deviations of the Poisson noise of a disk about it: counts are summed over a Gaussian
 * window like a disk of `radius` px, and compared as the root of their deviance. `frames`: so many were averaged. NaN where either has no value.
 */
export function residualPattern(seen: Pattern, explained: Pattern, frames: number, radius: number | null): Pattern {
  const { height, width } = seen;
  if (explained.height !== height || explained.width !== width)
    throw new Error(`patterns of ${height} × ${width} and of ${explained.height} × ${explained.width} px do not go together`);
  const sigma = WINDOW * (radius ?? PLAIN_RADIUS);
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sigma) ** 2));
  const both = Uint8Array.from(seen.values, (v, i) => (Number.isNaN(v) || Number.isNaN(explained.values[i]) ? 0 : 1));
  const valid = ({ values }: Pattern): Float64Array => Float64Array.from(values, (v, i) => (both[i] === 1 ? v : 0));
  const squares = kernel.map((w) => w * w);
  const [counts, mean] = [blur(valid(seen), seen, kernel), blur(valid(explained), seen, kernel)];
  const variance = blur(valid(explained), seen, squares);
  const z = Float32Array.from(counts, (x, i) => {
    const [m, v] = [mean[i] as number, (variance[i] as number) / frames];
    if (both[i] === 0 || !(v > 0)) return Number.NaN;
    // As many counts as have the spread that the sum has.
    const expected = (m * m) / v;
    return devianceRoot((expected * x) / m, expected);
  });
  const max = z.reduce((most, v) => (Math.abs(v) > most ? Math.abs(v) : most), 0);
  return { ...readPattern(height, width, "float32", z), max, high: Math.max(LEAST_HIGH, max), com: null };
}

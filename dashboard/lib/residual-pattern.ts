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

/**
 * What is seen less what is explained, per pixel in standard deviations of the Poisson noise of a disk about it: sums of the differences over a
 * Gaussian window like a disk of `radius` px, over the root of the sums of their variances. `frames`: so many were averaged. NaN where either has no value.
 */
export function residualPattern(seen: Pattern, explained: Pattern, frames: number, radius: number | null): Pattern {
  const { height, width } = seen;
  if (explained.height !== height || explained.width !== width)
    throw new Error(`patterns of ${height} × ${width} and of ${explained.height} × ${explained.width} px do not go together`);
  const sigma = WINDOW * (radius ?? PLAIN_RADIUS);
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sigma) ** 2));
  const n = height * width;
  const both = (i: number): boolean => !Number.isNaN(seen.values[i]) && !Number.isNaN(explained.values[i]);
  const [difference, variance] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    if (!both(i)) continue;
    difference[i] = (seen.values[i] as number) - (explained.values[i] as number);
    variance[i] = (explained.values[i] as number) / frames;
  }
  const [away, noise] = [
    blur(difference, seen, kernel),
    blur(
      variance,
      seen,
      kernel.map((w) => w * w),
    ),
  ];
  const z = Float32Array.from(away, (v, i) => (both(i) && (noise[i] as number) > 0 ? v / Math.sqrt(noise[i] as number) : Number.NaN));
  const max = z.reduce((m, v) => (Math.abs(v) > m ? Math.abs(v) : m), 0);
  return { ...readPattern(height, width, "float32", z), max, high: Math.max(LEAST_HIGH, max), com: null };
}

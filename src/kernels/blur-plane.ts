/** Half of a symmetric kernel whose sum is 1: its centre, then what lies 1, 2, ... px away. */
export type Taps = Float32Array;

/** Standard deviations to either side that a kernel reaches. */
const REACH = 2.5;

/** Samples of a Gaussian of `sigma` px. */
export function gaussianTaps(sigma: number): Taps {
  const reach = Math.floor(REACH * sigma + 0.5);
  const half = Float64Array.from({ length: reach + 1 }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
  const sum = half.reduce((a, v) => a + 2 * v, 0) - half[0];
  return Float32Array.from(half, (v) => v / sum);
}

/** What one tap less at either side of an edge adds: the kernel is mirrored there, the edge itself included, so that no counts are lost. */
const mirror = (i: number, length: number): number => {
  const span = 2 * length;
  const at = ((i % span) + span) % span;
  return at < length ? at : span - 1 - at;
};

/** Blurs a plane [height, width] along both axes into `out`; `between` is room for a plane. All three are different. */
export function blurPlane(plane: Float32Array, height: number, width: number, taps: Taps, between: Float32Array, out: Float32Array): void {
  blurLines(plane, height, width, width, 1, taps, between);
  blurLines(between, width, height, 1, width, taps, out);
}

/** Along lines of `length` pixels `step` apart; lines begin `pitch` apart. */
function blurLines(from: Float32Array, lines: number, length: number, pitch: number, step: number, taps: Taps, to: Float32Array): void {
  const reach = taps.length - 1;
  for (let line = 0, start = 0; line < lines; line++, start += pitch)
    for (let i = 0; i < length; i++) {
      let sum = taps[0] * from[start + i * step];
      const inside = i >= reach && i < length - reach;
      for (let k = 1; k <= reach; k++) {
        const [a, b] = inside ? [i - k, i + k] : [mirror(i - k, length), mirror(i + k, length)];
        sum += taps[k] * (from[start + a * step] + from[start + b * step]);
      }
      to[start + i * step] = sum;
    }
}

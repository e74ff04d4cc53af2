/**
 * Scalar products of frames [count, bins] whose rows are `pitch` apart: rows and columns `changed` of the symmetric matrix `gram`, rows
 * `gramPitch` apart. Pitch and bins are multiples of 4.
 */
export function gramFrames(
  frames: Float32Array,
  pitch: number,
  bins: number,
  count: number,
  changed: Uint32Array,
  gram: Float32Array,
  gramPitch: number,
): void {
  for (const i of changed)
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let b = 0; b < bins; b++) sum += frames[i * pitch + b] * frames[j * pitch + b];
      gram[i * gramPitch + j] = sum;
      gram[j * gramPitch + i] = sum;
    }
}

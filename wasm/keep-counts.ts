/** Pixels that are summed up in float32. */
const CHUNK: usize = 64;

/** Scales a plane so that what its `used` pixels (uint8) hold adds up to `total`; a plane of zeros is left. Reads up to 12 bytes past the ends. */
export function keepCounts(plane: usize, used: usize, pixels: u32, total: f64): void {
  const whole: usize = pixels & ~3;
  const end: usize = pixels;
  let sum: f64 = 0;
  for (let p: usize = 0; p < whole; ) {
    let part = f32x4.splat(0);
    for (const next = min(whole, p + CHUNK); p < next; p += 4) {
      const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(used + p));
      const mask = i32x4.ne(i32x4.extend_low_i16x8_u(bytes), i32x4.splat(0));
      part = f32x4.add(part, v128.and(mask, v128.load(plane + (p << 2))));
    }
    sum += <f64>((f32x4.extract_lane(part, 0) + f32x4.extract_lane(part, 1)) + (f32x4.extract_lane(part, 2) + f32x4.extract_lane(part, 3)));
  }
  for (let p = whole; p < end; p++) if (load<u8>(used + p) != 0) sum += <f64>load<f32>(plane + (p << 2));
  if (!(sum > 0)) return;
  const scale = <f32>(total / sum);
  const factor = f32x4.splat(scale);
  for (let p: usize = 0; p < whole; p += 4) v128.store(plane + (p << 2), f32x4.mul(factor, v128.load(plane + (p << 2))));
  for (let p = whole; p < end; p++) store<f32>(plane + (p << 2), scale * load<f32>(plane + (p << 2)));
}

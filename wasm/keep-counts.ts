/** Pixels that are summed up in float32. */
const CHUNK: usize = 64;

/** What the `used` pixels (uint8) of a plane hold. Reads up to 12 bytes past the ends. */
export function sumUsed(plane: usize, used: usize, pixels: u32): f64 {
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
  return sum;
}

/** Scales a plane so that its `used` pixels hold `total`; a plane of zeros is left. */
export function keepCounts(plane: usize, used: usize, pixels: u32, total: f64): void {
  const sum = sumUsed(plane, used, pixels);
  if (!(sum > 0)) return;
  const scale = <f32>(total / sum);
  const factor = f32x4.splat(scale);
  let end = plane + (<usize>(pixels & ~3) << 2);
  for (; plane < end; plane += 16) v128.store(plane, f32x4.mul(factor, v128.load(plane)));
  end += <usize>(pixels & 3) << 2;
  for (; plane < end; plane += 4) store<f32>(plane, scale * load<f32>(plane));
}

/** Pixels that are summed up in float32. */
const CHUNK: usize = 64;

/** Adds four pixels of a plane, of which those count that are `used`: four bytes. */
// @ts-ignore: decorator
@inline
function addUsed(sum: v128, used: usize, plane: usize): v128 {
  const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(used));
  const mask = i32x4.ne(i32x4.extend_low_i16x8_u(bytes), i32x4.splat(0));
  return f32x4.add(sum, v128.and(mask, v128.load(plane)));
}

/** Adds sixteen pixels. */
// @ts-ignore: decorator
@inline
function addSixteen(sum: v128, used: usize, plane: usize): v128 {
  // Nearly always.
  if (i8x16.all_true(v128.load(used))) {
    sum = f32x4.add(f32x4.add(sum, v128.load(plane)), v128.load(plane, 16));
    return f32x4.add(f32x4.add(sum, v128.load(plane, 32)), v128.load(plane, 48));
  }
  sum = addUsed(addUsed(sum, used, plane), used + 4, plane + 16);
  return addUsed(addUsed(sum, used + 8, plane + 32), used + 12, plane + 48);
}

// @ts-ignore: decorator
@inline
function total(sum: v128): f64 {
  return <f64>((f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)));
}

/** What the `used` pixels (uint8) of a plane hold. */
export function sumUsed(plane: usize, used: usize, pixels: u32): f64 {
  const end: usize = pixels;
  let sum: f64 = 0;
  let p: usize = 0;
  for (; p + CHUNK <= end; p += CHUNK) {
    let part = addSixteen(f32x4.splat(0), used + p, plane + (p << 2));
    part = addSixteen(part, used + p + 16, plane + (p << 2) + 64);
    part = addSixteen(part, used + p + 32, plane + (p << 2) + 128);
    sum += total(addSixteen(part, used + p + 48, plane + (p << 2) + 192));
  }
  let rest = f32x4.splat(0);
  for (; p + 4 <= end; p += 4) rest = addUsed(rest, used + p, plane + (p << 2));
  sum += total(rest);
  for (; p < end; p++) if (load<u8>(used + p) != 0) sum += <f64>load<f32>(plane + (p << 2));
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

// Signatures of regions: the same as plainPolarKernels in src/kernels/polar-kernels.ts, both halves at once.
import { smoothPolar } from "./smooth-polar";

/** As in src/kernels/stabilise-counts.ts. */
const FINE: f32 = 32;
const MOST: f32 = 16;
const SHIFT: f32 = 0.375;
/** Counts of both halves, live area, and nothing, of the sectors of a ring: i32. */
const LINE: usize = memory.data(16 * 512, 16);

// @ts-ignore: decorator
@inline
function stableMean(table: usize, expected: f32, root: f32): f32 {
  if (expected >= MOST) return 2 * root - 0.25 / sqrt(expected);
  const at = expected * FINE;
  const low = <i32>at;
  const entry = table + (<usize>low << 2);
  const value = load<f32>(entry);
  return value + (at - <f32>low) * (load<f32>(entry, 4) - value);
}

/** What one ring has beyond its surroundings, `n` sectors to either side. `scales`: of both halves. */
function standOut(sectors: usize, n: usize, table: usize, scale: v128, first: usize, second: usize): void {
  const end = LINE + (sectors << 4);
  let sum = i32x4.splat(0);
  let leaves = end - (n << 4);
  for (let at = leaves; at < end; at += 16) sum = i32x4.add(sum, v128.load(at));
  let enters = LINE;
  for (const to = LINE + (n << 4); enters <= to; enters += 16) sum = i32x4.add(sum, v128.load(enters));
  if (leaves == end) leaves = LINE;
  const shift = f32x4.splat(SHIFT);
  for (let at = LINE; at < end; at += 16, first += 4, second += 4) {
    const values = f32x4.convert_i32x4_s(v128.load(at));
    const box = f32x4.convert_i32x4_s(sum);
    const live = f32x4.extract_lane(box, 2);
    let expected = f32x4.splat(0);
    if (live > 0) expected = f32x4.mul(box, f32x4.splat(f32x4.extract_lane(values, 2) / live));
    const roots = f32x4.sqrt(f32x4.add(values, shift));
    const bases = f32x4.sqrt(f32x4.add(expected, shift));
    let means = f32x4.splat(stableMean(table, f32x4.extract_lane(expected, 0), f32x4.extract_lane(bases, 0)));
    means = f32x4.replace_lane(means, 1, stableMean(table, f32x4.extract_lane(expected, 1), f32x4.extract_lane(bases, 1)));
    const rest = f32x4.mul(scale, f32x4.sub(f32x4.add(roots, roots), means));
    store<f32>(first, f32x4.extract_lane(rest, 0));
    store<f32>(second, f32x4.extract_lane(rest, 1));
    sum = i32x4.add(sum, i32x4.sub(v128.load(enters < end ? enters : enters - (sectors << 4)), v128.load(leaves)));
    enters += 16;
    leaves += 16;
    if (leaves == end) leaves = LINE;
  }
}

/** Loads one ring; its sums go to `sums`: f64 of both halves and the live area. */
function loadRing(a: usize, b: usize, area: usize, sectors: usize, sums: usize): void {
  let sum = i32x4.splat(0);
  for (let at = LINE; at < LINE + (sectors << 4); at += 16, a += 8, b += 8, area += 8) {
    const counts = i32x4.trunc_sat_f64x2_s_zero(v128.load64_lane(b, v128.load64_zero(a), 1));
    const live = i32x4.trunc_sat_f64x2_s_zero(v128.load64_zero(area));
    const both = v128.shuffle<i32>(counts, live, 0, 1, 4, 5);
    v128.store(at, both);
    sum = i32x4.add(sum, both);
  }
  v128.store(sums, f64x2.convert_low_i32x4_s(sum));
  store<f64>(sums, <f64>i32x4.extract_lane(sum, 2), 16);
}

/**
 * Contrast of both halves (f64 counts at `a` and `b`, live area at `area`), each blurred, to `first` and `second`; `sums`: of each ring, three f64.
 * `scratch`: two planes. Answers the product of both; their mean with these weights goes to `out`.
 */
export function contrastPolar(
  a: usize,
  b: usize,
  area: usize,
  rings: usize,
  sectors: usize,
  around: usize,
  table: usize,
  scaleA: f32,
  scaleB: f32,
  shareA: f32,
  blur: usize,
  across: usize,
  scratch: usize,
  first: usize,
  second: usize,
  sums: usize,
  out: usize,
): f64 {
  const bytes = sectors << 2;
  const size = rings * bytes;
  const scale = f32x4.replace_lane(f32x4.splat(scaleA), 1, scaleB);
  for (let r: usize = 0; r < rings; r++) {
    const skip = 2 * r * bytes;
    loadRing(a + skip, b + skip, area + skip, sectors, sums + 24 * r);
    standOut(sectors, load<u8>(around + r), table, scale, first + r * bytes, second + r * bytes);
  }
  smoothPolar(first, blur, rings, sectors, across, first, scratch);
  smoothPolar(second, blur, rings, sectors, across, second, scratch);
  const share = f32x4.splat(shareA);
  const rest = f32x4.splat(1 - shareA);
  let power = f64x2.splat(0);
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(first + i);
    const y = v128.load(second + i);
    v128.store(out + i, f32x4.add(f32x4.mul(share, x), f32x4.mul(rest, y)));
    const xy = f32x4.mul(x, y);
    power = f64x2.add(power, f64x2.promote_low_f32x4(xy));
    power = f64x2.add(power, f64x2.promote_low_f32x4(v128.shuffle<f32>(xy, xy, 2, 3, 0, 1)));
  }
  return f64x2.extract_lane(power, 0) + f64x2.extract_lane(power, 1);
}

// The same as src/kernels/blend-template.ts, four bins at a time.

/** out += weight * values, n f32, a multiple of 4. */
export function addFloats(values: usize, weight: f32, n: usize, out: usize): void {
  const w = f32x4.splat(weight);
  for (const end = out + (n << 2); out < end; out += 16, values += 16)
    v128.store(out, f32x4.add(v128.load(out), f32x4.mul(w, v128.load(values))));
}

/** Sum of a * b, n f32, a multiple of 4. */
export function dotFloats(a: usize, b: usize, n: usize): f64 {
  let sum = f64x2.splat(0);
  for (const end = a + (n << 2); a < end; a += 16, b += 16) {
    const xy = f32x4.mul(v128.load(a), v128.load(b));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(xy));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<f32>(xy, xy, 2, 3, 0, 1)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Multiplies n f32, a multiple of 4. */
export function scaleFloats(values: usize, by: f32, n: usize): void {
  const w = f32x4.splat(by);
  for (const end = values + (n << 2); values < end; values += 16) v128.store(values, f32x4.mul(w, v128.load(values)));
}

/** Rates at `rate` from counts and live area; `mean`: f32 per ring and of the direct beam, which is bin rings * sectors; three bins behind it are 0. */
export function blendTemplate(counts: usize, area: usize, frames: f32, prior: f32, mean: usize, rings: usize, sectors: usize, rate: usize): void {
  const bytes = sectors << 2;
  const weight = f32x4.splat((frames + prior) / frames);
  const more = prior / frames;
  for (let r: usize = 0; r <= rings; r++) {
    const g = load<f32>(mean + (r << 2));
    const mean4 = f32x4.splat(g);
    const floor = f32x4.splat(<f32>0.001 * g);
    const added = f32x4.splat(more * g);
    const end = (r + 1) * bytes;
    for (let i = r * bytes; i < (r < rings ? end : r * bytes + 16); i += 16) {
      const live = v128.load(area + i);
      const m = f32x4.div(f32x4.add(v128.load(counts + i), f32x4.mul(added, live)), f32x4.mul(weight, live));
      v128.store(rate + i, f32x4.pmax(floor, v128.bitselect(m, mean4, f32x4.gt(live, f32x4.splat(1e-6)))));
    }
  }
  const last = rate + rings * bytes;
  store<f32>(last, 0, 4);
  store<f32>(last, 0, 8);
  store<f32>(last, 0, 12);
}

/** Natural logarithms of n positive f32, n a multiple of 4: a polynomial on the mantissa (Cephes, logf), to 1e-7. */
export function logFloats(values: usize, n: usize, out: usize): void {
  const one = f32x4.splat(1);
  for (const end = out + (n << 2); out < end; out += 16, values += 16) {
    const bits = v128.load(values);
    let exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(bits, 23), i32x4.splat(126)));
    let m = v128.or(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
    const small = f32x4.lt(m, f32x4.splat(0.707106781186547524));
    exponent = f32x4.sub(exponent, v128.and(small, one));
    m = f32x4.sub(f32x4.add(m, v128.and(small, m)), one);
    const z = f32x4.mul(m, m);
    let p = f32x4.splat(7.0376836292e-2);
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.151461031e-1));
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(1.1676998740e-1));
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.2420140846e-1));
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(1.4249322787e-1));
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-1.6668057665e-1));
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(2.0000714765e-1));
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(-2.4999993993e-1));
    p = f32x4.add(f32x4.mul(p, m), f32x4.splat(3.3333331174e-1));
    let y = f32x4.mul(f32x4.mul(p, m), z);
    y = f32x4.add(y, f32x4.mul(exponent, f32x4.splat(-2.12194440e-4)));
    y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
    v128.store(out, f32x4.add(f32x4.add(m, y), f32x4.mul(exponent, f32x4.splat(0.693359375))));
  }
}

// The same as src/kernels/smooth-polar.ts, sixteen sectors at a time. Layout of a blur: src/kernels/wasm-polar-kernels.ts.

/** Rings of a blur, at most. */
export const MOST_RINGS: usize = 32;
const LINE: usize = memory.data(4 * 3 * 512, 16);

/** Sums along one ring: `n` sectors to either side, weights by distance from 0. */
function smoothLine(input: usize, sectors: usize, n: usize, weights: usize, out: usize): void {
  const bytes = sectors << 2;
  const begin = LINE + (n << 2);
  memory.copy(LINE, input + bytes - (n << 2), n << 2);
  memory.copy(begin, input, bytes);
  memory.copy(begin + bytes, input, n << 2);
  for (let at = begin; at < begin + bytes; at += 64, out += 64) {
    const first = v128.load32_splat(weights);
    let a = f32x4.mul(first, v128.load(at));
    let b = f32x4.mul(first, v128.load(at, 16));
    let c = f32x4.mul(first, v128.load(at, 32));
    let d = f32x4.mul(first, v128.load(at, 48));
    for (let k: usize = 4; k <= n << 2; k += 4) {
      const w = v128.load32_splat(weights + k);
      const low = at - k;
      const high = at + k;
      a = f32x4.add(a, f32x4.mul(w, f32x4.add(v128.load(low), v128.load(high))));
      b = f32x4.add(b, f32x4.mul(w, f32x4.add(v128.load(low, 16), v128.load(high, 16))));
      c = f32x4.add(c, f32x4.mul(w, f32x4.add(v128.load(low, 32), v128.load(high, 32))));
      d = f32x4.add(d, f32x4.mul(w, f32x4.add(v128.load(low, 48), v128.load(high, 48))));
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
}

/** Blurs rings of f32 at `input`; `scratch` is as large. Sectors are a multiple of 16. */
export function smoothPolar(input: usize, blur: usize, rings: usize, sectors: usize, across: usize, out: usize, scratch: usize): void {
  const bytes = sectors << 2;
  const along = blur + MOST_RINGS;
  const weights = along + rings * (bytes >> 1);
  for (let r: usize = 0; r < rings; r++) smoothLine(input + r * bytes, sectors, load<u8>(blur + r), along + r * (bytes >> 1), scratch + r * bytes);
  for (let r: usize = 0; r < rings; r++) {
    const first = v128.load32_splat(weights);
    for (let at = scratch + r * bytes, to = out + r * bytes, end = at + bytes; at < end; at += 64, to += 64) {
      let a = f32x4.mul(first, v128.load(at));
      let b = f32x4.mul(first, v128.load(at, 16));
      let c = f32x4.mul(first, v128.load(at, 32));
      let d = f32x4.mul(first, v128.load(at, 48));
      for (let k: usize = 1; k < across; k++) {
        const w = v128.load32_splat(weights + (k << 2));
        if (r >= k) {
          const inner = at - k * bytes;
          a = f32x4.add(a, f32x4.mul(w, v128.load(inner)));
          b = f32x4.add(b, f32x4.mul(w, v128.load(inner, 16)));
          c = f32x4.add(c, f32x4.mul(w, v128.load(inner, 32)));
          d = f32x4.add(d, f32x4.mul(w, v128.load(inner, 48)));
        }
        if (r + k < rings) {
          const outer = at + k * bytes;
          a = f32x4.add(a, f32x4.mul(w, v128.load(outer)));
          b = f32x4.add(b, f32x4.mul(w, v128.load(outer, 16)));
          c = f32x4.add(c, f32x4.mul(w, v128.load(outer, 32)));
          d = f32x4.add(d, f32x4.mul(w, v128.load(outer, 48)));
        }
      }
      v128.store(to, a);
      v128.store(to, b, 16);
      v128.store(to, c, 32);
      v128.store(to, d, 48);
    }
  }
}

/** f32 of n f64, n a multiple of 4. */
export function toFloats(values: usize, n: usize, out: usize): void {
  for (const end = out + (n << 2); out < end; out += 16, values += 32) {
    const low = f32x4.demote_f64x2_zero(v128.load(values));
    const high = f32x4.demote_f64x2_zero(v128.load(values, 16));
    v128.store(out, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
  }
}

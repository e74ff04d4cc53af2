// Matrix products for bases. The twin, to read first: src/kernels/combine-rows.ts.
import { SCORES } from "./window-frame";

/** Bytes of a row, and of half of it. */
const ROW: usize = 4 * SCORES;
const HALF: usize = ROW / 2;

// @ts-ignore: decorator
@inline
function more(sum: v128, share: v128, q: usize, vector: usize): v128 {
  return f32x4.add(sum, f32x4.mul(share, v128.load(q + 16 * vector)));
}

/** Half of the columns of two rows. */
function combineHalf(one: usize, two: usize, along: usize, q: usize, end: usize, out: usize, next: usize): void {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let i = a;
  let j = a;
  let k = a;
  let l = a;
  for (; q < end; q += ROW) {
    const x = v128.load32_splat(one);
    const y = v128.load32_splat(two);
    one += along;
    two += along;
    a = more(a, x, q, 0);
    g = more(g, y, q, 0);
    b = more(b, x, q, 1);
    h = more(h, y, q, 1);
    c = more(c, x, q, 2);
    i = more(i, y, q, 2);
    d = more(d, x, q, 3);
    j = more(j, y, q, 3);
    e = more(e, x, q, 4);
    k = more(k, y, q, 4);
    f = more(f, x, q, 5);
    l = more(l, y, q, 5);
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  v128.store(out, e, 64);
  v128.store(out, f, 80);
  v128.store(next, g);
  v128.store(next, h, 16);
  v128.store(next, i, 32);
  v128.store(next, j, 48);
  v128.store(next, k, 64);
  v128.store(next, l, 80);
}

/** out[r] = sum over i of a[r, i] q[i], rows of 48 float32. `down`, `along`: numbers from one r, one i to the next. `out` is none of the others. */
export function combineRows(a: usize, down: usize, along: usize, rows: usize, count: usize, q: usize, out: usize): void {
  const end = q + count * ROW;
  for (let r: usize = 0; r < rows; r += 2) {
    const one = a + 4 * down * r;
    const last = r + 1 == rows;
    const two = last ? one : one + 4 * down;
    const to = out + ROW * r;
    const next = last ? to : to + ROW;
    combineHalf(one, two, 4 * along, q, end, to, next);
    combineHalf(one, two, 4 * along, q + HALF, end, to + HALF, next + HALF);
  }
}

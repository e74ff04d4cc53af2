// Scalar products of frames. The twin, to read first: src/kernels/gram-frames.ts.
//
// The frames are more than the caches hold, so tiles of all frames are multiplied one after the other.

/** Bytes of a frame in a tile. */
const TILE: usize = 1024;

// @ts-ignore: decorator
@inline
function more(sum: v128, x: v128, at: usize): v128 {
  return f32x4.add(sum, f32x4.mul(x, v128.load(at)));
}

/** Sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
function sums(p: v128, q: v128, r: v128, s: v128): v128 {
  const low = f32x4.add(v128.shuffle<f32>(p, q, 0, 4, 1, 5), v128.shuffle<f32>(p, q, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<f32>(r, s, 0, 4, 1, 5), v128.shuffle<f32>(r, s, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
}

/** Adds the products of two frames with four that follow each other, over `bytes` of a tile. */
function addProducts(one: usize, two: usize, others: usize, pitch: usize, bytes: usize, out: usize, next: usize): void {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  const second = others + pitch;
  const third = second + pitch;
  const fourth = third + pitch;
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(one + at);
    const y = v128.load(two + at);
    a = more(a, x, others + at);
    b = more(b, x, second + at);
    c = more(c, x, third + at);
    d = more(d, x, fourth + at);
    e = more(e, y, others + at);
    f = more(f, y, second + at);
    g = more(g, y, third + at);
    h = more(h, y, fourth + at);
  }
  v128.store(next, f32x4.add(v128.load(next), sums(e, f, g, h)));
  if (one != two) v128.store(out, f32x4.add(v128.load(out), sums(a, b, c, d)));
}

/**
 * Rows and columns `changed` (`some` numbers of 32 bits, rising) of the matrix. Needs room for three frames behind the last, and for rows of
 * `gram` up to a multiple of 4. Only columns up to the diagonal are multiplied if all frames have changed.
 */
export function gramFrames(frames: usize, pitch: usize, bins: usize, count: usize, changed: usize, some: usize, gram: usize, gramPitch: usize): void {
  const step = 4 * gramPitch;
  const all = some == count;
  for (let k: usize = 0; k < some; k++) memory.fill(gram + step * load<u32>(changed + 4 * k), 0, 4 * ((count + 3) & ~3));
  for (let tile: usize = 0; tile < 4 * bins; tile += TILE) {
    const bytes = min(TILE, 4 * bins - tile);
    for (let k: usize = 0; k < some; k += 2) {
      const j = <usize>load<u32>(changed + 4 * k);
      const i = k + 1 < some ? <usize>load<u32>(changed + 4 * k, 4) : j;
      const end = all ? i + 1 : count;
      for (let other: usize = 0; other < end; other += 4)
        addProducts(
          frames + 4 * pitch * j + tile,
          frames + 4 * pitch * i + tile,
          frames + 4 * pitch * other + tile,
          4 * pitch,
          bytes,
          gram + step * j + 4 * other,
          gram + step * i + 4 * other,
        );
    }
  }
  for (let k: usize = 0; k < some; k++) {
    const i = <usize>load<u32>(changed + 4 * k);
    const end = all ? i : count;
    for (let j: usize = 0; j < end; j++) store<f32>(gram + step * j + 4 * i, load<f32>(gram + step * i + 4 * j));
  }
}

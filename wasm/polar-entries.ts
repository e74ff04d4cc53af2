// Polar counts of frames that are listed in entries. The twin, to read first: src/kernels/polar-entries.ts.
import { addEntries } from "./spread-entries";
import { COUNTS, FEATURES, FROM, PIXEL, POLAR_FROM, POLAR_TO, TO } from "./window-frame";

/** Bytes of a row of weights. */
const ROW: usize = 64;

/**
 * Lists the entries of a frame's record by polar bin at `out`, where there is room for as many, and projects them by `weights` [bins, 16].
 * `table`: of the phase of the centre, which lies in the pixel (row, col).
 */
export function listPolar(frame: usize, table: usize, row: i32, col: i32, reach: i32, width: i32, bins: u32, weights: usize, out: usize): void {
  const side = 2 * reach + 1;
  const end = <usize>load<u32>(frame, TO);
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  store<u32>(frame, out, POLAR_FROM);
  for (let entry = <usize>load<u32>(frame, FROM); entry < end; entry += 4) {
    const what = load<u32>(entry);
    const pixel = what & PIXEL;
    const line = pixel / width;
    const r = <i32>line - row + reach;
    const s = <i32>(pixel - line * width) - col + reach;
    if (<u32>r >= <u32>side || <u32>s >= <u32>side) continue;
    const bin = <u32>load<u16>(table + ((r * side + s) << 1)) >> 2;
    if (bin >= bins) continue;
    store<u32>(out, (what & ~PIXEL) | bin);
    out += 4;
    const counts = f32x4.splat(<f32>(what >> COUNTS));
    const from = weights + bin * ROW;
    a = f32x4.add(a, f32x4.mul(counts, v128.load(from)));
    b = f32x4.add(b, f32x4.mul(counts, v128.load(from, 16)));
    c = f32x4.add(c, f32x4.mul(counts, v128.load(from, 32)));
    d = f32x4.add(d, f32x4.mul(counts, v128.load(from, 48)));
  }
  store<u32>(frame, out, POLAR_TO);
  v128.store(frame, a, FEATURES);
  v128.store(frame, b, FEATURES + 16);
  v128.store(frame, c, FEATURES + 32);
  v128.store(frame, d, FEATURES + 48);
}

/** Adds the polar counts of `count` members of a window, times their weights, to float32 bins. */
export function addPolar(members: usize, count: usize, weights: usize, out: usize): void {
  for (let j: usize = 0; j < 4 * count; j += 4) {
    const weight = load<f32>(weights + j);
    if (weight == 0) continue;
    const frame = <usize>load<u32>(members + j);
    addEntries(load<u32>(frame, POLAR_FROM), load<u32>(frame, POLAR_TO), weight, out);
  }
}

/** The weighted sum of the members' features. */
export function blendFeatures(members: usize, count: usize, weights: usize, out: usize): void {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let j: usize = 0; j < 4 * count; j += 4) {
    const weight = v128.load32_splat(weights + j);
    const frame = <usize>load<u32>(members + j);
    a = f32x4.add(a, f32x4.mul(weight, v128.load(frame, FEATURES)));
    b = f32x4.add(b, f32x4.mul(weight, v128.load(frame, FEATURES + 16)));
    c = f32x4.add(c, f32x4.mul(weight, v128.load(frame, FEATURES + 32)));
    d = f32x4.add(d, f32x4.mul(weight, v128.load(frame, FEATURES + 48)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

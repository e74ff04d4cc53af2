// Weights of the frames of a window. The twins, to read first: src/kernels/frame-distances.ts and src/kernels/krige-weights.ts.
import { lanes, NOISE, POWER, SCORES } from "./window-frame";

/** Most members, and bytes of a row of distances. Columns beyond the members are 0 up to a multiple of 16. */
const MEMBERS: usize = 64;
const ROW: usize = 4 * MEMBERS;
const distances: usize = memory.data(16384, 16);
const powers: usize = memory.data(256, 16);
const noises: usize = memory.data(256, 16);
const gradient: usize = memory.data(256, 16);
/** Members' addresses, repeated to a multiple of 4. */
const frames: usize = memory.data(256, 16);
/** Rows of members whose weight is not zero: weight and address. */
const active: usize = memory.data(520, 16);

/** Descent steps; see the twin. */
const STEPS: i32 = 12;
const FLOOR: f32 = 0.02;

// @ts-ignore: decorator
@inline
function more(sum: v128, z: v128, at: usize): v128 {
  return f32x4.add(sum, f32x4.mul(z, v128.load(at)));
}

/** Products of the scores of `frame` with those of four frames. */
// @ts-ignore: decorator
@inline
function products(frame: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  let p = i32x4.splat(0);
  let q = p;
  let r = p;
  let s = p;
  for (let k: usize = 0; k < 4 * SCORES; k += 32) {
    const z = v128.load(frame + k);
    p = more(p, z, a + k);
    q = more(q, z, b + k);
    r = more(r, z, c + k);
    s = more(s, z, d + k);
    const y = v128.load(frame + k, 16);
    p = more(p, y, a + k + 16);
    q = more(q, y, b + k + 16);
    r = more(r, y, c + k + 16);
    s = more(s, y, d + k + 16);
  }
  const low = f32x4.add(v128.shuffle<f32>(p, q, 0, 4, 1, 5), v128.shuffle<f32>(p, q, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<f32>(r, s, 0, 4, 1, 5), v128.shuffle<f32>(r, s, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
}

/** Reads powers, noises and addresses of the members. */
function gather(members: usize, count: usize): void {
  for (let j: usize = 0; j < MEMBERS; j++) {
    const frame = <usize>load<u32>(members + 4 * min(j, count - 1));
    store<u32>(frames + 4 * j, frame);
    store<f32>(powers + 4 * j, load<f32>(frame, POWER));
    store<f32>(noises + 4 * j, j < count ? load<f32>(frame, NOISE) : 0);
  }
}

/** Fills the distances between all members. */
function measure(count: usize): void {
  for (let i: usize = 1; i < count; i++) {
    const frame = <usize>load<u32>(frames + 4 * i);
    const power = v128.load32_splat(powers + 4 * i);
    const row = distances + ROW * i;
    for (let j: usize = 0; j < i; j += 4) {
      const at = frames + 4 * j;
      const dots = products(frame, load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12));
      const sums = f32x4.add(power, v128.load(powers + 4 * j));
      const square = f32x4.max(i32x4.splat(0), f32x4.sub(sums, f32x4.add(dots, dots)));
      v128.store(row + 4 * j, square);
      const column = distances + ROW * j + 4 * i;
      v128.store_lane<f32>(column, square, 0);
      v128.store_lane<f32>(column, square, 1, ROW);
      v128.store_lane<f32>(column, square, 2, 2 * ROW);
      v128.store_lane<f32>(column, square, 3, 3 * ROW);
    }
  }
  const width = (count + 15) & ~15;
  for (let i: usize = 0; i < count; i++) {
    const row = distances + ROW * i;
    store<f32>(row + 4 * i, 0);
    for (let j = count; j < width; j++) store<f32>(row + 4 * j, 0);
  }
}

/** Scales weights so that their sum is 1. */
// @ts-ignore: decorator
@inline
function normalise(weights: usize, bytes: usize, sum: v128): void {
  const scale = f32x4.splat(1 / lanes(sum));
  for (let j: usize = 0; j < bytes; j += 16) v128.store(weights + j, f32x4.mul(v128.load(weights + j), scale));
}

/** The first weights: by the distance from the first member. */
function begin(count: usize, rows: usize, noise: usize, kappa: f32, weights: usize, bytes: usize): void {
  const own = kappa * load<f32>(noise);
  for (let j: usize = 0; j < bytes; j += 16)
    v128.store(weights + j, f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(own), v128.load(rows + j))));
  memory.fill(weights + 4 * count, 0, bytes - 4 * count);
  let sum = i32x4.splat(0);
  for (let j: usize = 0; j < bytes; j += 16) sum = f32x4.add(sum, v128.load(weights + j));
  if (!isFinite(lanes(sum))) {
    for (let j: usize = 0; j < count; j++) store<f32>(weights + 4 * j, 1);
    sum = f32x4.replace_lane(i32x4.splat(0), 0, <f32>count);
  }
  normalise(weights, bytes, sum);
}

/** Lists the members whose weight is not zero; answers the end of the list. */
// @ts-ignore: decorator
@inline
function listActive(count: usize, rows: usize, weights: usize): usize {
  let end = active;
  for (let j: usize = 0; j < count; j++) {
    const weight = load<f32>(weights + 4 * j);
    store<f32>(end, weight);
    store<u32>(end, rows + ROW * j, 4);
    end += (<usize>(weight > 0)) << 3;
  }
  return end;
}

/** Gradients; answers their weighted mean. */
// @ts-ignore: decorator
@inline
function descend(rows: usize, noise: usize, fear: v128, weights: usize, bytes: usize, end: usize): f32 {
  let mean = i32x4.splat(0);
  for (let j: usize = 0; j < bytes; j += 64) {
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let at = active; at < end; at += 8) {
      const weight = v128.load32_splat(at);
      const row = <usize>load<u32>(at, 4) + j;
      a = more(a, weight, row);
      b = more(b, weight, row + 16);
      c = more(c, weight, row + 32);
      d = more(d, weight, row + 48);
    }
    mean = f32x4.add(mean, slope(rows, noise, fear, weights, j, a));
    mean = f32x4.add(mean, slope(rows, noise, fear, weights, j + 16, b));
    mean = f32x4.add(mean, slope(rows, noise, fear, weights, j + 32, c));
    mean = f32x4.add(mean, slope(rows, noise, fear, weights, j + 48, d));
  }
  return lanes(mean);
}

/** Stores the gradients of four members, at byte `j`; answers them times their weights. */
// @ts-ignore: decorator
@inline
function slope(rows: usize, noise: usize, fear: v128, weights: usize, j: usize, pull: v128): v128 {
  const weight = v128.load(weights + j);
  const g = f32x4.add(f32x4.sub(v128.load(rows + j), pull), f32x4.mul(f32x4.mul(fear, weight), v128.load(noise + j)));
  v128.store(gradient + j, g);
  return f32x4.mul(weight, g);
}

/** One step of all weights; answers their sum in lanes. */
// @ts-ignore: decorator
@inline
function move(rows: usize, noise: usize, fear: v128, weights: usize, bytes: usize, mean: f32): v128 {
  const none = i32x4.splat(0);
  const level = f32x4.splat(mean);
  let sum = none;
  for (let j: usize = 0; j < bytes; j += 16) {
    const weight = v128.load(weights + j);
    const lifted = f32x4.add(weight, f32x4.splat(FLOOR));
    const curvature = f32x4.add(v128.load(rows + j), f32x4.mul(f32x4.mul(fear, lifted), v128.load(noise + j)));
    const pull = f32x4.mul(lifted, f32x4.sub(v128.load(gradient + j), level));
    const next = f32x4.max(none, f32x4.sub(weight, f32x4.div(pull, f32x4.add(curvature, curvature))));
    const kept = v128.bitselect(next, weight, f32x4.gt(curvature, none));
    v128.store(weights + j, kept);
    sum = f32x4.add(sum, kept);
  }
  return sum;
}

/**
 * The weights of `count` (1...64) members. Rows of `rows` are 256 bytes apart; rows and noise are 0 beyond the members up to a multiple of
 * 16. As many weights are written; those beyond the members are 0.
 */
export function krigeWeights(count: usize, rows: usize, noise: usize, kappa: f32, weights: usize): void {
  const bytes = ((count + 15) & ~15) << 2;
  const fear = f32x4.splat(2 * kappa);
  begin(count, rows, noise, kappa, weights, bytes);
  for (let step = 0; step < STEPS; step++) {
    const mean = descend(rows, noise, fear, weights, bytes, listActive(count, rows, weights));
    normalise(weights, bytes, move(rows, noise, fear, weights, bytes, mean));
  }
}

/** Distances between `count` (1...64) members, whose addresses are 32 bits each; answers where: rows as `krigeWeights` has them. */
export function frameDistances(members: usize, count: usize): usize {
  gather(members, count);
  measure(count);
  return distances;
}

/** Weights of a window whose own frame is the first member; answers the effective number of frames, 1 / sum of squared weights. */
export function weighWindow(members: usize, count: usize, kappa: f32, weights: usize): f32 {
  krigeWeights(count, frameDistances(members, count), noises, kappa, weights);
  let sum = i32x4.splat(0);
  for (let j: usize = 0; j < 4 * count; j += 16) {
    const weight = v128.load(weights + j);
    sum = f32x4.add(sum, f32x4.mul(weight, weight));
  }
  return 1 / lanes(sum);
}

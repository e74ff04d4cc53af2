// Scores of frames. The twin, to read first: src/kernels/score-entries.ts.
import { COUNTS, FRAME, FROM, lanes, NOISE, PIXEL, POWER, SCORES, TO } from "./window-frame";

/** Bin of each pixel (16 bits); per bin SCORES float32 of the basis; per bin what a count adds to the noise of the scores and of the frame. */
let bin: usize = 0;
let basis: usize = 0;
let noise: usize = 0;

/** Sets the tables up. The gain of a bin is in them: once in the basis, squared in the noise. */
export function setScores(binAt: usize, basisAt: usize, noiseAt: usize): void {
  bin = binAt;
  basis = basisAt;
  noise = noiseAt;
}

// @ts-ignore: decorator
@inline
function more(sum: v128, counts: v128, at: usize, vector: usize): v128 {
  return f32x4.add(sum, f32x4.mul(counts, v128.load(at + 16 * vector)));
}

// @ts-ignore: decorator
@inline
function squares(sum: v128, at: usize, vector: usize, z: v128): v128 {
  v128.store(at + 16 * vector, z);
  return f32x4.add(sum, f32x4.mul(z, z));
}

/** Scores a frame whose entries are set. */
function scoreFrame(frame: usize): void {
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
  let variance = a;
  const bins = bin;
  const rows = basis;
  const noises = noise;
  const to = <usize>load<u32>(frame, TO);
  for (let entry = <usize>load<u32>(frame, FROM); entry < to; entry += 4) {
    const what = load<u32>(entry);
    const at = <usize>load<u16>(bins + ((what & PIXEL) << 1));
    const row = rows + at * 4 * SCORES;
    const counts = f32x4.splat(<f32>(what >> COUNTS));
    a = more(a, counts, row, 0);
    b = more(b, counts, row, 1);
    c = more(c, counts, row, 2);
    d = more(d, counts, row, 3);
    e = more(e, counts, row, 4);
    f = more(f, counts, row, 5);
    g = more(g, counts, row, 6);
    h = more(h, counts, row, 7);
    i = more(i, counts, row, 8);
    j = more(j, counts, row, 9);
    k = more(k, counts, row, 10);
    l = more(l, counts, row, 11);
    variance = f32x4.add(variance, f32x4.mul(counts, v128.load64_zero(noises + (at << 3))));
  }
  let power = squares(i32x4.splat(0), frame, 0, a);
  power = squares(power, frame, 1, b);
  power = squares(power, frame, 2, c);
  power = squares(power, frame, 3, d);
  power = squares(power, frame, 4, e);
  power = squares(power, frame, 5, f);
  power = squares(power, frame, 6, g);
  power = squares(power, frame, 7, h);
  power = squares(power, frame, 8, i);
  power = squares(power, frame, 9, j);
  power = squares(power, frame, 10, k);
  power = squares(power, frame, 11, l);
  store<f32>(frame, lanes(power) - f32x4.extract_lane(variance, 0), POWER);
  store<f32>(frame, f32x4.extract_lane(variance, 1), NOISE);
}

/** Scores `count` frames one after the other; those without addresses are absent. */
export function scoreFrames(frames: usize, count: u32): void {
  for (const end = frames + count * FRAME; frames < end; frames += FRAME) if (load<u32>(frames, FROM) != 0) scoreFrame(frames);
}

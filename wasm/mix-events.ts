// The same as src/kernels/mix-events.ts, four events at a time.

const STEPS: i32 = 30;
const FACTOR: f64 = 1.8;
const SETTLED: f64 = 1e-3;
const LEAST: f64 = 1e-6;

// @ts-ignore: decorator
@inline
function total(v: v128): f64 {
  return <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) + (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3));
}

/**
 * Shares of n templates, at most four, by expectation and maximisation. `rates`: one row per template, `pitch` bytes apart: rates of `count` events, a
 * multiple of 4 with those past the events 1, and those of the direct beam behind. `pad`: events that are none. `prior`, `shares`: f64.
 */
export function mixEvents(rates: usize, pitch: usize, n: usize, count: usize, pad: f64, direct: f64, prior: usize, shares: usize): void {
  const end = count << 2;
  let all = <f64>count - pad + direct;
  for (let k: usize = 0; k < n; k++) all += load<f64>(prior + (k << 3));
  const one = f32x4.splat(1);
  const a = rates;
  const b = rates + pitch;
  const c = n > 2 ? b + pitch : b;
  const d = n > 3 ? c + pitch : c;
  let moved = SETTLED + 1;
  for (let step = 0; step < STEPS && moved > SETTLED; step++) {
    const x = load<f64>(shares);
    const y = load<f64>(shares, 8);
    const z = n > 2 ? load<f64>(shares, 16) : 0;
    const w = n > 3 ? load<f64>(shares, 24) : 0;
    const xs = f32x4.splat(<f32>x);
    const ys = f32x4.splat(<f32>y);
    const zs = f32x4.splat(<f32>z);
    const ws = f32x4.splat(<f32>w);
    let sa = f32x4.splat(0);
    let sb = sa;
    let sc = sa;
    let sd = sa;
    // Most are mixtures of two: what the others would add is 0.
    for (let i: usize = 0; n == 2 && i < end; i += 16) {
      const p = v128.load(a + i);
      const q = v128.load(b + i);
      const part = f32x4.div(one, f32x4.add(f32x4.mul(xs, p), f32x4.mul(ys, q)));
      sa = f32x4.add(sa, f32x4.mul(part, p));
      sb = f32x4.add(sb, f32x4.mul(part, q));
    }
    for (let i: usize = 0; n > 2 && i < end; i += 16) {
      const p = v128.load(a + i);
      const q = v128.load(b + i);
      const r = v128.load(c + i);
      const s = v128.load(d + i);
      const sum = f32x4.add(f32x4.add(f32x4.mul(xs, p), f32x4.mul(ys, q)), f32x4.add(f32x4.mul(zs, r), f32x4.mul(ws, s)));
      const part = f32x4.div(one, sum);
      sa = f32x4.add(sa, f32x4.mul(part, p));
      sb = f32x4.add(sb, f32x4.mul(part, q));
      sc = f32x4.add(sc, f32x4.mul(part, r));
      sd = f32x4.add(sd, f32x4.mul(part, s));
    }
    const da = <f64>load<f32>(a + end);
    const db = <f64>load<f32>(b + end);
    const dc = <f64>load<f32>(c + end);
    const dd = <f64>load<f32>(d + end);
    // Events past the last are as probable under every template, and count for nothing.
    const beam = direct / (x * da + y * db + z * dc + w * dd);
    const none = pad / (x + y + z + w);
    moved = 0;
    let sum: f64 = 0;
    for (let k: usize = 0; k < n; k++) {
      const mass = k == 0 ? total(sa) + beam * da : k == 1 ? total(sb) + beam * db : k == 2 ? total(sc) + beam * dc : total(sd) + beam * dd;
      const share = load<f64>(shares + (k << 3));
      const weight = load<f64>(prior + (k << 3)) + share * (mass - none);
      const to = max(LEAST, share + FACTOR * (weight / all - share));
      moved = max(moved, abs(to - share));
      store<f64>(shares + (k << 3), to);
      sum += to;
    }
    for (let k: usize = 0; k < n; k++) store<f64>(shares + (k << 3), load<f64>(shares + (k << 3)) / sum);
  }
}

/** For each of n lists of f32 whose addresses are at `logs`, n a multiple of 4: the sum of those of the bins that are listed, u16, as f64 at `out`. */
export function sumLogs(events: usize, count: usize, logs: usize, n: usize, out: usize): void {
  const end = events + (count << 1);
  for (const last = logs + (n << 2); logs < last; logs += 16, out += 32) {
    const a = <usize>load<u32>(logs);
    const b = <usize>load<u32>(logs, 4);
    const c = <usize>load<u32>(logs, 8);
    const d = <usize>load<u32>(logs, 12);
    let first: f64 = 0;
    let second: f64 = 0;
    let third: f64 = 0;
    let forth: f64 = 0;
    for (let at = events; at < end; at += 2) {
      const bin = <usize>load<u16>(at) << 2;
      first += <f64>load<f32>(a + bin);
      second += <f64>load<f32>(b + bin);
      third += <f64>load<f32>(c + bin);
      forth += <f64>load<f32>(d + bin);
    }
    store<f64>(out, first);
    store<f64>(out, second, 8);
    store<f64>(out, third, 16);
    store<f64>(out, forth, 24);
  }
}

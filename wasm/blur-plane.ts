/** Taps beside the centre, at most; addresses of the rows at equal distance before and after. */
const MOST_REACH: i32 = 16;
const ROWS: usize = memory.data(MOST_REACH * 8, 16);

function mirror(i: i32, length: i32): i32 {
  const span = 2 * length;
  const at = ((i % span) + span) % span;
  return at < length ? at : span - 1 - at;
}

/** Sums of the rows about one, weighted with the taps, into `to`; whole vectors, past the end too. */
// @ts-ignore: decorator
@inline
function addRows(centre: usize, width: i32, taps: usize, reach: i32, to: usize): void {
  const first = v128.load32_splat(taps);
  let x: usize = 0;
  for (const whole: usize = (width & ~15) << 2; x < whole; x += 64) {
    let a = f32x4.mul(first, v128.load(centre + x));
    let b = f32x4.mul(first, v128.load(centre + x, 16));
    let c = f32x4.mul(first, v128.load(centre + x, 32));
    let d = f32x4.mul(first, v128.load(centre + x, 48));
    let tap = taps + 4;
    for (let rows = ROWS, end = ROWS + 8 * reach; rows < end; rows += 8, tap += 4) {
      const before = x + load<u32>(rows);
      const after = x + load<u32>(rows, 4);
      const t = v128.load32_splat(tap);
      a = f32x4.add(a, f32x4.mul(t, f32x4.add(v128.load(before), v128.load(after))));
      b = f32x4.add(b, f32x4.mul(t, f32x4.add(v128.load(before, 16), v128.load(after, 16))));
      c = f32x4.add(c, f32x4.mul(t, f32x4.add(v128.load(before, 32), v128.load(after, 32))));
      d = f32x4.add(d, f32x4.mul(t, f32x4.add(v128.load(before, 48), v128.load(after, 48))));
    }
    v128.store(to + x, a);
    v128.store(to + x, b, 16);
    v128.store(to + x, c, 32);
    v128.store(to + x, d, 48);
  }
  for (const end: usize = width << 2; x < end; x += 16) {
    let a = f32x4.mul(first, v128.load(centre + x));
    let tap = taps + 4;
    for (let rows = ROWS, last = ROWS + 8 * reach; rows < last; rows += 8, tap += 4)
      a = f32x4.add(a, f32x4.mul(v128.load32_splat(tap), f32x4.add(v128.load(x + load<u32>(rows)), v128.load(x + load<u32>(rows, 4)))));
    v128.store(to + x, a);
  }
}

/** Blurs a row that has its mirrored edges beside it. */
// @ts-ignore: decorator
@inline
function blurRow(row: usize, width: i32, taps: usize, reach: i32, out: usize): void {
  const first = v128.load32_splat(taps);
  const far: usize = reach << 2;
  let end = row + (<usize>(width & ~15) << 2);
  for (; row < end; row += 64, out += 64) {
    let a = f32x4.mul(first, v128.load(row));
    let b = f32x4.mul(first, v128.load(row, 16));
    let c = f32x4.mul(first, v128.load(row, 32));
    let d = f32x4.mul(first, v128.load(row, 48));
    for (let k: usize = 4; k <= far; k += 4) {
      const before = row - k;
      const after = row + k;
      const t = v128.load32_splat(taps + k);
      a = f32x4.add(a, f32x4.mul(t, f32x4.add(v128.load(before), v128.load(after))));
      b = f32x4.add(b, f32x4.mul(t, f32x4.add(v128.load(before, 16), v128.load(after, 16))));
      c = f32x4.add(c, f32x4.mul(t, f32x4.add(v128.load(before, 32), v128.load(after, 32))));
      d = f32x4.add(d, f32x4.mul(t, f32x4.add(v128.load(before, 48), v128.load(after, 48))));
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  end += <usize>(width & 12) << 2;
  for (; row < end; row += 16, out += 16) {
    let a = f32x4.mul(first, v128.load(row));
    for (let k: usize = 4; k <= far; k += 4)
      a = f32x4.add(a, f32x4.mul(v128.load32_splat(taps + k), f32x4.add(v128.load(row - k), v128.load(row + k))));
    v128.store(out, a);
  }
  end += <usize>(width & 3) << 2;
  for (; row < end; row += 4, out += 4) {
    let a = load<f32>(taps) * load<f32>(row);
    for (let k: usize = 4; k <= far; k += 4) a += load<f32>(taps + k) * (load<f32>(row - k) + load<f32>(row + k));
    store<f32>(out, a);
  }
}

/**
 * Blurs a plane [height, width] along both axes, mirrored at its edges, with a symmetric kernel: `taps`, its centre and what lies 1 to `reach`
 * px away. `room`: width + 2 reach + 4 floats. Reads up to 12 bytes past the end of the plane.
 */
export function blurPlane(plane: usize, height: i32, width: i32, taps: usize, reach: i32, room: usize, out: usize): void {
  const pitch: usize = width << 2;
  const row = room + (<usize>reach << 2);
  for (let r = 0; r < height; r++, out += pitch) {
    const inside = r >= reach && r < height - reach;
    for (let k = 1; k <= reach; k++) {
      store<u32>(ROWS + 8 * (k - 1), plane + pitch * (inside ? r - k : mirror(r - k, height)));
      store<u32>(ROWS + 8 * (k - 1), plane + pitch * (inside ? r + k : mirror(r + k, height)), 4);
    }
    addRows(plane + pitch * r, width, taps, reach, row);
    const wide = width > reach;
    for (let k = 1; k <= reach; k++) {
      store<f32>(row - 4 * k, load<f32>(row + 4 * (wide ? k - 1 : mirror(-k, width))));
      store<f32>(row + 4 * (width + k - 1), load<f32>(row + 4 * (wide ? width - k : mirror(width + k - 1, width))));
    }
    blurRow(row, width, taps, reach, out);
  }
}

/** What a blurred plane says without an own frame that has the weight `own` in it: max(0, (plane - own x blurred) / (1 - own)). */
export function blindGuide(plane: usize, blurred: usize, own: f32, pixels: u32, out: usize): void {
  const weight = f32x4.splat(own);
  const scale = f32x4.splat(1 / (1 - own));
  const zero = f32x4.splat(0);
  let end = out + (<usize>(pixels & ~3) << 2);
  for (; out < end; out += 16, plane += 16, blurred += 16)
    v128.store(out, f32x4.pmax(zero, f32x4.mul(scale, f32x4.sub(v128.load(plane), f32x4.mul(weight, v128.load(blurred))))));
  end += <usize>(pixels & 3) << 2;
  for (; out < end; out += 4, plane += 4, blurred += 4)
    store<f32>(out, max<f32>(0, (load<f32>(plane) - own * load<f32>(blurred)) * (1 / (1 - own))));
}

/** Taps beside the centre, at most; addresses of the rows before a pair of rows and after it, which begin with the pair itself. */
const MOST_REACH: i32 = 16;
const ROWS: usize = memory.data(MOST_REACH * 8 + 8, 16);

function mirror(i: i32, length: i32): i32 {
  const span = 2 * length;
  const at = ((i % span) + span) % span;
  return at < length ? at : span - 1 - at;
}

/** Lists the rows about `r` and `r + 1`. */
// @ts-ignore: decorator
@inline
function listRows(plane: usize, height: i32, pitch: usize, r: i32, reach: i32): void {
  const inside = r >= reach && r + 1 < height - reach;
  for (let k = 0; k <= reach; k++) {
    store<u32>(ROWS + 8 * k, plane + pitch * (inside ? r - k : mirror(r - k, height)));
    store<u32>(ROWS + 8 * k, plane + pitch * (inside ? r + 1 + k : mirror(r + 1 + k, height)), 4);
  }
}

/** Adds what lies at equal distance before and after, times its tap. */
// @ts-ignore: decorator
@inline
function addTap(sum: v128, tap: v128, before: v128, after: v128): v128 {
  return f32x4.add(sum, f32x4.mul(tap, f32x4.add(before, after)));
}

/**
 * Sums of the rows about two neighbouring ones, weighted with the taps, into `to` and `next`; pairs of whole vectors, past the ends too. Each row is
 * loaded once for both: the one `k` rows behind the first is `k - 1` rows behind the second. `few`: one or two taps beside the centre, known when
 * this is compiled, and no loop over them.
 */
// @ts-ignore: decorator
@inline
function addRows(width: i32, taps: usize, reach: i32, few: bool, to: usize, next: usize): void {
  const t0 = v128.load32_splat(taps);
  const t1 = few ? v128.load32_splat(taps, 4) : t0;
  const t2 = few && reach == 2 ? v128.load32_splat(taps, 8) : t0;
  const last = ROWS + 8 * reach;
  for (let x: usize = 0, end: usize = width << 2; x < end; x += 32) {
    const one = x + load<u32>(ROWS);
    const two = x + load<u32>(ROWS, 4);
    let p = v128.load(one);
    let q = v128.load(two);
    let r = v128.load(one, 16);
    let s = v128.load(two, 16);
    let a = f32x4.mul(t0, p);
    let b = f32x4.mul(t0, q);
    let c = f32x4.mul(t0, r);
    let d = f32x4.mul(t0, s);
    if (few) {
      const before = x + load<u32>(ROWS, 8);
      const after = x + load<u32>(ROWS, 12);
      const u = v128.load(before);
      const v = v128.load(after);
      const w = v128.load(before, 16);
      const z = v128.load(after, 16);
      a = addTap(a, t1, u, q);
      b = addTap(b, t1, p, v);
      c = addTap(c, t1, w, s);
      d = addTap(d, t1, r, z);
      if (reach == 2) {
        const further = x + load<u32>(ROWS, 16);
        const behind = x + load<u32>(ROWS, 20);
        a = addTap(a, t2, v128.load(further), v);
        b = addTap(b, t2, u, v128.load(behind));
        c = addTap(c, t2, v128.load(further, 16), z);
        d = addTap(d, t2, w, v128.load(behind, 16));
      }
    } else {
      let tap = taps;
      for (let rows = ROWS; rows < last; ) {
        rows += 8;
        tap += 4;
        const t = v128.load32_splat(tap);
        const before = x + load<u32>(rows);
        const after = x + load<u32>(rows, 4);
        const u = v128.load(before);
        const v = v128.load(after);
        const w = v128.load(before, 16);
        const z = v128.load(after, 16);
        a = addTap(a, t, u, q);
        b = addTap(b, t, p, v);
        c = addTap(c, t, w, s);
        d = addTap(d, t, r, z);
        p = u;
        q = v;
        r = w;
        s = z;
      }
    }
    v128.store(to + x, a);
    v128.store(next + x, b);
    v128.store(to + x, c, 16);
    v128.store(next + x, d, 16);
  }
}

/** Writes what is mirrored beside a row. */
// @ts-ignore: decorator
@inline
function mirrorEnds(row: usize, width: i32, reach: i32): void {
  const wide = width > reach;
  for (let k = 1; k <= reach; k++) {
    store<f32>(row - 4 * k, load<f32>(row + 4 * (wide ? k - 1 : mirror(-k, width))));
    store<f32>(row + 4 * (width + k - 1), load<f32>(row + 4 * (wide ? width - k : mirror(width + k - 1, width))));
  }
}

/** Blurs a row of less than some vectors, pixel by pixel. */
function blurPixels(row: usize, width: i32, taps: usize, far: usize, out: usize): void {
  for (const end: usize = row + (width << 2); row < end; row += 4, out += 4) {
    let a = load<f32>(taps) * load<f32>(row);
    for (let k: usize = 4; k <= far; k += 4) a += load<f32>(taps + k) * (load<f32>(row - k) + load<f32>(row + k));
    store<f32>(out, a);
  }
}

/** Blurs a row that has its mirrored edges beside it, with one or two taps beside the centre. The last vectors begin early enough to end with the row. */
// @ts-ignore: decorator
@inline
function blurFew(row: usize, width: i32, taps: usize, reach: i32, out: usize): void {
  const t0 = v128.load32_splat(taps);
  const t1 = v128.load32_splat(taps, 4);
  const t2 = reach == 2 ? v128.load32_splat(taps, 8) : t0;
  const far: usize = reach << 2;
  if (width < 8) {
    blurPixels(row, width, taps, far, out);
    return;
  }
  const last = row + ((width - 8) << 2);
  for (;;) {
    for (; row <= last; row += 32, out += 32) {
      // Vectors are at constant offsets from here.
      const left = row - far;
      let a = f32x4.mul(t0, v128.load(left + far));
      let b = f32x4.mul(t0, v128.load(left + far + 16));
      a = addTap(a, t1, v128.load(left + far - 4), v128.load(left + far + 4));
      b = addTap(b, t1, v128.load(left + far + 12), v128.load(left + far + 20));
      if (reach == 2) {
        a = addTap(a, t2, v128.load(left + far - 8), v128.load(left + far + 8));
        b = addTap(b, t2, v128.load(left + far + 8), v128.load(left + far + 24));
      }
      v128.store(out, a);
      v128.store(out, b, 16);
    }
    if (row == last + 32) return;
    out -= row - last;
    row = last;
  }
}

/** The same with any number of taps. */
// @ts-ignore: decorator
@inline
function blurMany(row: usize, width: i32, taps: usize, reach: i32, out: usize): void {
  const t0 = v128.load32_splat(taps);
  const far: usize = reach << 2;
  if (width < 16) {
    blurPixels(row, width, taps, far, out);
    return;
  }
  const last = row + ((width - 16) << 2);
  for (;;) {
    for (; row <= last; row += 64, out += 64) {
      let a = f32x4.mul(t0, v128.load(row));
      let b = f32x4.mul(t0, v128.load(row, 16));
      let c = f32x4.mul(t0, v128.load(row, 32));
      let d = f32x4.mul(t0, v128.load(row, 48));
      const end = row + far;
      let tap = taps;
      let before = row;
      for (let after = row; after < end; ) {
        after += 4;
        before -= 4;
        tap += 4;
        const t = v128.load32_splat(tap);
        a = addTap(a, t, v128.load(before), v128.load(after));
        b = addTap(b, t, v128.load(before, 16), v128.load(after, 16));
        c = addTap(c, t, v128.load(before, 32), v128.load(after, 32));
        d = addTap(d, t, v128.load(before, 48), v128.load(after, 48));
      }
      v128.store(out, a);
      v128.store(out, b, 16);
      v128.store(out, c, 32);
      v128.store(out, d, 48);
    }
    if (row == last + 64) return;
    out -= row - last;
    row = last;
  }
}

// @ts-ignore: decorator
@inline
function blurRow(row: usize, width: i32, taps: usize, reach: i32, few: bool, out: usize): void {
  if (few) blurFew(row, width, taps, reach, out);
  else blurMany(row, width, taps, reach, out);
}

/** Two rows at a time. */
// @ts-ignore: decorator
@inline
function blurBy(plane: usize, height: i32, width: i32, taps: usize, reach: i32, few: bool, room: usize, out: usize): void {
  const pitch: usize = width << 2;
  const row = room + (<usize>reach << 2);
  const next = row + pitch + (<usize>reach << 3) + 32;
  for (let r = 0; r < height; r += 2, out += 2 * pitch) {
    listRows(plane, height, pitch, r, reach);
    addRows(width, taps, reach, few, row, next);
    mirrorEnds(row, width, reach);
    mirrorEnds(next, width, reach);
    blurRow(row, width, taps, reach, few, out);
    if (r + 1 < height) blurRow(next, width, taps, reach, few, out + pitch);
  }
}

/**
 * Blurs a plane [height, width] along both axes, mirrored at its edges, with a symmetric kernel: `taps`, its centre and what lies 1 to `reach`
 * px away. `room`: 2 (width + 2 reach + 8) floats. Reads up to 28 bytes past the end of the plane.
 */
export function blurPlane(plane: usize, height: i32, width: i32, taps: usize, reach: i32, room: usize, out: usize): void {
  if (reach == 1) blurBy(plane, height, width, taps, 1, true, room, out);
  else if (reach == 2) blurBy(plane, height, width, taps, 2, true, room, out);
  else blurBy(plane, height, width, taps, reach, false, room, out);
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

// The measures of a sparse frame, from what `sift` has parted. The same numbers as measure-frame.ts makes: all sums are of whole numbers.
import { events, eventsEnd, oneCount, ones } from "./gather-planes";
import { columnsWithin, first, last, writeFound } from "./measure-frame";

/** Pixels with one count in a run of pixels, and the sum of their columns. */
let counts: i64 = 0;
let moment: i64 = 0;

/** Sum of the numbers of the bits that are set. */
// @ts-ignore: decorator
@inline
function bitSum(bits: u64): i64 {
  return <i64>(
    (popcnt<u64>(bits & 0xaaaaaaaaaaaaaaaa) +
      (popcnt<u64>(bits & 0xcccccccccccccccc) << 1) +
      (popcnt<u64>(bits & 0xf0f0f0f0f0f0f0f0) << 2) +
      (popcnt<u64>(bits & 0xff00ff00ff00ff00) << 3) +
      (popcnt<u64>(bits & 0xffff0000ffff0000) << 4) +
      (popcnt<u64>(bits & 0xffffffff00000000) << 5))
  );
}

/** Sets `counts` and `moment` for the pixels [from, to) of the row that begins at pixel `start`. */
// @ts-ignore: decorator
@inline
function countRun(start: i32, from: i32, to: i32): void {
  counts = 0;
  moment = 0;
  if (from >= to) return;
  let at = (start + from) & ~63;
  const end = start + to;
  let bits = load<u64>(ones + (at >> 3)) & (~(<u64>0) << ((start + from) & 63));
  for (; at + 64 < end; bits = load<u64>(ones + (at >> 3))) {
    addBits(bits, at - start);
    at += 64;
  }
  addBits(bits & (~(<u64>0) >> ((at + 64 - end) & 63)), at - start);
}

// @ts-ignore: decorator
@inline
function addBits(bits: u64, column: i32): void {
  const n = <i64>popcnt<u64>(bits);
  counts += n;
  moment += n * column + bitSum(bits);
}

/** As measureFrame, for the frame that `sift` has parted; `most`: highest valid value. */
export function measurePlanes(
  height: i32,
  width: i32,
  row: f64,
  col: f64,
  bfEdge: f64,
  adfEdge: f64,
  diskEdge: f64,
  most: u32,
  out: usize,
): void {
  let sum: i64 = 0;
  let bf: i64 = 0;
  let within: i64 = 0;
  let rows: i64 = 0;
  let cols: i64 = 0;
  let disk: i64 = 0;
  let diskRows: i64 = 0;
  let diskCols: i64 = 0;
  let best: u32 = oneCount > 0 ? 1 : 0;
  let invalid: u32 = 0;
  let event = events;
  const end = eventsEnd;
  for (let r = 0, start = 0; r < height; r++, start += width) {
    const dr2 = (<f64>r - row) * (<f64>r - row);
    columnsWithin(dr2, col, diskEdge, 0, width);
    const d0 = first;
    const d1 = last;
    columnsWithin(dr2, col, adfEdge, d0, d1);
    const a0 = first;
    const a1 = last;
    columnsWithin(dr2, col, bfEdge, a0, a1);
    const b0 = first;
    const b1 = last;
    let near: i64 = 0;
    if (d0 < d1) {
      countRun(start, b0, b1);
      bf += counts;
      countRun(start, a0, a1);
      within += counts;
      countRun(start, d0, d1);
      near = counts;
      diskCols += moment;
    }
    countRun(start, 0, width);
    let all = counts;
    cols += moment;
    for (; event < end; event += 8) {
      const c = load<i32>(event) - start;
      if (c >= width) break;
      const value = load<u32>(event, 4);
      if (value > most) {
        invalid++;
        continue;
      }
      best = max(best, value);
      all += value;
      cols += <i64>value * c;
      if (c < d0 || c >= d1) continue;
      near += value;
      diskCols += <i64>value * c;
      if (c >= a0 && c < a1) within += value;
      if (c >= b0 && c < b1) bf += value;
    }
    sum += all;
    rows += all * r;
    disk += near;
    diskRows += near * r;
  }
  writeFound(out, <f64>sum, <f64>bf, <f64>within, <f64>rows, <f64>cols, <f64>disk, <f64>diskRows, <f64>diskCols, <f64>best, <f64>invalid);
}

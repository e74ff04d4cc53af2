/** Adds the counts of a frame that is listed in entries to sums [pixels, 4]: times four weights, one per plane that is made of them. */
export function spreadEntries(entries: usize, end: usize, a: f32, b: f32, c: f32, d: f32, sums: usize): void {
  const weights = f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(a), 1, b), 2, c), 3, d);
  for (const whole = entries + ((end - entries) & ~15); entries < whole; entries += 16) {
    const counts = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(entries), 25));
    const p = sums + ((<usize>load<u32>(entries) & 0x1ffffff) << 4);
    const q = sums + ((<usize>load<u32>(entries, 4) & 0x1ffffff) << 4);
    const r = sums + ((<usize>load<u32>(entries, 8) & 0x1ffffff) << 4);
    const s = sums + ((<usize>load<u32>(entries, 12) & 0x1ffffff) << 4);
    v128.store(p, f32x4.add(v128.load(p), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 0, 0, 0, 0))));
    v128.store(q, f32x4.add(v128.load(q), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 1, 1, 1, 1))));
    v128.store(r, f32x4.add(v128.load(r), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 2, 2, 2, 2))));
    v128.store(s, f32x4.add(v128.load(s), f32x4.mul(weights, v128.shuffle<f32>(counts, counts, 3, 3, 3, 3))));
  }
  for (; entries < end; entries += 4) {
    const at = sums + ((<usize>load<u32>(entries) & 0x1ffffff) << 4);
    const counts = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load32_splat(entries), 25));
    v128.store(at, f32x4.add(v128.load(at), f32x4.mul(weights, counts)));
  }
}

/** Parts sums [pixels, 4] into four planes, and leaves zeros. */
export function partSums(sums: usize, pixels: u32, a: usize, b: usize, c: usize, d: usize): void {
  const whole = sums + (<usize>(pixels & ~3) << 4);
  const end = sums + (<usize>pixels << 4);
  const zero = i32x4.splat(0);
  for (; sums < whole; sums += 64, a += 16, b += 16, c += 16, d += 16) {
    const p = v128.load(sums);
    const q = v128.load(sums, 16);
    const r = v128.load(sums, 32);
    const s = v128.load(sums, 48);
    const lowPq = v128.shuffle<f32>(p, q, 0, 4, 1, 5);
    const lowRs = v128.shuffle<f32>(r, s, 0, 4, 1, 5);
    const highPq = v128.shuffle<f32>(p, q, 2, 6, 3, 7);
    const highRs = v128.shuffle<f32>(r, s, 2, 6, 3, 7);
    v128.store(a, v128.shuffle<f32>(lowPq, lowRs, 0, 1, 4, 5));
    v128.store(b, v128.shuffle<f32>(lowPq, lowRs, 2, 3, 6, 7));
    v128.store(c, v128.shuffle<f32>(highPq, highRs, 0, 1, 4, 5));
    v128.store(d, v128.shuffle<f32>(highPq, highRs, 2, 3, 6, 7));
    v128.store(sums, zero);
    v128.store(sums, zero, 16);
    v128.store(sums, zero, 32);
    v128.store(sums, zero, 48);
  }
  for (; sums < end; sums += 16, a += 4, b += 4, c += 4, d += 4) {
    store<f32>(a, load<f32>(sums));
    store<f32>(b, load<f32>(sums, 4));
    store<f32>(c, load<f32>(sums, 8));
    store<f32>(d, load<f32>(sums, 12));
    v128.store(sums, zero);
  }
}

/** Adds the counts of a frame that is listed in entries, times a weight, to one plane. */
export function addEntries(entries: usize, end: usize, weight: f32, plane: usize): void {
  const weights = f32x4.splat(weight);
  for (const whole = entries + ((end - entries) & ~15); entries < whole; entries += 16) {
    const four = v128.load(entries);
    const counts = f32x4.mul(weights, f32x4.convert_i32x4_s(i32x4.shr_u(four, 25)));
    const a = plane + ((<usize>load<u32>(entries) & 0x1ffffff) << 2);
    const b = plane + ((<usize>load<u32>(entries, 4) & 0x1ffffff) << 2);
    const c = plane + ((<usize>load<u32>(entries, 8) & 0x1ffffff) << 2);
    const d = plane + ((<usize>load<u32>(entries, 12) & 0x1ffffff) << 2);
    store<f32>(a, load<f32>(a) + f32x4.extract_lane(counts, 0));
    store<f32>(b, load<f32>(b) + f32x4.extract_lane(counts, 1));
    store<f32>(c, load<f32>(c) + f32x4.extract_lane(counts, 2));
    store<f32>(d, load<f32>(d) + f32x4.extract_lane(counts, 3));
  }
  for (; entries < end; entries += 4) {
    const entry = load<u32>(entries);
    const at = plane + ((<usize>entry & 0x1ffffff) << 2);
    store<f32>(at, load<f32>(at) + weight * <f32><i32>(entry >> 25));
  }
}

/** Sums of [rings, sectors] over 2 reach + 1 sectors about each, round the ring; `reach`: per ring, at most (sectors - 1) / 2. */
export function sumAlongRings(input: ArrayLike<number>, sectors: number, reach: Uint8Array, out: Float32Array): void {
  for (let r = 0; r < reach.length; r++) {
    const [from, n] = [r * sectors, reach[r]];
    let sum = 0;
    for (let s = -n; s <= n; s++) sum += input[from + ((s + sectors) % sectors)];
    for (let s = 0; s < sectors; s++) {
      out[from + s] = sum;
      const [enters, leaves] = [s + n + 1, s - n];
      sum += input[from + (enters < sectors ? enters : enters - sectors)] - input[from + (leaves < 0 ? leaves + sectors : leaves)];
    }
  }
}

/** Walker's alias table (Electronics Letters 10 (1974) 127): draws one of n with given weights at a cost that does not depend on n. */
export interface AliasTable {
  /** Takes the first `count` weights; their sum is `total`, above 0. */
  prepare(weights: Float64Array, count: number, total: number): void;
  /** Index of the entry for two uniform numbers in [0, 1). */
  draw(u: number, v: number): number;
}

/** A table with room for so many entries, to be prepared again and again. */
export function aliasTable(room: number): AliasTable {
  const share = new Float64Array(room);
  const other = new Uint16Array(room);
  const small = new Uint16Array(room);
  const large = new Uint16Array(room);
  let n = 0;
  return {
    prepare(weights, count, total) {
      n = count;
      let smalls = 0;
      let larges = 0;
      for (let i = 0; i < n; i++) {
        share[i] = ((weights[i] as number) * n) / total;
        other[i] = i;
        if ((share[i] as number) < 1) small[smalls++] = i;
        else large[larges++] = i;
      }
      while (smalls > 0 && larges > 0) {
        const s = small[--smalls] as number;
        const l = large[larges - 1] as number;
        other[s] = l;
        share[l] = (share[l] as number) - 1 + (share[s] as number);
        if ((share[l] as number) < 1) {
          larges--;
          small[smalls++] = l;
        }
      }
      // Entries left over are full but for rounding.
      while (larges > 0) share[large[--larges] as number] = 1;
      while (smalls > 0) share[small[--smalls] as number] = 1;
    },
    draw(u, v) {
      const i = Math.min(n - 1, Math.floor(u * n));
      return v < (share[i] as number) ? i : (other[i] as number);
    },
  };
}

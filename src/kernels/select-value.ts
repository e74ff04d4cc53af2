/** The value that has k lower ones or equals before it among the first n, which change places (Hoare's selection). */
export function selectValue(values: Float32Array | Float64Array, n: number, k: number): number {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = values[k];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (pivot < values[j]) j--;
      if (i > j) break;
      const held = values[i];
      values[i++] = values[j];
      values[j--] = held;
    }
    if (j < k) low = i;
    if (k < i) high = j;
  }
  return values[k];
}

/** Turns of the image as sent into the configured orientation, in this order. */
export interface Mount {
  readonly flipRows: boolean;
  readonly flipCols: boolean;
  readonly transpose: boolean;
}

/** Detector flips, then the transpose, applied to a vector (row, col). Patterns themselves stay as sent. */
export function orientation(o: Mount): (row: number, col: number) => readonly [number, number] {
  return (row, col) => {
    const r = o.flipRows ? -row : row;
    const c = o.flipCols ? -col : col;
    return o.transpose ? [c, r] : [r, c];
  };
}

/** The same, in place: row and col are the numbers at `at` and after it. */
export function turnVector({ flipRows, flipCols, transpose }: Mount, numbers: Float64Array, at: number): void {
  const row = flipRows ? -(numbers[at] as number) : (numbers[at] as number);
  const col = flipCols ? -(numbers[at + 1] as number) : (numbers[at + 1] as number);
  numbers[at] = transpose ? col : row;
  numbers[at + 1] = transpose ? row : col;
}

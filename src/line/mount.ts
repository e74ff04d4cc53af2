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

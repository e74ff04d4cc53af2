/** Rings and sectors of stored polar events. Ring 0 starts at 1.3 disk radii. */
export const GRID = { rings: 24, sectors: 128 } as const;
export const BINS = GRID.rings * GRID.sectors;
/** Bin of the direct beam (nearer than the first ring). Events beyond the last ring are not stored. */
export const DIRECT = GRID.rings * GRID.sectors;

/** What is fixed for a scan once the beam is known: px. */
export interface PolarScale {
  /** Of the bright-field disk. */
  readonly radius: number;
  /** Where the first ring begins: 1.3 disk radii. */
  readonly inner: number;
  /** Where the last ring ends: half the detector less 2. */
  readonly outer: number;
}

/** The frame of one position. */
export interface PolarFrame {
  /** Of each electron outside the direct beam; ascending not required. */
  readonly bins: Uint16Array;
  /** Electrons of the direct beam. */
  readonly direct: number;
  /** [BINS + 1] Live pixels per bin, shared between frames of one table. */
  readonly area: Float32Array;
}

/** Additive sums over the frames of a region. Arrays are [BINS + 1]; index DIRECT: direct beam. */
export interface RegionSum {
  /** Counts of two halves: checkerboard of positions. */
  readonly halves: readonly [Float64Array, Float64Array];
  /** Live area times frames. */
  readonly area: Float64Array;
  frames: number;
}

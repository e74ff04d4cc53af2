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

/** The frames of a row of the scan. Arrays by column are as long as the row. */
export interface PolarRow {
  /** Bins of all electrons outside the direct beam, column after column; and where those of a column end. */
  readonly events: Uint16Array;
  readonly ends: Uint32Array;
  /** Electrons of the direct beam, by column. */
  readonly direct: Uint32Array;
  /** Number of the live area, by column; -1: there is no frame. */
  readonly table: Int16Array;
  /** [GRID.rings + 1] Electrons by ring, the direct beam last. */
  readonly counts: Float64Array;
  /** [BINS + 1] Live areas that are new with this row: their numbers go on from those before. */
  readonly areas: readonly Float32Array[];
}

/** Additive sums over the frames of a region. Arrays are [BINS + 1]; index DIRECT: direct beam. */
export interface RegionSum {
  /** Counts of two halves: checkerboard of positions. */
  readonly halves: readonly [Float64Array, Float64Array];
  /** Live area times frames. */
  readonly area: Float64Array;
  frames: number;
}

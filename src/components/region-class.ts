import type { RegionSum } from "./polar-events.js";

/** A region of the scan. */
export interface Region {
  /** The same as long as it is the same region. */
  readonly id: number;
  /** Of its core positions, and of others that are mostly of it. */
  readonly sum: RegionSum;
  /** Of its core positions alone, which are surely of it. */
  readonly core: RegionSum;
  readonly coreFrames: number;
  /** Ids of the regions that it touches. */
  readonly neighbours: readonly number[];
  /** row * columns + column */
  readonly positions: ArrayLike<number>;
}

/** What a region is. */
export interface RegionClass {
  readonly class: number;
  /** In-plane, from the zero of the class, in 0..2 pi / fold; rad. NaN: no crystal. */
  readonly angle: number;
  /** 0: no crystal. */
  readonly fold: number;
  /** 0..1 */
  readonly confidence: number;
  readonly grain: number;
}

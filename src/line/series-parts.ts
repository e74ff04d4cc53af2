import type { SeriesBegin } from "../core/detector.js";
import type { FrameKind, FrameShape } from "../core/frame.js";
import type { SeriesMaps } from "../maps/store.js";
import { isCounts } from "./denoise-lane.js";
import { CAME, type ImageIndex } from "./image-index.js";
import type { MeasureOptions } from "./measure-options.js";
import type { LaneSeries } from "./messages.js";
import type { PatternArchive } from "./pattern-backlog.js";
import type { ScanMap } from "./scan-map.js";
import type { SeriesNeeds } from "./series-needs.js";
import { countLimits } from "./series-options.js";

/** What a lane has to know of a series. */
export const laneSeries = (
  series: number,
  { height, width, type }: FrameShape,
  begin: SeriesBegin,
  { calibration, detector }: Pick<SeriesNeeds, "calibration" | "detector">,
): LaneSeries => {
  const { flipRows, flipCols, transpose } = detector;
  const mount = { flipRows, flipCols, transpose };
  return { series, height, width, type, mount, ellipse: calibration.ellipse, ...countLimits(type, begin) };
};

/** Larger frames are not denoised: the estimate of one would take more than 80 MB. */
const MOST_PIXELS = 1 << 20;

/** What work on a series on a grid is made of. */
export interface SeriesParts extends Pick<MeasureOptions, "onDamaged" | "onClosed" | "onIdle" | "maskVersion" | "revisionBase"> {
  readonly id: string;
  readonly number: number;
  readonly begin: SeriesBegin;
  readonly frame: FrameShape;
  readonly map: ScanMap;
  readonly maps: SeriesMaps;
  readonly images: ImageIndex;
  readonly needs: SeriesNeeds;
  /** null: it has none. */
  readonly archive: PatternArchive | null;
}

/** Calls back for the images at a scan index that have a frame. */
export function eachImage({ map, images }: Pick<SeriesParts, "map" | "images">, at: number, visit: (image: number) => void): void {
  const first = map.imageOf(at);
  const { framesPerPosition } = map.grid;
  for (let i = first; first >= 0 && i < first + framesPerPosition; i++)
    if (images.has(i) && images.kind(i) !== CAME.undecodable && map.at(i) === at) visit(i);
}

/** Why frames of this series are neither denoised nor classified; null: they are. */
export function reasonNot({ frame }: { readonly frame: FrameKind }): string | null {
  if (!isCounts(frame.type)) return `${frame.type} pixels are no counts of electrons`;
  if (frame.height * frame.width > MOST_PIXELS) return `frames have more than ${MOST_PIXELS} pixels`;
  return null;
}

/** What takes rows of a scan needs of its series. */
export const rowsOf = (s: SeriesParts) => ({
  about: laneSeries(s.number, s.frame, s.begin, s.needs),
  grid: s.map.grid,
  maps: s.maps,
  revisionBase: s.revisionBase,
  pool: s.needs.pool,
  slab: s.needs.slab,
  eachImage: (at: number, visit: (image: number) => void) => eachImage(s, at, visit),
  ref: (image: number, out: Int32Array, at: number) => s.images.ref(image, out, at),
  shape: (image: number) => s.images.shape(image),
});

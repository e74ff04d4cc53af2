import type { SeriesBegin } from "../core/detector.js";
import type { FrameShape } from "../core/frame.js";
import { layerSpec, TIER } from "../core/map-layer.js";
import type { SeriesMaps } from "../maps/store.js";
import type { ImageIndex } from "./image-index.js";
import type { MeasureOptions } from "./measure-options.js";
import { MeasureRun } from "./measure-run.js";
import type { LaneSeries } from "./messages.js";
import type { ScanMap } from "./scan-map.js";
import type { SeriesNeeds } from "./series-needs.js";
import { combineMasks, countLimits } from "./series-options.js";

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

export interface SeriesParts extends Pick<MeasureOptions, "onDamaged" | "onClosed" | "onIdle" | "maskVersion" | "revisionBase"> {
  readonly id: string;
  readonly number: number;
  readonly begin: SeriesBegin;
  readonly frame: FrameShape;
  readonly map: ScanMap;
  readonly maps: SeriesMaps;
  readonly images: ImageIndex;
  readonly needs: SeriesNeeds;
}

/** The measures of a series on the grid of its map. */
export function openMeasures(s: SeriesParts): MeasureRun {
  const { id, map, maps, images, needs: n } = s;
  const { grid } = map;
  const { mask, problem } = combineMasks(s.frame, s.begin.mask, n.detector.mask);
  if (problem) n.tell("error", "mask-size", problem, id);
  const tier = layerSpec("tier");
  return new MeasureRun({
    about: laneSeries(s.number, s.frame, s.begin, n),
    grid,
    maps,
    pool: n.pool,
    slab: n.slab,
    source: {
      ref: (image, out, at) => images.ref(image, out, at),
      shape: (i) => images.shape(i),
      at: (i) => map.at(i),
      part: (i) => map.part(i),
      measured: (i) => map.at(i) >= 0 && maps.open(tier).value[map.at(i)] !== TIER.none,
      summed: (i) => images.summed(i),
      markSummed: (i) => images.markSummed(i),
    },
    mask,
    maskVersion: s.maskVersion,
    centre: n.calibration.centre,
    radius: n.calibration.radius,
    mount: n.detector,
    revisionBase: s.revisionBase,
    mostLag: n.mostLag,
    hold: (end) => images.segments.hold(end, n.slab),
    full: n.memoryFull,
    mayCatchUp: () => n.mayCatchUp(s.number),
    onDamaged: s.onDamaged,
    onClosed: s.onClosed,
    onFinished: n.onRow,
    onDone: n.onDone,
    onNote: (code, message) => n.event(code === "beam-not-found" ? "warn" : "info", code, message, id),
    onOverload: (level, message) => n.tell(level > 0 ? "warn" : "info", level > 0 ? "overload" : "overload-over", message, id),
    onIdle: s.onIdle,
    onCrash: n.onCrash,
  });
}

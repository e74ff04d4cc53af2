import { layerSpec, TIER } from "../core/map-layer.js";
import type { MeasureOptions } from "./measure-options.js";
import { MeasureRun } from "./measure-run.js";
import { combineMasks } from "./series-options.js";
import { laneSeries, type SeriesParts } from "./series-parts.js";

/** The measures of a series on the grid of its map. */
export function openMeasures(s: SeriesParts, heard: Pick<MeasureOptions, "onFinished" | "onLate" | "onIdle">): MeasureRun {
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
    virtualDetectors: n.virtualDetectors,
    revisionBase: s.revisionBase,
    mostLag: n.mostLag,
    hold: (end) => images.segments.hold(end, n.slab),
    full: n.memoryFull,
    mayCatchUp: () => n.mayCatchUp(s.number),
    onDamaged: s.onDamaged,
    onClosed: s.onClosed,
    onDone: n.onDone,
    onNote: (code, message) => n.event(code === "beam-not-found" ? "warn" : "info", code, message, id),
    onOverload: (level, message) => n.tell(level > 0 ? "warn" : "info", level > 0 ? "overload" : "overload-over", message, id),
    onDetectors: (message) => n.tell("info", "virtual-detectors", message, id),
    onCrash: n.onCrash,
    ...heard,
  });
}

import type { SeriesBegin } from "../core/detector.js";
import type { FrameShape } from "../core/frame.js";
import { layerSpec, TIER } from "../core/map-layer.js";
import type { SeriesMaps } from "../maps/store.js";
import { ComponentRun } from "./component-run.js";
import { isCounts } from "./denoise-lane.js";
import { type DenoiseOptions, DenoiseRun, type Knowledge } from "./denoise-run.js";
import { CAME, type ImageIndex } from "./image-index.js";
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

/** Larger frames are not denoised: the estimate of one would take more than 80 MB. */
const MOST_PIXELS = 1 << 20;

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

/** What is done with the frames of a series on a grid. */
export interface SeriesWork {
  readonly measures: MeasureRun;
  /** Why nothing is denoised, or what denoises. */
  readonly denoise: DenoiseRun | string;
  /** Why no components are looked for, or what finds them. */
  readonly components: ComponentRun | string;
}

/** Calls back for the images at a scan index that have a frame. */
export function eachImage({ map, images }: Pick<SeriesParts, "map" | "images">, at: number, visit: (image: number) => void): void {
  const first = map.imageOf(at);
  const { framesPerPosition } = map.grid;
  for (let i = first; first >= 0 && i < first + framesPerPosition; i++)
    if (images.has(i) && images.kind(i) !== CAME.undecodable && map.at(i) === at) visit(i);
}

/** Why frames of this series are neither denoised nor classified; null: they are. */
function reasonNot({ frame }: SeriesParts): string | null {
  if (!isCounts(frame.type)) return `${frame.type} pixels are no counts of electrons`;
  if (frame.height * frame.width > MOST_PIXELS) return `frames have more than ${MOST_PIXELS} pixels`;
  return null;
}

/** What takes rows of a scan needs of its series. */
const rowsOf = (s: SeriesParts, centreOf: DenoiseOptions["centreOf"]) => ({
  about: laneSeries(s.number, s.frame, s.begin, s.needs),
  grid: s.map.grid,
  maps: s.maps,
  revisionBase: s.revisionBase,
  pool: s.needs.pool,
  slab: s.needs.slab,
  eachImage: (at: number, visit: (image: number) => void) => eachImage(s, at, visit),
  centreOf,
  ref: (image: number, out: Int32Array, at: number) => s.images.ref(image, out, at),
  shape: (image: number) => s.images.shape(image),
});

function openDenoise(s: SeriesParts, centreOf: DenoiseOptions["centreOf"], onIdle: () => void): DenoiseRun | string {
  const { id, needs: n } = s;
  const { denoise: method } = n;
  if (method === "off") return "denoising is switched off: [denoise] method";
  const reason = reasonNot(s);
  if (reason !== null) return reason;
  return new DenoiseRun({
    ...rowsOf(s, centreOf),
    mayGoOn: () => n.mayCatchUp(s.number),
    onRow: n.onDenoised,
    onMissed: (frames) =>
      n.event(
        "warn",
        "denoised-without",
        `${frames} frames were no longer kept, or are no counts: their rows are denoised without them`,
        id,
      ),
    method,
    onMethod: (used) =>
      n.event(
        "info",
        "denoise-method",
        used === "model"
          ? "patterns are denoised with the model: it foretells counts better"
          : "patterns are denoised without the model: it does not foretell counts better",
        id,
      ),
    model: n.model,
    onAdopted: ({ epoch, checksum, row, gain }) =>
      n.tell(
        "info",
        "denoise-adopted",
        `from row ${row} on patterns are denoised with epoch ${epoch} of the model, SHA-256 ${checksum}: fine-tuned on this scan, it foretells held-out counts ${(100 * gain).toFixed(1)} % better`,
        id,
      ),
    onProvider: (problem) => n.event("warn", "denoise-provider", `the model runs on cpu from now on: ${problem}`, id),
    wanted: n.patterns,
    cache: n.patternCache,
    onMade: n.onPatterns,
    onPlain: () =>
      n.tell(
        "info",
        "patterns-plain",
        "there is no time for all patterns of a row with the model: after such a row the next one is made without it ahead of time, until the scan ends",
        id,
      ),
    onGone: (row, frames) =>
      n.event(
        "warn",
        "patterns-gone",
        `${frames} frames of row ${row} were no longer kept when it was their turn: they have no final pattern, and their neighbours do without them`,
        id,
      ),
    onCut: (positions) =>
      n.tell(
        "warn",
        "patterns-cut",
        `${positions} positions are left without a final pattern: newer scans wait for theirs, or the daemon ends`,
        id,
      ),
    onCheap: (rows) =>
      n.event(
        "info",
        "denoise-cheap",
        `time is short, ${rows} rows wait to be denoised: patterns are made in the cheap variant, without the model`,
        id,
      ),
    onCheapOver: (patterns) =>
      n.event("info", "denoise-cheap-over", `patterns are made in the full variant again, after ${patterns} in the cheap one`, id),
    onIdle,
    onCrash: n.onCrash,
  });
}

function openComponents(s: SeriesParts, centreOf: DenoiseOptions["centreOf"], onIdle: () => void): ComponentRun | string {
  const { id, images, needs: n } = s;
  if (n.mostComponents === 0) return "components are switched off: [components] max";
  const reason = reasonNot(s);
  if (reason !== null) return reason;
  return new ComponentRun({
    ...rowsOf(s, centreOf),
    most: n.mostComponents,
    hold: (end) => images.segments.hold(end, n.slab),
    mayGoOn: () => n.mayClassify(s.number),
    onRow: n.onComponents,
    onMissed: (frames) =>
      n.event(
        "warn",
        "components-without",
        `${frames} frames were no longer kept, or are no counts: classes and grains do without them`,
        id,
      ),
    onAgain: (row) =>
      n.event("info", "components-again", `rows before ${row} are classified again: what they are measured with is better known`, id),
    onEllipse: (ratio, angle) =>
      n.event(
        "info",
        "ellipse-found",
        `rings lie on an ellipse of ${ratio.toFixed(3)} along ${((angle * 180) / Math.PI).toFixed(0)} degrees, which is undone for classes: [calibration] ellipse would say it for everything`,
        id,
      ),
    onCut: (positions) =>
      n.event(
        "warn",
        "components-cut",
        `${positions} positions are left without a final class: newer scans wait for theirs, and scans come faster than they are classified`,
        id,
      ),
    onFull: (row) =>
      n.event("warn", "components-full", `rows from ${row} on have no class: the electrons of those before fill the memory for them`, id),
    onStrange: () =>
      n.event(
        "warn",
        "library-other-scale",
        "the classes of earlier scans are of other camera lengths or detectors: they are not used for this scan",
        id,
      ),
    onLimited: () =>
      n.event(
        "info",
        "components-limited",
        `there would be more than ${n.mostComponents} classes: those that are least clearly two are one ([components] max)`,
        id,
      ),
    onIdle,
    onCrash: n.onCrash,
  });
}

/** The measures of a series on the grid of its map, its denoising and its components. */
export function openWork(s: SeriesParts): SeriesWork {
  const { map } = s;
  const centreOf: DenoiseOptions["centreOf"] = (image, at, out, i) => measures.centreOf(map.line(image), image, at, out, i);
  let left = 2;
  const onIdle = (): void => {
    left--;
    if (left === 0) s.onIdle();
  };
  const denoise = openDenoise(s, centreOf, onIdle);
  const components = openComponents(s, centreOf, onIdle);
  const known = (): Knowledge => ({
    mask: { version: measures.maskVersion, mask: measures.mask },
    radius: measures.radius,
    epoch: measures.epoch,
  });
  const measures: MeasureRun = openMeasures(s, {
    onFinished(line) {
      s.needs.onRow();
      if (typeof denoise !== "string") denoise.finishLine(line, known());
      if (typeof components !== "string") components.finishLine(line, known());
    },
    onLate(image) {
      if (typeof denoise !== "string") denoise.late(map.at(image), image);
      if (typeof components !== "string") components.late(image);
    },
    onIdle() {
      if (typeof denoise === "string") onIdle();
      else denoise.end(known());
      if (typeof components === "string") onIdle();
      else components.end(known());
    },
  });
  return { measures, denoise, components };
}

function openMeasures(s: SeriesParts, heard: Pick<MeasureOptions, "onFinished" | "onLate" | "onIdle">): MeasureRun {
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
    onDone: n.onDone,
    onNote: (code, message) => n.event(code === "beam-not-found" ? "warn" : "info", code, message, id),
    onOverload: (level, message) => n.tell(level > 0 ? "warn" : "info", level > 0 ? "overload" : "overload-over", message, id),
    onCrash: n.onCrash,
    ...heard,
  });
}

import { POLAR, polarExtent } from "../core/polar.js";
import { type DetectorSet, NO_DETECTORS } from "../core/virtual-detector.js";
import { detectorColumns } from "../kernels/detector-columns.js";
import type { PixelLane } from "../kernels/pixel-lane.js";
import { type LinearMap, openLinearMap } from "../networks/linear-map.js";
import type { RunGate } from "../networks/run-gate.js";
import { ROW_WIDTH } from "../stages/index.js";
import { measures } from "../stages/measures.js";
import { DIGITS, placeDetectors, projectionDigits, projections, projectionWeights } from "../stages/projections.js";
import type { DetectorVersion, LaneSeries } from "./messages.js";
import { orientation } from "./mount.js";

/** Positions per matrix product. Always so many rows, so that a result does not depend on how many frames came together. */
export const BATCH = 64;

/** The matrix product of a lane: of any counts, and of bytes. */
interface Maps {
  readonly floatMap: LinearMap;
  readonly byteMap: LinearMap;
}

/** The matrix product of a lane, and its weights: those of virtual detectors are for the polar bins of one series at a time. */
export class LaneProjections {
  readonly #gate: RunGate;
  readonly #results = new Float32Array(BATCH * DIGITS);
  #opening: Promise<Maps> | null = null;
  #maps: Maps | null = null;
  #digits: Float32Array = new Float32Array(POLAR.rings * POLAR.sectors * DIGITS);
  #scale: Float64Array = detectorColumns([], polarExtent({ height: 1, width: 1 }, 0, [1, 0]), (row, col) => [row, col]).scale;
  #detectors: DetectorSet = NO_DETECTORS;
  /** What the weights of virtual detectors were made for. */
  #made = { version: NO_DETECTORS.version, series: -1, radius: Number.NaN };

  constructor(gate: RunGate) {
    this.#gate = gate;
  }

  /** Before the first frames of a series: it takes longer than they would wait. All series are mounted alike, as the configuration says. */
  async open({ mount }: LaneSeries): Promise<void> {
    const shape = { features: POLAR.rings * POLAR.sectors, outputs: DIGITS, rows: BATCH };
    const openMap = (counts: "float32" | "uint8"): Promise<LinearMap> => openLinearMap({ ...shape, counts }, this.#digits, this.#gate);
    this.#opening ??= Promise.all([openMap("float32"), openMap("uint8")]).then(([floatMap, byteMap]) => ({ floatMap, byteMap }));
    this.#maps = await this.#opening;
    this.#digits = projectionDigits(projectionWeights(orientation(mount)));
    this.#made = { ...this.#made, series: -1 };
    this.#setWeights();
  }

  #setWeights(): void {
    this.#maps?.floatMap.setWeights(this.#digits);
    this.#maps?.byteMap.setWeights(this.#digits);
  }

  /** Virtual detectors that count from now on, if the lane does not have them. */
  know({ version, slots }: DetectorVersion): void {
    if (slots) this.#detectors = { version, slots };
  }

  /** From now on frames of this series, whose polar bins are laid out for `radius`, px. */
  use(about: LaneSeries, radius: number): void {
    const { version } = this.#detectors;
    const made = this.#made;
    const none = this.#detectors.slots.every((d) => d === null);
    if (made.version === version && (none || (made.series === about.series && made.radius === radius))) return;
    const columns = detectorColumns(this.#detectors.slots, polarExtent(about, radius, about.ellipse), orientation(about.mount));
    placeDetectors(this.#digits, columns.weights);
    this.#scale = columns.scale;
    this.#made = { version, series: about.series, radius };
    this.#setWeights();
  }

  /** Of the first `rows` of the polar batch: to the numbers of positions from `first` on. */
  async estimate(pixels: PixelLane, rows: number, numbers: Float64Array, first: number): Promise<void> {
    if (!this.#maps) throw new Error("no series is open");
    await projections.estimate(
      {
        counts: pixels.polarBytes(rows) ?? pixels.polarBatch(),
        rows,
        ...this.#maps,
        scale: this.#scale,
        results: this.#results,
        stride: ROW_WIDTH,
      },
      numbers,
      first * ROW_WIDTH + measures.width,
    );
  }

  async close(): Promise<void> {
    for (const map of Object.values((await this.#opening) ?? {})) await map.close();
  }
}

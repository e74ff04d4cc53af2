import type { LayerSpec } from "./map-layer.js";

/** What a stage puts on the map: column `column` of its output row is the value of this layer, or of a channel of it. */
export interface StageOutput {
  readonly column: number;
  readonly layer: LayerSpec;
  /** Of a layer with several; 0 if absent. */
  readonly channel?: number;
}

/**
 * One step of the line that turns a position's input into numbers. `estimate` fills `out` and changes nothing else of the caller's.
 * `Answer`: what it tells besides, such as why there are no numbers.
 * `reach`: scan rows needed before and after. `writer`: has a model of its own, so there is exactly one of it.
 */
export interface Stage<In, Answer = void> {
  readonly name: string;
  readonly about: string;
  readonly reach: number;
  readonly writer: boolean;
  /** Numbers per position. */
  readonly width: number;
  readonly outputs: readonly StageOutput[];
  estimate(input: In, out: Float64Array, offset: number): Answer;
}

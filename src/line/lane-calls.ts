import type { FrameShape } from "../core/frame.js";
import type { Image, SummaryKind } from "../core/sink.js";
import type { Summary } from "../kernels/summarise.js";
import type { AdaptCalls } from "./adapt-lane.js";
import type { ComponentCalls } from "./component-calls.js";
import type { DenoiseCalls } from "./denoise-calls.js";
import type { ListCalls } from "./list-calls.js";
import type { LaneAnswer, LaneSeries, LaneTask } from "./messages.js";

/** What a lane is for. */
export type LaneWork = "pixels" | "images" | "denoise" | "lists" | "components";

/** Where the beam is and which pixels must not count, from a summary of finished lines. */
export interface BeamFit {
  readonly row: number;
  readonly col: number;
  readonly radius: number;
  readonly found: boolean;
  readonly hot: Int32Array;
  readonly dead: Int32Array;
}

/** Questions to a lane, and their answers. */
export interface LaneCalls extends DenoiseCalls, ComponentCalls, ListCalls, AdaptCalls {
  /** Before there is anything to do: as long as nothing is opened, and while nothing is asked. `model`: it will be wanted. */
  warmUp: { ask: { work: LaneWork; model: boolean }; answer: null };
  open: { ask: LaneSeries; answer: null };
  close: { ask: { series: number }; answer: null };
  task: { ask: LaneTask; answer: LaneAnswer };
  /** This lane's part of the summary; null: it has seen nothing of the series. */
  summary: { ask: { series: number; reset: boolean }; answer: Summary | null };
  fit: { ask: { parts: readonly Summary[]; height: number; width: number; mask: Uint8Array | null }; answer: BeamFit };
  image: { ask: { parts: readonly Summary[]; height: number; width: number; kind: SummaryKind; mask: Uint8Array | null }; answer: Image };
  pattern: { ask: FrameAsk; answer: Image | null };
  polar: { ask: FrameAsk & { beam: { series: number; row: number; col: number; radius: number } }; answer: Image | null };
}
interface FrameAsk {
  readonly slot: number;
  readonly offset: number;
  readonly length: number;
  readonly shape: FrameShape;
}
export type LaneCall = keyof LaneCalls;

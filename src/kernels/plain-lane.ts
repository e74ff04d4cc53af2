import type { FrameShape, PixelArray } from "../core/frame.js";
import { frameBytes, pixelArray } from "../core/frame.js";
import { accumulateFrame, emptySummary } from "./accumulate-frame.js";
import { decodeFrame } from "./decode-frame.js";
import { measureFrame } from "./measure-frame.js";
import type { LaneSetup, PixelLane } from "./pixel-lane.js";
import { checkShape, DECODED } from "./pixel-lane.js";
import type { Summary } from "./summarise.js";

/** A pixel lane in plain TypeScript: slow, clear, the yardstick of the fast one. */
export function createPlainLane(): PixelLane {
  let setup: LaneSetup | null = null;
  let summary = emptySummary(0, 0);
  let frames = 0;
  let decoded: { readonly pixels: PixelArray; readonly shape: FrameShape } | null = null;

  const frame = (): PixelArray => {
    if (decoded === null) throw new Error("no decoded frame");
    return decoded.pixels;
  };
  const ready = (): LaneSetup => {
    frame();
    const shape = decoded?.shape;
    if (setup === null || setup.height !== shape?.height || setup.width !== shape.width || setup.type !== shape.type)
      throw new Error("the decoded frame is not of the kind that was set up");
    return setup;
  };
  return {
    configure(next) {
      setup = { ...next, mask: next.mask === null ? null : next.mask.slice() };
      decoded = null;
      this.resetSummary();
    },
    decode(payload, shape) {
      decoded = null;
      const fault = checkShape(shape);
      if (fault !== DECODED) return fault;
      const bytes = new Uint8Array(frameBytes(shape));
      const code = decodeFrame(payload, shape, bytes);
      if (code === DECODED) decoded = { pixels: pixelArray(shape.type, shape.height * shape.width, bytes.buffer), shape };
      return code;
    },
    pixels: frame,
    measure(out, offset, row, col, radius) {
      measureFrame(frame(), ready(), out, offset, row, col, radius);
    },
    accumulate() {
      accumulateFrame(frame(), ready(), summary);
      frames++;
    },
    summary(): Summary {
      const { sum, squares, max, valid } = summary;
      return { ...summary, frames, sum: sum.slice(), squares: squares.slice(), max: max.slice(), valid: valid.slice() };
    },
    resetSummary() {
      summary = emptySummary(setup?.height ?? 0, setup?.width ?? 0);
      frames = 0;
    },
  };
}

import type { FrameShape, PixelArray } from "../core/frame.js";
import { frameBytes, pixelArray, sameFrame } from "../core/frame.js";
import { accumulateFrame, emptySummary } from "./accumulate-frame.js";
import { decodeFrame } from "./decode-frame.js";
import { measureFrame } from "./measure-frame.js";
import type { LaneSetup, PixelLane } from "./pixel-lane.js";
import { checkSetup, checkShape, checkStaged, DECODED, MAX_LANE_PIXELS } from "./pixel-lane.js";
import { createPlainPolar, type PlainPolar } from "./plain-polar.js";
import type { Summary } from "./summarise.js";

/** A pixel lane in plain TypeScript: slow, clear, the yardstick of the fast one. */
export function createPlainLane(): PixelLane {
  let setup: LaneSetup | null = null;
  let summary = emptySummary(0, 0);
  let frames = 0;
  let polar: PlainPolar | null = null;
  let staged = { bytes: new Uint8Array(), radius: Number.NaN };
  let decoded: { readonly pixels: PixelArray; readonly shape: FrameShape } | null = null;

  const frame = (): PixelArray => {
    if (decoded === null) throw new Error("no decoded frame");
    return decoded.pixels;
  };
  const bins = (): PlainPolar => {
    if (polar === null) throw new Error("no polar bins set up");
    return polar;
  };
  const ready = (): LaneSetup => {
    if (setup === null || decoded === null || !sameFrame(setup, decoded.shape))
      throw new Error("no decoded frame of the kind that was set up");
    return setup;
  };
  return {
    configure(next) {
      checkSetup(next);
      const same = setup !== null && sameFrame(setup, next);
      setup = { ...next, mask: next.mask === null ? null : next.mask.slice() };
      decoded = null;
      if (!same) this.resetSummary();
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
      const expected = ready();
      measureFrame(frame(), expected, out, offset, row, col, radius);
    },
    accumulate() {
      const expected = ready();
      accumulateFrame(frame(), expected, summary);
      frames++;
    },
    process(payload, shape, accumulate, out, offset, row, col, radius, polarRow) {
      if (!(polarRow < 0)) bins().clear(polarRow);
      const code = this.decode(payload, shape);
      if (code !== DECODED) return code;
      this.measure(out, offset, row, col, radius);
      if (!(polarRow < 0)) bins().count(polarRow, frame(), ready(), row, col, out[offset]);
      if (accumulate) this.accumulate();
      decoded = null;
      return DECODED;
    },
    stage(bytes, radius) {
      staged = { bytes: bytes.slice(), radius };
      return true;
    },
    processAt(from, length, shape, accumulate, out, offset, centre, at, polarRow) {
      checkStaged(from, length, staged.bytes.length);
      const payload = staged.bytes.subarray(from, from + length);
      return this.process(payload, shape, accumulate, out, offset, centre[at], centre[at + 1], staged.radius, polarRow);
    },
    setPolar(next) {
      polar = next === null ? null : createPlainPolar(next);
      decoded = null;
    },
    polarBatch: () => bins().batch,
    polarBytes: (rows) => bins().bytes(rows),
    polarPixels(row, col) {
      if (setup === null) throw new Error("no frame set up");
      return bins().pixels(setup, row, col);
    },
    polarEvents: (polarRow, out) => bins().events(polarRow, out),
    summary(): Summary {
      const { sum, squares, max, valid } = summary;
      return { ...summary, frames, sum: sum.slice(), squares: squares.slice(), max: max.slice(), valid: valid.slice() };
    },
    sparseFrames: 0,
    resetSummary() {
      const { height, width } = setup ?? { height: 0, width: 0 };
      summary = height * width <= MAX_LANE_PIXELS ? emptySummary(height, width) : emptySummary(0, 0);
      frames = 0;
    },
  };
}

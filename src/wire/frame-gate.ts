import type { WireFrame } from "../core/detector.js";
import { type FrameShape, sameFrame } from "../core/frame.js";
import { Problem } from "./problem.js";

/** Keeps the frames of one series alike, to the first of them: size and type stand with the image, whatever the begin announced. */
export class FrameGate {
  private first: FrameShape | null = null;
  private last: FrameShape | null = null;
  private passed: FrameShape | null = null;

  /** Problem: this frame is not of the series. */
  check(shape: FrameShape): Problem | null {
    if (shape === this.passed) return null;
    this.first ??= { ...shape };
    const { first } = this;
    if (sameFrame(first, shape)) {
      this.passed = shape;
      return null;
    }
    const words = (f: FrameShape): string => `${f.height} x ${f.width} ${f.type}`;
    return new Problem("wrong-frame", `${words(shape)} in a series of ${words(first)}`);
  }

  /** The same object for equal shapes in a row, so that who follows may compare by identity. */
  same(shape: FrameShape): FrameShape {
    const l = this.last;
    if (l === shape) return shape;
    if (l && sameFrame(l, shape) && l.encoding === shape.encoding && l.element === shape.element && l.bigEndian === shape.bigEndian)
      return l;
    this.last = shape;
    return shape;
  }
}

/** The one frame object of a reader, filled anew for every frame. */
export function aLoan(channel: string): WireFrame {
  const shape: FrameShape = { height: 0, width: 0, type: "uint8", encoding: "none", element: 0, bigEndian: false };
  return { key: "", image: 0, channel, drives: true, shape, bytes: new Uint8Array(0), from: 0, length: 0, complete: true };
}

/** Points the loan at packed pixels. */
export function lendPayload(loan: WireFrame, payload: Uint8Array): void {
  loan.bytes = payload;
  loan.from = 0;
  loan.length = payload.length;
}

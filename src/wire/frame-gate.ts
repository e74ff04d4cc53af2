import type { WireFrame } from "../core/detector.js";
import { type FrameShape, type PixelType, sameFrame } from "../core/frame.js";
import { Problem } from "./problem.js";

/** Keeps the frames of one series alike: size and type as announced, or as of the first frame where nothing was. */
export class FrameGate {
  private height: number | null;
  private width: number | null;
  private type: PixelType | null;
  private last: FrameShape | null = null;
  private passed: FrameShape | null = null;

  constructor(height: number | null, width: number | null, type: PixelType | null) {
    this.height = height;
    this.width = width;
    this.type = type;
  }

  /** Problem: this frame is not of the series. */
  check(shape: FrameShape): Problem | null {
    if (shape === this.passed) return null;
    const { height, width, type } = shape;
    if ((this.height ?? height) === height && (this.width ?? width) === width && (this.type ?? type) === type) {
      this.height = height;
      this.width = width;
      this.type = type;
      this.passed = shape;
      return null;
    }
    return new Problem(
      "wrong-frame",
      `${height} x ${width} ${type} in a series of ${this.height ?? height} x ${this.width ?? width} ${this.type ?? type}`,
    );
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
  return { key: "", image: 0, channel, drives: true, shape, payload: new Uint8Array(0), complete: true };
}

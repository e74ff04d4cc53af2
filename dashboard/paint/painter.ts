import type { Plane } from "../lib/layer-image.js";
import type { Look } from "../lib/look.js";
import type { Place } from "../lib/view.js";

/** A picture of numbers and how to colour it. */
export interface Picture {
  readonly values: Plane<Float32Array>;
  readonly mask: Plane<Uint8Array>;
  readonly look: Look;
  /** A received position without a value waits for it, too. */
  readonly gapsWait?: boolean;
  /** In device px of the target. */
  readonly place: Place;
}
export interface Painter {
  readonly name: "webgl2" | "canvas2d";
  /** Draws over the whole target; outside the picture it stays transparent. */
  paint(target: CanvasRenderingContext2D, picture: Picture): void;
}

/** Screen px of a cell of the checker (not scanned) and of the period of a hatch, before the device's pixel ratio. */
export const CELL = 5;
export const HATCH = 6;
/** Screen px of the period of the dots on what waits, and of a dot. */
export const DOTS = 6;
export const DOT = 2;
/** What waits is drawn with a value nearby, this far towards the colour that no value is near. */
export const WASH = 0.4;
/** Colours that no table uses for a value. sRGB 0…255. */
export const INK = {
  checkerA: [23, 28, 35],
  checkerB: [32, 38, 47],
  waiting: [98, 108, 122],
  dot: [12, 14, 18],
  none: [118, 118, 118],
  lostA: [16, 16, 16],
  lostB: [235, 235, 235],
  malformedA: [16, 16, 16],
  malformedB: [240, 140, 40],
  masked: [74, 52, 92],
} as const satisfies Record<string, readonly [number, number, number]>;

/** Rows of a plane that changed after a version, as runs. */
export function changedRuns(p: Plane, since: number): (readonly [row: number, count: number])[] {
  const runs: (readonly [number, number])[] = [];
  for (let r = 0; r < p.height; r++) {
    if ((p.rowVersion[r] as number) <= since) continue;
    const from = r;
    while (r < p.height && (p.rowVersion[r] as number) > since) r++;
    runs.push([from, r - from]);
  }
  return runs;
}

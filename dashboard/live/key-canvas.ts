import { axisValue, histogram, type Limits, type ValueAxis } from "../lib/histogram.js";
import { colourOf, type Look } from "../lib/look.js";

/** Width of the colour bar, CSS px; the histogram has the rest of the canvas. */
export const BAR = 14;

/** What a colour key shows. */
export interface Key {
  readonly look: Look;
  readonly axis: ValueAxis;
  readonly sample: Float32Array;
  readonly limits: Limits;
  /** Colour of the histogram. */
  readonly ink: string;
}

/** Histogram and colour bar along a vertical value axis, high values on top. `ratio`: px of the canvas per CSS px. */
export function drawKey(pen: CanvasRenderingContext2D, { look, axis, sample, limits, ink }: Key, ratio: number): void {
  const { width, height } = pen.canvas;
  const bar = Math.round(BAR * ratio);
  pen.clearRect(0, 0, width, height);
  const room = width - bar - Math.round(3 * ratio);
  const bins = histogram(sample, axis, Math.max(8, Math.floor((height / 2) * ratio)));
  const most = Math.max(1, ...bins);
  const step = height / bins.length;
  bins.forEach((n, k) => {
    const v = axisValue(axis, (k + 0.5) / bins.length);
    pen.globalAlpha = v < limits[0] || v > limits[1] ? 0.35 : 0.9;
    pen.fillStyle = ink;
    // The root lets small peaks be seen beside a high one.
    const w = Math.sqrt(n / most) * room;
    pen.fillRect(room - w, height - (k + 1) * step, w, Math.max(1, step - 0.5));
  });
  pen.globalAlpha = 1;
  for (let y = 0; y < height; y++) {
    const [r, g, b] = colourOf(look, axisValue(axis, 1 - (y + 0.5) / height));
    pen.fillStyle = `rgb(${r} ${g} ${b})`;
    pen.fillRect(width - bar, y, bar, 1);
  }
}

/** Wheel whose colour at a direction is the colour of that angle: right 0, clockwise (`sense` 1: down a quarter turn) or counter-clockwise (-1). */
export function drawWheel(pen: CanvasRenderingContext2D, look: Look, sense: 1 | -1): void {
  const { width } = pen.canvas;
  const image = pen.createImageData(width, width);
  const c = width / 2;
  for (let y = 0; y < width; y++)
    for (let x = 0; x < width; x++) {
      const dx = x + 0.5 - c;
      const dy = y + 0.5 - c;
      const r = Math.hypot(dx, dy) / c;
      const edge = Math.min(1, Math.max(0, Math.min((1 - r) * c, (r - 0.46) * c)));
      if (edge <= 0) continue;
      const a = Math.atan2(sense * dy, dx);
      image.data.set([...colourOf(look, a < 0 ? a + 2 * Math.PI : a), Math.round(255 * edge)], 4 * (y * width + x));
    }
  pen.putImageData(image, 0, 0);
}

import { createCanvasPainter } from "./canvas2d.js";
import type { Painter } from "./painter.js";
import { createWebglPainter } from "./webgl.js";

let made: Painter | undefined;
/** The painter of this page. `?canvas2d` in the address forces the one without WebGL. */
export function painter(): Painter {
  made ??= (location.search.includes("canvas2d") ? null : createWebglPainter()) ?? createCanvasPainter();
  return made;
}

/** Pictures drawn so far. */
export const paintCount = { paints: 0 };

/** A job that runs at most once per animation frame, however often it is asked for. */
export function oncePerFrame(job: () => void): { ask: () => void; stop: () => void } {
  let id = 0;
  return {
    ask: () => {
      id ||= requestAnimationFrame(() => {
        id = 0;
        job();
      });
    },
    stop: () => cancelAnimationFrame(id),
  };
}

/** Gives a canvas as many device px as it covers. True if that changed. */
export function fitCanvas(canvas: HTMLCanvasElement): boolean {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

import { MASK } from "../lib/layer-image.js";
import { colourOf } from "../lib/look.js";
import { CELL, HATCH, INK, type Painter, type Picture } from "./painter.js";

const css = (c: readonly number[]): string => `rgb(${c.join(" ")})`;

/** A tile of screen px to fill areas with. */
function fill(target: CanvasRenderingContext2D, size: number, draw: (c: CanvasRenderingContext2D) => void): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const c = tile.getContext("2d");
  if (!c) return css(INK.none);
  draw(c);
  return target.createPattern(tile, "repeat") ?? css(INK.none);
}
const checker = (target: CanvasRenderingContext2D, cell: number) =>
  fill(target, 2 * cell, (c) => {
    c.fillStyle = css(INK.checkerB);
    c.fillRect(0, 0, 2 * cell, 2 * cell);
    c.fillStyle = css(INK.checkerA);
    c.fillRect(0, 0, cell, cell);
    c.fillRect(cell, cell, cell, cell);
  });
const hatch = (target: CanvasRenderingContext2D, period: number, a: readonly number[], b: readonly number[], lean: 1 | -1) =>
  fill(target, period, (c) => {
    c.fillStyle = css(a);
    c.fillRect(0, 0, period, period);
    c.fillStyle = css(b);
    for (let y = 0; y < period; y++)
      for (let x = 0; x < period; x++) if ((x + lean * y + period) % period < period / 2) c.fillRect(x, y, 1, 1);
  });

/** One pixel per position; what has a pattern stays transparent. */
function pixels({ values, mask, look }: Picture, scratch: HTMLCanvasElement): void {
  scratch.width = values.width;
  scratch.height = values.height;
  const c = scratch.getContext("2d");
  if (!c) return;
  const image = c.createImageData(values.width, values.height);
  for (let i = 0; i < values.values.length; i++) {
    const m = mask.values[i];
    if (m === MASK.unknown || m === MASK.lost || m === MASK.malformed) continue;
    const v = values.values[i] as number;
    const pending = m === MASK.pending && look.kind !== "index";
    const rgb = m === MASK.masked ? INK.masked : pending ? INK.pending : Number.isNaN(v) ? INK.none : colourOf(look, v);
    image.data.set([...rgb, 255], 4 * i);
  }
  c.putImageData(image, 0, 0);
}

/** Without WebGL2: slower, the same picture. */
export function createCanvasPainter(): Painter {
  const scratch = document.createElement("canvas");
  return {
    name: "canvas2d",
    paint(target, picture) {
      const { values, mask, place } = picture;
      const ratio = Math.max(1, Math.round(devicePixelRatio));
      target.clearRect(0, 0, target.canvas.width, target.canvas.height);
      target.fillStyle = checker(target, CELL * ratio);
      target.fillRect(place.x, place.y, values.width * place.scale, values.height * place.scale);
      const inks = new Map([
        [MASK.lost as number, hatch(target, HATCH * ratio, INK.lostA, INK.lostB, 1)],
        [MASK.malformed as number, hatch(target, HATCH * ratio, INK.malformedA, INK.malformedB, -1)],
      ]);
      pixels(picture, scratch);
      target.imageSmoothingEnabled = false;
      target.drawImage(scratch, place.x, place.y, values.width * place.scale, values.height * place.scale);
      for (const [code, ink] of inks) {
        target.fillStyle = ink;
        const side = Math.max(1, place.scale);
        for (let i = mask.values.indexOf(code); i >= 0; i = mask.values.indexOf(code, i + 1))
          target.fillRect(place.x + (i % mask.width) * place.scale, place.y + Math.floor(i / mask.width) * place.scale, side, side);
      }
    },
  };
}

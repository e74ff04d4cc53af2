import { HATCHES, isDark, STRIPE } from "../lib/class-table.js";
import { MASK } from "../lib/layer-image.js";
import { colourOf, toneOf } from "../lib/look.js";
import { nearby } from "../lib/nearby.js";
import { CELL, DOT, DOTS, HATCH, INK, type Painter, type Picture, WASH } from "./painter.js";

type Rgb = readonly number[];
const css = (c: Rgb): string => `rgb(${c.join(" ")})`;

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
const hatch = (target: CanvasRenderingContext2D, period: number, a: Rgb, b: Rgb, lean: 1 | -1) =>
  fill(target, period, (c) => {
    c.fillStyle = css(a);
    c.fillRect(0, 0, period, period);
    c.fillStyle = css(b);
    for (let y = 0; y < period; y++)
      for (let x = 0; x < period; x++) if ((x + lean * y + period) % period < period / 2) c.fillRect(x, y, 1, 1);
  });
const dots = (target: CanvasRenderingContext2D, ratio: number) =>
  fill(target, DOTS * ratio, (c) => {
    c.fillStyle = css(INK.dot);
    c.fillRect(0, 0, DOT * ratio, DOT * ratio);
  });

/** Code of each position as it is drawn: a gap that waits is pending. */
function codesOf({ values, mask, gapsWait }: Picture): Uint8Array {
  if (!gapsWait) return mask.values;
  return mask.values.map((m, i) => (m === MASK.present && Number.isNaN(values.values[i]) ? MASK.pending : m));
}

/** One pixel per position; what has a hatch stays transparent. */
function pixels({ values, look }: Picture, codes: Uint8Array, scratch: HTMLCanvasElement): void {
  const { width, height } = values;
  scratch.width = width;
  scratch.height = height;
  const c = scratch.getContext("2d");
  if (!c) return;
  const image = c.createImageData(width, height);
  const has = (row: number, col: number): boolean => row < height && col < width && !Number.isNaN(values.values[row * width + col]);
  const waiting = (i: number): Rgb => {
    const at = nearby(has, Math.floor(i / width), i % width);
    if (!at) return INK.waiting;
    const near = colourOf(look, values.values[at[0] * width + at[1]] as number);
    return INK.waiting.map((ink, k) => (near[k] as number) * (1 - WASH) + ink * WASH);
  };
  for (let i = 0; i < values.values.length; i++) {
    const m = codes[i];
    if (m === MASK.unknown || m === MASK.lost || m === MASK.malformed) continue;
    const v = values.values[i] as number;
    const rgb = m === MASK.masked ? INK.masked : m === MASK.pending ? waiting(i) : Number.isNaN(v) ? INK.none : colourOf(look, v);
    image.data.set([...rgb, 255], 4 * i);
  }
  c.putImageData(image, 0, 0);
}

/** Fills the positions of a code, one run of a row at a time. */
function fillCode(
  target: CanvasRenderingContext2D,
  { mask, place }: Picture,
  codes: Uint8Array,
  code: number,
  ink: CanvasPattern | string,
) {
  target.fillStyle = ink;
  const least = (n: number): number => Math.max(1, n * place.scale);
  for (let i = codes.indexOf(code); i >= 0; i = codes.indexOf(code, i)) {
    const from = i;
    const end = (Math.floor(i / mask.width) + 1) * mask.width;
    while (i < end && codes[i] === code) i++;
    const [row, col] = [Math.floor(from / mask.width), from % mask.width];
    target.fillRect(place.x + col * place.scale, place.y + row * place.scale, least(i - from), least(1));
  }
}

const HATCH_CODES = [HATCHES.rising, HATCHES.falling, HATCHES.level].flatMap((hatch) => [
  [hatch, hatch] as const,
  [hatch, hatch + 3] as const,
]);
/** What lies over the colour of a position: nothing (0), or a hatch, from 4 on in white instead of black. */
function hatchCodes({ values, look }: Picture, codes: Uint8Array): Uint8Array | null {
  const { table } = look;
  if (!table.some((alpha, i) => i % 4 === 3 && alpha < 255)) return null;
  return codes.map((code, i) => {
    const v = values.values[i] as number;
    if (code !== MASK.present || Number.isNaN(v)) return HATCHES.none;
    const at = 4 * Math.round(255 * toneOf(look, v));
    const hatch = 255 - (table[at + 3] as number);
    return hatch === HATCHES.none || !isDark(colourOf(look, v)) ? hatch : hatch + 3;
  });
}
/** Stripes over a colour. */
const stripes = (target: CanvasRenderingContext2D, period: number, hatch: number, ink: 0 | 255) =>
  fill(target, period, (c) => {
    c.fillStyle = `rgb(${ink} ${ink} ${ink} / ${STRIPE})`;
    const lean = hatch === HATCHES.rising ? 1 : hatch === HATCHES.falling ? -1 : 0;
    for (let y = 0; y < period; y++)
      for (let x = 0; x < period; x++) if ((lean === 0 ? y : (x + lean * y + period) % period) < period / 2) c.fillRect(x, y, 1, 1);
  });

/** Without WebGL2: slower, the same picture. */
export function createCanvasPainter(): Painter {
  const scratch = document.createElement("canvas");
  return {
    name: "canvas2d",
    paint(target, picture) {
      const { values, place } = picture;
      const ratio = Math.max(1, Math.round(devicePixelRatio));
      target.clearRect(0, 0, target.canvas.width, target.canvas.height);
      target.fillStyle = checker(target, CELL * ratio);
      target.fillRect(place.x, place.y, values.width * place.scale, values.height * place.scale);
      const codes = codesOf(picture);
      pixels(picture, codes, scratch);
      target.imageSmoothingEnabled = false;
      target.drawImage(scratch, place.x, place.y, values.width * place.scale, values.height * place.scale);
      const over = hatchCodes(picture, codes);
      for (const [hatch, code] of over ? HATCH_CODES : []) {
        fillCode(target, picture, over as Uint8Array, code, stripes(target, HATCH * ratio, hatch, code === hatch ? 0 : 255));
      }
      fillCode(target, picture, codes, MASK.pending, dots(target, ratio));
      fillCode(target, picture, codes, MASK.lost, hatch(target, HATCH * ratio, INK.lostA, INK.lostB, 1));
      fillCode(target, picture, codes, MASK.malformed, hatch(target, HATCH * ratio, INK.malformedA, INK.malformedB, -1));
    },
  };
}

import type { SeriesInfo } from "../../src/core/series.js";
import type { Position } from "../lib/hash-state.js";
import { scaleBar } from "../lib/scale-bar.js";
import type { Place } from "../lib/view.js";

export const PIN_COLOURS = ["#ffd166", "#7cc7ff", "#ff9ecb", "#9be88f"] as const;
export const PIN_NAMES = ["A", "B", "C", "D"] as const;

/** Lines across a map: below the newest row with a result, below the newest causal estimate, below the rows that are final. */
export const ROW_LINES = {
  newest: { colour: "rgb(76 201 166 / 0.95)", dash: [], word: "newest row", about: "the newest row of the map" },
  causal: {
    colour: "rgb(255 209 102 / 0.95)",
    dash: [1.5, 2.5],
    word: "causal",
    about: "down to here positions have an estimate from the frames before them (tier 2): provisional",
  },
  final: {
    colour: "rgb(124 199 255 / 0.95)",
    dash: [5, 3],
    word: "final",
    about: "above this line nothing changes any more: every estimate used all of its neighbours (tier 3)",
  },
} as const;
export type RowLine = keyof typeof ROW_LINES;

/** What lies over a map. CSS px. */
export interface Overlay {
  readonly series: SeriesInfo;
  readonly place: Place;
  readonly rows: number;
  readonly cols: number;
  /** Lowest row on screen with a result; -1: none. */
  readonly newest: number;
  /** Rows above the lag lines; null: the scan is not denoised. */
  readonly lag: { readonly causal: number; readonly final: number } | null;
  readonly cursor: Position | null;
  readonly pins: readonly Position[];
}
type Pen = CanvasRenderingContext2D;

/** None above the first and below the last row. */
function rowLine(pen: Pen, o: Overlay, row: number, line: RowLine): void {
  const { place, rows, cols } = o;
  if (row <= 0 || row >= rows) return;
  const { colour, dash } = ROW_LINES[line];
  const y = Math.round(place.y + row * place.scale) + 0.5;
  pen.setLineDash([...dash]);
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(place.x, y);
  pen.lineTo(place.x + cols * place.scale, y);
  pen.stroke();
  pen.setLineDash([]);
}

/** Cross of two lines with a gap, and the box of the position. */
function cursorMark(pen: Pen, o: Overlay, at: Position): void {
  const { place, rows, cols } = o;
  const x = place.x + at.col * place.scale;
  const y = place.y + at.row * place.scale;
  const s = Math.max(place.scale, 3);
  const cx = x + place.scale / 2;
  const cy = y + place.scale / 2;
  const gap = s / 2 + 4;
  const lines = [
    [place.x, cy, cx - gap, cy],
    [cx + gap, cy, place.x + cols * place.scale, cy],
    [cx, place.y, cx, cy - gap],
    [cx, cy + gap, cx, place.y + rows * place.scale],
  ] as const;
  pen.lineWidth = 1;
  pen.strokeStyle = "rgb(255 255 255 / 0.55)";
  pen.beginPath();
  for (const [x1, y1, x2, y2] of lines)
    if (x2 >= x1 && y2 >= y1) {
      pen.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
      pen.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
    }
  pen.stroke();
  pen.strokeStyle = "#000";
  pen.lineWidth = 3;
  pen.strokeRect(cx - s / 2, cy - s / 2, s, s);
  pen.strokeStyle = "#fff";
  pen.lineWidth = 1.25;
  pen.strokeRect(cx - s / 2, cy - s / 2, s, s);
}

function pinMark(pen: Pen, o: Overlay, at: Position, n: number): void {
  const { place } = o;
  const x = place.x + (at.col + 0.5) * place.scale;
  const y = place.y + (at.row + 0.5) * place.scale;
  pen.fillStyle = PIN_COLOURS[n] ?? "#fff";
  pen.strokeStyle = "#0b0e12";
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.arc(x, y, 7.5, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
  pen.fillStyle = "#0b0e12";
  pen.font = "700 10px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(PIN_NAMES[n] ?? "", x, y + 0.5);
}

/** Scale bar on a plate at the lower left of the visible map. */
export function drawScaleBar(
  pen: Pen,
  place: Place,
  size: { width: number; height: number },
  step: number | null,
  unit: string,
  box: { width: number; height: number },
): void {
  const left = Math.max(0, place.x);
  const right = Math.min(box.width, place.x + size.width * place.scale);
  const bottom = Math.min(box.height, place.y + size.height * place.scale);
  const bar = scaleBar(place.scale, step, unit, Math.min(150, 0.32 * (right - left)));
  if (!bar || right - left < 60) return;
  pen.font = "600 11px system-ui, sans-serif";
  const wide = Math.max(bar.length, pen.measureText(bar.label).width);
  const x = left + 8;
  const y = bottom - 8;
  pen.fillStyle = "rgb(8 10 13 / 0.72)";
  pen.beginPath();
  pen.roundRect(x, y - 25, wide + 14, 25, 3);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.fillRect(x + 7, y - 8, bar.length, 3);
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  pen.fillText(bar.label, x + 7, y - 12);
}

/** Small arrow outside the first row: which way the scan runs. */
function scanArrow(pen: Pen, o: Overlay): void {
  const x = Math.max(0, o.place.x) + 8;
  const y = Math.max(0, o.place.y) + 8;
  const both = o.series.order === "serpentine";
  pen.fillStyle = "rgb(8 10 13 / 0.72)";
  pen.beginPath();
  pen.roundRect(x, y, 30, 18, 3);
  pen.fill();
  pen.strokeStyle = "#fff";
  pen.lineWidth = 1.25;
  pen.beginPath();
  pen.moveTo(x + 6, y + 6);
  pen.lineTo(x + 23, y + 6);
  pen.moveTo(x + 20, y + 3.5);
  pen.lineTo(x + 23.5, y + 6);
  pen.lineTo(x + 20, y + 8.5);
  const from = both ? 23 : 6;
  const to = both ? 6 : 23;
  pen.moveTo(x + from, y + 12);
  pen.lineTo(x + to, y + 12);
  const tip = both ? 3 : -3;
  pen.moveTo(x + to + tip, y + 9.5);
  pen.lineTo(x + to, y + 12);
  pen.lineTo(x + to + tip, y + 14.5);
  pen.stroke();
}

export function drawOverlay(pen: Pen, o: Overlay, box: { width: number; height: number }): void {
  const { series, rows, cols } = o;
  rowLine(pen, o, o.lag?.final ?? series.settled_rows, "final");
  rowLine(pen, o, o.newest + 1, "newest");
  // Over the newest row's, which is often the same.
  rowLine(pen, o, o.lag?.causal ?? 0, "causal");
  if (series.order !== "positions") scanArrow(pen, o);
  drawScaleBar(pen, o.place, { width: cols, height: rows }, series.step_nm, "nm", box);
  o.pins.forEach((p, n) => {
    pinMark(pen, o, p, n);
  });
  if (o.cursor && o.cursor.row < rows && o.cursor.col < cols) cursorMark(pen, o, o.cursor);
}

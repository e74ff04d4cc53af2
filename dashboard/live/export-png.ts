import { colourBytes } from "../../src/core/class-colours.js";
import { CATEGORIES } from "../lib/catalogue.js";
import { hatchOf, isDark } from "../lib/class-table.js";
import { byShare } from "../lib/component-words.js";
import { exportName } from "../lib/export-name.js";
import { axisPlace, axisTicks } from "../lib/histogram.js";
import { lastFilledRow, waitingIn } from "../lib/layer-image.js";
import { colourOf, hex } from "../lib/look.js";
import { percent, short, whole } from "../lib/numbers.js";
import { painter } from "../paint/canvas.js";
import { shownComponents } from "../state/components.js";
import { currentSeries } from "../state/daemon.js";
import { activeTile } from "../state/page.js";
import { drawKey, drawWheel } from "./key-canvas.js";
import { drawScaleBar } from "./map-overlay.js";
import { currentMaps, gapsWait, type TileModel, tileModels } from "./tile-model.js";

const MARGIN = 24;
const HEAD = 64;
const FOOT = 34;
const KEY = 150;
/** The longer side of the map in the file, px at 1 x; written at 2 x. */
const SIDE = 640;
const RATIO = 2;
const INK = "#e6ebf1";
const MUTED = "#9aa6b4";

function sheet(width: number, height: number): CanvasRenderingContext2D | null {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * RATIO);
  canvas.height = Math.round(height * RATIO);
  return canvas.getContext("2d");
}

function drawLegend(pen: CanvasRenderingContext2D, model: TileModel, x: number, y: number, height: number): void {
  const look = model.look.peek();
  const { unit } = model.choice.peek();
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  if (look.kind === "cyclic") {
    const part = sheet(90, 90);
    if (!part) return;
    const inPlane = model.choice.peek().layer === "inplane_angle";
    drawWheel(part, look, inPlane ? -1 : 1);
    pen.drawImage(part.canvas, x + 16, y + 18, 90, 90);
    pen.fillStyle = INK;
    pen.textAlign = "center";
    pen.fillText(inPlane ? "¼ period" : "270°", x + 61, y + 9);
    pen.fillText(inPlane ? "period 360° / fold" : "90°, period 360°", x + 61, y + 118);
    pen.textAlign = "left";
    pen.fillText("0°", x + 110, y + 63);
    return;
  }
  if (model.choice.peek().layer === "label") {
    drawClasses(pen, x, y, height);
    return;
  }
  if (look.kind === "index") {
    (CATEGORIES[model.state.peek().layer] ?? []).forEach((name, i) => {
      if (name === "") return;
      pen.fillStyle = hex(colourOf(look, i));
      pen.fillRect(x + 8, y + 22 * i, 14, 14);
      pen.fillStyle = INK;
      pen.fillText(name, x + 30, y + 22 * i + 7);
    });
    return;
  }
  const axis = model.axis.peek();
  const part = sheet(60, height);
  if (!part) return;
  drawKey(part, { look, axis, sample: model.sample.peek(), limits: model.limits.peek(), ink: MUTED }, RATIO);
  pen.drawImage(part.canvas, x, y, 60, height);
  pen.fillStyle = INK;
  for (const v of axisTicks(axis, 6)) {
    const at = y + height * (1 - axisPlace(axis, v));
    if (at > y + 6 && at < y + height - 6) pen.fillText(short(v), x + 68, at);
  }
  pen.fillText(unit, x + 22, y - 12);
}

/** Names of classes beside their colours, the largest first; as many as there is room for. */
function drawClasses(pen: CanvasRenderingContext2D, x: number, y: number, height: number): void {
  const shown = byShare(shownComponents.peek()).filter((c) => c.share > 0);
  for (const [i, c] of shown.slice(0, Math.max(1, Math.floor(height / 22))).entries()) {
    const rgb = colourBytes(c.color);
    pen.fillStyle = c.color;
    pen.fillRect(x + 8, y + 22 * i, 14, 14);
    pen.strokeStyle = isDark(rgb) ? "rgb(255 255 255 / 0.6)" : "rgb(0 0 0 / 0.6)";
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (const [x1, y1, x2, y2] of STROKES[hatchOf(c.id)] ?? []) {
      pen.moveTo(x + 8 + 14 * x1, y + 22 * i + 14 * y1);
      pen.lineTo(x + 8 + 14 * x2, y + 22 * i + 14 * y2);
    }
    pen.stroke();
    pen.fillStyle = INK;
    pen.fillText(`${percent(c.share, 1)} ${c.name}`, x + 30, y + 22 * i + 7, KEY - 24);
  }
}
/** Lines of the hatches in a box of side 1. */
const STROKES = [
  [],
  [
    [0, 0.6, 0.6, 0],
    [0.4, 1, 1, 0.4],
  ],
  [
    [0, 0.4, 0.6, 1],
    [0.4, 0, 1, 0.6],
  ],
  [
    [0, 0.3, 1, 0.3],
    [0, 0.75, 1, 0.75],
  ],
] as const;

/** The active tile as a PNG: map, scale bar, key, label, series and time. */
export async function exportActiveTile(): Promise<void> {
  const model = tileModels[activeTile.peek()];
  const series = currentSeries.peek();
  const maps = currentMaps.peek();
  const image = model?.image.peek();
  const values = model?.values.peek();
  if (!model || !series || !maps || !image || !values) return;
  const scale = Math.max(1, Math.floor(SIDE / Math.max(maps.rows, maps.cols)));
  const width = maps.cols * scale;
  const height = maps.rows * scale;
  const page = sheet(Math.max(width, 360) + KEY + 2 * MARGIN, Math.max(height, 200) + HEAD + FOOT + MARGIN);
  const map = sheet(width, height);
  if (!page || !map) return;
  painter().paint(map, {
    values,
    mask: maps.mask,
    look: model.look.peek(),
    gapsWait: gapsWait(model.choice.peek()),
    place: { scale: scale * RATIO, x: 0, y: 0 },
  });
  page.scale(RATIO, RATIO);
  page.fillStyle = "#0b0e12";
  page.fillRect(0, 0, page.canvas.width, page.canvas.height);
  page.drawImage(map.canvas, MARGIN, HEAD, width, height);
  drawScaleBar(page, { scale, x: MARGIN, y: HEAD }, { width: maps.cols, height: maps.rows }, series.step_nm, "nm", {
    width: MARGIN + width,
    height: HEAD + height,
  });
  const { title, claim, group } = model.choice.peek();
  const final = series.settled_rows >= maps.rows;
  const wait = waitingIn(maps.mask);
  const waiting = wait > 0 ? `; dotted: ${whole(wait)} positions wait, drawn from ones nearby` : "";
  page.textAlign = "left";
  page.textBaseline = "alphabetic";
  page.fillStyle = INK;
  page.font = "600 20px system-ui, sans-serif";
  page.fillText(group === null ? title : `${group}: ${title}`, MARGIN, 34);
  page.fillStyle = MUTED;
  page.font = "13px system-ui, sans-serif";
  page.fillText(
    `${claim}, ${final ? "final" : "provisional"}, rows ${lastFilledRow(image) + 1} of ${maps.rows}, ${model.state.peek().curve}${waiting}`,
    MARGIN,
    54,
  );
  const now = new Date();
  page.fillText(
    `${series.id}    ${now.toISOString().slice(0, 19).replace("T", " ")} UTC    braggstream ${BRAGGSTREAM_VERSION}`,
    MARGIN,
    HEAD + height + 24,
  );
  drawLegend(page, model, MARGIN + width + 18, HEAD + (model.look.peek().kind === "index" ? 4 : 0), Math.max(120, height));
  const blob = await new Promise<Blob | null>((done) => page.canvas.toBlob(done, "image/png"));
  if (!blob) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${exportName(series, model.state.peek().layer, now)}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

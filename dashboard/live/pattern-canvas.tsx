import { effect, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { DetectorArea } from "../../src/core/virtual-detector.js";
import type { Position } from "../lib/hash-state.js";
import { plane } from "../lib/layer-image.js";
import type { Look } from "../lib/look.js";
import type { Pattern } from "../lib/pattern-stats.js";
import { type Place, placeIn, WHOLE } from "../lib/view.js";
import { fitCanvas, oncePerFrame, paintCount, painter } from "../paint/canvas.js";
import { drawScaleBar } from "./map-overlay.js";
import { followPointers } from "./pointer.js";

/** Beam on the detector, px. */
export interface Beam {
  readonly row: number;
  readonly col: number;
  readonly radius: number | null;
}
export interface PatternCanvasProps {
  readonly pattern: Pattern;
  readonly look: Look;
  readonly beam: Beam | null;
  /** Areas that are drawn about the beam, the newest first. */
  readonly areas?: readonly DetectorArea[];
  /** 1/Å per px; null: not calibrated. */
  readonly step: number | null;
  readonly label: string;
  readonly testid?: string;
  readonly over?: (p: Position | null) => void;
  readonly pick?: () => void;
}

function circle(pen: CanvasRenderingContext2D, x: number, y: number, r: number, colour: string, dash: number[]): void {
  pen.setLineDash(dash);
  pen.strokeStyle = colour;
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  pen.stroke();
  pen.setLineDash([]);
}

function drawBeam(pen: CanvasRenderingContext2D, place: Place, beam: Beam): void {
  // Pixel n covers [n, n + 1): its centre lies half a pixel further.
  const x = place.x + (beam.col + 0.5) * place.scale;
  const y = place.y + (beam.row + 0.5) * place.scale;
  pen.lineWidth = 1.25;
  pen.strokeStyle = "rgb(124 230 200 / 0.95)";
  pen.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    pen.moveTo(x + 3 * dx, y + 3 * dy);
    pen.lineTo(x + 9 * dx, y + 9 * dy);
  }
  pen.stroke();
  if (beam.radius === null) return;
  circle(pen, x, y, beam.radius * place.scale, "rgb(124 230 200 / 0.9)", []);
  circle(pen, x, y, 1.1 * beam.radius * place.scale, "rgb(255 209 102 / 0.8)", [3, 3]);
}

/** Outline of a ring, or of its sectors. Pixel n covers [n, n + 1): its centre lies half a pixel further. */
function drawArea(pen: CanvasRenderingContext2D, place: Place, beam: Beam, { inner, outer, sector }: DetectorArea): void {
  const x = place.x + (beam.col + 0.5) * place.scale;
  const y = place.y + (beam.row + 0.5) * place.scale;
  const [low, high] = [inner * place.scale, outer * place.scale];
  const turn = (2 * Math.PI) / (sector?.fold ?? 1);
  pen.beginPath();
  for (let i = 0; i < (sector?.fold ?? 1); i++) {
    const [from, to] = sector ? [sector.from + i * turn, sector.to + i * turn] : [0, 2 * Math.PI];
    pen.moveTo(x + high * Math.cos(from), y + high * Math.sin(from));
    pen.arc(x, y, high, from, to);
    if (sector) pen.lineTo(x + low * Math.cos(to), y + low * Math.sin(to));
    else pen.moveTo(x + low, y);
    pen.arc(x, y, low, to, from, true);
    if (sector) pen.closePath();
  }
  pen.lineWidth = 1.5;
  pen.strokeStyle = "rgb(124 196 255 / 0.95)";
  pen.stroke();
  pen.fillStyle = "rgb(124 196 255 / 0.14)";
  pen.fill("evenodd");
}

export function PatternCanvas(props: PatternCanvasProps) {
  const image = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const view = useSignal(WHOLE);
  const { pattern } = props;
  const planes = useMemo(
    () => ({
      values: plane(pattern.width, pattern.height, pattern.values),
      mask: plane(pattern.width, pattern.height, pattern.mask),
    }),
    [pattern],
  );
  const latest = useRef(props);
  latest.current = props;
  const shown = useRef(planes);
  shown.current = planes;
  const job = useRef<{ ask: () => void }>(null);

  useEffect(() => {
    const a = image.current;
    const b = over.current;
    const pen = a?.getContext("2d");
    const top = b?.getContext("2d");
    if (!a || !b || !pen || !top) return;
    const draw = (): void => {
      const { look, beam, step } = latest.current;
      const size = { width: shown.current.values.width, height: shown.current.values.height };
      painter().paint(pen, { ...shown.current, look, place: placeIn(a, size, view.peek()) });
      paintCount.paints++;
      top.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      const box = { width: b.clientWidth, height: b.clientHeight };
      top.clearRect(0, 0, box.width, box.height);
      const place = placeIn(box, size, view.peek());
      if (beam) drawBeam(top, place, beam);
      if (beam) for (const area of latest.current.areas ?? []) drawArea(top, place, beam, area);
      // A thumbnail is too small for a bar that can be read.
      if (box.width > 130) drawScaleBar(top, place, size, step, "1/Å", box);
    };
    const once = oncePerFrame(draw);
    job.current = once;
    const resize = new ResizeObserver(() => {
      fitCanvas(a);
      fitCanvas(b);
      draw();
    });
    resize.observe(a);
    const stops = [
      once.stop,
      () => resize.disconnect(),
      effect(() => {
        view.value;
        once.ask();
      }),
      followPointers(b, {
        size: () => ({ width: shown.current.values.width, height: shown.current.values.height }),
        view: () => view.peek(),
        look: (v) => {
          view.value = v;
        },
        over: (p) => latest.current.over?.(p),
        pick: () => latest.current.pick?.(),
      }),
    ];
    const leave = (): void => latest.current.over?.(null);
    b.addEventListener("pointerleave", leave);
    return () => {
      b.removeEventListener("pointerleave", leave);
      for (const stop of stops) stop();
    };
  }, [view]);
  useEffect(() => job.current?.ask());

  return (
    <div class="pattern-canvas">
      <canvas ref={image} class="layer" data-testid={props.testid} />
      <canvas ref={over} class="layer map-over" role="img" aria-label={props.label} />
    </div>
  );
}

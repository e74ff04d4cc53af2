import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { lagRows, lastFilledRow } from "../lib/layer-image.js";
import { placeIn } from "../lib/view.js";
import { fitCanvas, oncePerFrame, paintCount, painter } from "../paint/canvas.js";
import { currentSeries } from "../state/daemon.js";
import { activeTile, cursor, pins, view } from "../state/page.js";
import { drawOverlay } from "./map-overlay.js";
import { togglePin } from "./pins.js";
import { followPointers } from "./pointer.js";
import { currentMaps, featuresWait, gapsWait, type TileModel } from "./tile-model.js";

function paintImage(canvas: HTMLCanvasElement, model: TileModel): void {
  const pen = canvas.getContext("2d");
  const maps = currentMaps.peek();
  if (!pen) return;
  const values = model.values.peek();
  if (!maps || !values) {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    return;
  }
  const place = placeIn(canvas, { width: maps.cols, height: maps.rows }, view.peek());
  painter().paint(pen, { values, mask: maps.mask, look: model.look.peek(), gapsWait: gapsWait(model.choice.peek()), place });
  paintCount.paints++;
}

function paintOverlay(canvas: HTMLCanvasElement, model: TileModel): void {
  const pen = canvas.getContext("2d");
  const series = currentSeries.peek();
  const maps = currentMaps.peek();
  if (!pen) return;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const image = model.image.peek();
  if (!series || !maps || !image) return;
  pen.scale(devicePixelRatio, devicePixelRatio);
  const box = { width: canvas.clientWidth, height: canvas.clientHeight };
  const place = placeIn(box, { width: maps.cols, height: maps.rows }, view.peek());
  const overlay = {
    series,
    place,
    rows: maps.rows,
    cols: maps.cols,
    newest: lastFilledRow(image),
    lag: lagRows(maps.mask),
    cursor: cursor.peek(),
    pins: pins.peek(),
  };
  drawOverlay(pen, overlay, box);
}

/** The picture of a tile, with what lies over it. Paints outside the component tree, once per frame at most. */
export function MapBody({ model }: { readonly model: TileModel }) {
  const image = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const a = image.current;
    const b = over.current;
    if (!a || !b) return;
    const paint = oncePerFrame(() => paintImage(a, model));
    const draw = oncePerFrame(() => paintOverlay(b, model));
    const resize = new ResizeObserver(() => {
      // Together and at once: a canvas whose size was set is empty.
      if (fitCanvas(a)) paintImage(a, model);
      if (fitCanvas(b)) paintOverlay(b, model);
    });
    resize.observe(a);
    const stops = [
      effect(() => {
        currentMaps.value?.changed.value;
        model.values.value;
        model.look.value;
        featuresWait.value;
        view.value;
        paint.ask();
      }),
      effect(() => {
        currentMaps.value?.changed.value;
        model.image.value;
        currentSeries.value;
        view.value;
        cursor.value;
        pins.value;
        draw.ask();
      }),
      followPointers(b, {
        size: () => {
          const m = currentMaps.peek();
          return m ? { width: m.cols, height: m.rows } : null;
        },
        view: () => view.peek(),
        look: (v) => {
          view.value = v;
        },
        over: (p) => {
          const c = cursor.peek();
          if (c?.row !== p.row || c.col !== p.col) cursor.value = p;
        },
        pick: (p) => {
          activeTile.value = model.index;
          cursor.value = p;
          togglePin(p);
        },
      }),
      paint.stop,
      draw.stop,
      () => resize.disconnect(),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [model]);
  return (
    <div class="map-body">
      <canvas ref={image} class="layer map-image" />
      <canvas ref={over} class="layer map-over" role="img" aria-label={`Map: ${model.choice.value.title}`} />
    </div>
  );
}

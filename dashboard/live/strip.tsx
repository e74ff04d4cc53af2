import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Measure, STRIP, sparkline } from "../lib/history.js";
import { fitCanvas } from "../paint/canvas.js";
import { connected, history, stats } from "../state/daemon.js";
import { chartOf, dialog, theme } from "../state/page.js";

/** Seconds that a sparkline shows. */
const SPAN = 60;

function Spark({ measure }: { readonly measure: Measure }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const c = canvas.current;
    const pen = c?.getContext("2d");
    if (!c || !pen) return;
    const draw = (): void => {
      fitCanvas(c);
      pen.clearRect(0, 0, c.width, c.height);
      const edge = devicePixelRatio;
      const points = sparkline(history.value.time, history.value.columns.get(measure.key) ?? [], SPAN, c.width, c.height - 3 * edge);
      const first = points[0];
      const last = points.at(-1);
      if (!first || !last) return;
      const style = getComputedStyle(c);
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x, y + 1.5 * edge);
      pen.strokeStyle = style.color;
      pen.lineWidth = 1.25 * edge;
      pen.stroke();
      pen.lineTo(last[0], c.height);
      pen.lineTo(first[0], c.height);
      pen.globalAlpha = 0.14;
      pen.fillStyle = style.color;
      pen.fill();
      pen.globalAlpha = 1;
    };
    return effect(() => {
      theme.value;
      draw();
    });
  }, [measure]);
  return <canvas ref={canvas} class="spark" />;
}

function Cell({ measure }: { readonly measure: Measure }) {
  const s = stats.value;
  const value = s ? measure.show(measure.of(s)) : "–";
  return (
    <button
      type="button"
      class="cell"
      data-testid={`strip-${measure.key}`}
      data-alert={s !== null && measure.alert(s)}
      title={`${measure.about}. Opens the chart.`}
      aria-label={`${measure.title} ${value} ${measure.unit}`}
      onClick={() => {
        chartOf.value = measure.key;
        dialog.value = "chart";
      }}
    >
      <span class="cell-title">{measure.title}</span>
      <span class="cell-value">
        <b>{value}</b> {measure.unit}
      </span>
      <Spark measure={measure} />
    </button>
  );
}

export function Strip() {
  return (
    <section class="strip" data-stale={!connected.value} aria-label="Statistics">
      {STRIP.map((m) => (
        <Cell key={m.key} measure={m} />
      ))}
    </section>
  );
}

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { MEASURES, type Measure } from "../lib/history.js";
import { Dialog } from "../parts/dialog.js";
import { Segmented } from "../parts/segmented.js";
import { history } from "../state/daemon.js";
import { chartOf } from "../state/page.js";

const HEIGHT = 300;
const clockTime = (s: number): string => new Date(1000 * s).toLocaleTimeString([], { hour12: false });

function options(measure: Measure, width: number, css: CSSStyleDeclaration): uPlot.Options {
  const ink = css.getPropertyValue("--muted");
  const grid = css.getPropertyValue("--line");
  const axis: uPlot.Axis = {
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    font: "11px system-ui, sans-serif",
  };
  return {
    width,
    height: HEIGHT,
    cursor: { points: { size: 7 } },
    legend: { live: true },
    scales: { y: { range: (_, __, high) => [0, Math.max(1, high * 1.08)] } },
    axes: [
      { ...axis, values: (_, all) => all.map(clockTime) },
      { ...axis, size: 62, values: (_, all) => all.map(measure.show) },
    ],
    series: [
      { label: "time", value: (_, v) => (v === null ? "–" : clockTime(v)) },
      {
        label: `${measure.title} ${measure.unit}`.trim(),
        stroke: css.getPropertyValue("--accent"),
        width: 1.5,
        fill: css.getPropertyValue("--accent-soft"),
        value: (_, v) => (v === null ? "–" : `${measure.show(v)} ${measure.unit}`),
      },
    ],
  };
}

function Chart({ measure }: { readonly measure: Measure }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const b = box.current;
    if (!b) return;
    const data = (): uPlot.AlignedData => [[...history.value.time], [...(history.value.columns.get(measure.key) ?? [])]];
    const plot = new uPlot(options(measure, b.clientWidth, getComputedStyle(b)), data(), b);
    // The dialog opens after its content is there: until then it has no width.
    const resize = new ResizeObserver(() => plot.setSize({ width: b.clientWidth, height: HEIGHT }));
    resize.observe(b);
    const stop = effect(() => plot.setData(data()));
    return () => {
      resize.disconnect();
      stop();
      plot.destroy();
    };
  }, [measure]);
  return <div ref={box} class="chart" />;
}

/** One measure of the strip over the last ten minutes. */
export function ChartDialog() {
  const measure = MEASURES.find((m) => m.key === chartOf.value) ?? (MEASURES[0] as Measure);
  return (
    <Dialog title={measure.about} wide>
      <Segmented
        label="Measure"
        value={measure.key}
        options={MEASURES.map((m) => [m.key, m.title] as const)}
        pick={(k) => {
          chartOf.value = k;
        }}
      />
      <Chart key={measure.key} measure={measure} />
    </Dialog>
  );
}

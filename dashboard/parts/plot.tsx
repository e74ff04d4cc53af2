import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { MEASURES, type Measure } from "../lib/history.js";
import { history } from "../state/daemon.js";
import { theme } from "../state/page.js";

/** A measure over time. */
export interface Curve {
  readonly measure: Measure;
  /** Name of a colour of the page: `--accent` without the dashes. */
  readonly ink: string;
  /** Area below it filled, or not; steps of dashes or dots, on the right axis, whose values double from line to line. */
  readonly how: "filled" | "line" | "dashes" | "dots";
}
export const measureOf = (key: string): Measure => MEASURES.find((m) => m.key === key) ?? (MEASURES[0] as Measure);

const clockTime = (s: number): string => new Date(1000 * s).toLocaleTimeString([], { hour12: false });

const DASH = { dashes: [8, 4], dots: [2, 3] } as const;
const isStepped = (how: Curve["how"]): how is keyof typeof DASH => how in DASH;

function seriesOf({ measure: m, ink, how }: Curve, css: CSSStyleDeclaration): uPlot.Series {
  const stepped = isStepped(how) ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    label: `${m.title} ${isStepped(how) ? "" : m.unit}`.trim(),
    scale: isStepped(how) ? "doubling" : "y",
    stroke: css.getPropertyValue(`--${ink}`),
    width: 1.5,
    points: { show: false },
    ...(stepped ? { paths: stepped } : {}),
    ...(isStepped(how) ? { dash: [...DASH[how]] } : {}),
    ...(how === "filled" ? { fill: css.getPropertyValue("--accent-soft") } : {}),
    value: (_, v) => (v === null ? "–" : `${m.show(v)} ${isStepped(how) ? "" : m.unit}`.trim()),
  };
}

function options(curves: readonly Curve[], width: number, height: number, css: CSSStyleDeclaration): uPlot.Options {
  const grid = css.getPropertyValue("--line");
  const axis: uPlot.Axis = {
    stroke: css.getPropertyValue("--muted"),
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    font: "11px system-ui, sans-serif",
  };
  const first = curves[0]?.measure;
  const doubling = curves.some((c) => isStepped(c.how));
  return {
    width,
    height,
    cursor: { points: { size: 7 } },
    legend: { live: true },
    scales: {
      y: { range: (_, __, high) => [0, Math.max(1, high * 1.08)] },
      // A line above the highest and one below 1, so that "every position" does not lie on the axis.
      ...(doubling ? { doubling: { distr: 3, log: 2, range: (_, __, high) => [0.5, Math.max(4, 2 * high)] } } : {}),
    },
    axes: [
      { ...axis, space: 70, values: (_, all) => all.map(clockTime) },
      { ...axis, size: 62, values: (_, all) => all.map((v) => first?.show(v) ?? "") },
      ...(doubling
        ? [
            {
              ...axis,
              scale: "doubling",
              side: 1 as const,
              size: 74,
              grid: { show: false },
              values: (_: uPlot, all: number[]) => all.map(oneIn),
            },
          ]
        : []),
    ],
    series: [{ label: "time", value: (_, v) => (v === null ? "–" : clockTime(v)) }, ...curves.map((c) => seriesOf(c, css))],
  };
}
const oneIn = (n: number): string => (n < 1 ? "" : n === 1 ? "all" : `1 in ${n}`);

/** Measures over the last ten minutes. `curves`: the same list as long as they are the same. */
export function Plot({ curves, height, testid }: { readonly curves: readonly Curve[]; readonly height: number; readonly testid: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const b = box.current;
    if (!b) return;
    const data = (): uPlot.AlignedData => [
      [...history.value.time],
      ...curves.map((c) => [...(history.value.columns.get(c.measure.key) ?? [])]),
    ];
    let plot: uPlot | undefined;
    const redraw = effect(() => {
      theme.value;
      plot?.destroy();
      plot = new uPlot(options(curves, b.clientWidth, height, getComputedStyle(b)), [[], ...curves.map(() => [])], b);
    });
    const follow = effect(() => {
      theme.value;
      plot?.setData(data());
    });
    // A dialog opens after its content is there: until then it has no width.
    const resize = new ResizeObserver(() => plot?.setSize({ width: b.clientWidth, height }));
    resize.observe(b);
    return () => {
      resize.disconnect();
      redraw();
      follow();
      plot?.destroy();
    };
  }, [curves, height]);
  return <div ref={box} class="chart" data-testid={testid} />;
}

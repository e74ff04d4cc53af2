import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isOver } from "../../src/core/series.js";
import { CATEGORIES } from "../lib/catalogue.js";
import { periodWords } from "../lib/component-words.js";
import { axisPlace, axisTicks, axisValue, type Limits } from "../lib/histogram.js";
import { lagRows, waitingIn } from "../lib/layer-image.js";
import { colourOf, hex } from "../lib/look.js";
import { short, whole } from "../lib/numbers.js";
import { fitCanvas, oncePerFrame } from "../paint/canvas.js";
import { RowLineSwatch } from "../parts/row-line-swatch.js";
import { currentSeries, newestSeries, stats } from "../state/daemon.js";
import { changeTile, cursor, theme } from "../state/page.js";
import { ComponentKey, GrainKey } from "./component-key.js";
import { drawKey, drawWheel } from "./key-canvas.js";
import { ROW_LINES } from "./map-overlay.js";
import { currentMaps, featuresWait, type TileModel, valueAt } from "./tile-model.js";

/** Moves one limit; the other stays, and they never cross. */
function setLimit(model: TileModel, which: 0 | 1, value: number): void {
  const [low, high] = model.limits.peek();
  const axis = model.axis.peek();
  const least = (axis.to - axis.from) / 500;
  const next: Limits = which === 0 ? [Math.min(value, high - least), high] : [low, Math.max(value, low + least)];
  changeTile(model.index, { limits: next });
}

/** Drag anywhere: the nearer limit follows. The axis is held while dragging, or it would run away. */
function followDrag(element: HTMLElement, model: TileModel): () => void {
  const stop = new AbortController();
  let which: 0 | 1 | null = null;
  let axis = model.axis.peek();
  const valueAt = (e: PointerEvent): number => {
    const r = element.getBoundingClientRect();
    return axisValue(axis, Math.min(1, Math.max(0, 1 - (e.clientY - r.top) / r.height)));
  };
  element.addEventListener(
    "pointerdown",
    (e) => {
      axis = model.axis.peek();
      const [low, high] = model.limits.peek().map((v) => axisPlace(axis, v)) as [number, number];
      const at = axisPlace(axis, valueAt(e));
      which = Math.abs(at - low) < Math.abs(at - high) ? 0 : 1;
      element.setPointerCapture(e.pointerId);
      setLimit(model, which, valueAt(e));
      e.preventDefault();
    },
    { signal: stop.signal },
  );
  element.addEventListener(
    "pointermove",
    (e) => {
      if (which !== null) setLimit(model, which, valueAt(e));
    },
    { signal: stop.signal },
  );
  for (const end of ["pointerup", "pointercancel"] as const)
    element.addEventListener(
      end,
      () => {
        which = null;
      },
      { signal: stop.signal },
    );
  return () => stop.abort();
}

function Handle({ model, which }: { readonly model: TileModel; readonly which: 0 | 1 }) {
  const axis = model.axis.value;
  const value = model.limits.value[which];
  const step = (axis.to - axis.from) / 100;
  return (
    <div
      class="key-handle"
      role="slider"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={`${which === 0 ? "Lower" : "Upper"} limit of ${model.choice.value.title}`}
      aria-valuemin={axis.from}
      aria-valuemax={axis.to}
      aria-valuenow={value}
      aria-valuetext={`${short(value)} ${model.choice.value.unit}`}
      style={{ bottom: `${100 * Math.min(1, Math.max(0, axisPlace(axis, value)))}%` }}
      onKeyDown={(e) => {
        const by = e.key === "ArrowUp" ? 1 : e.key === "ArrowDown" ? -1 : 0;
        if (by === 0) return;
        e.preventDefault();
        e.stopPropagation();
        setLimit(model, which, value + by * step * (e.shiftKey ? 10 : 1));
      }}
    />
  );
}

/** Histogram, colour bar, limits and numbers in one. */
function ValueKey({ model }: { readonly model: TileModel }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const c = canvas.current;
    const pen = c?.getContext("2d");
    if (!c || !pen || !box.current) return;
    const draw = (): void => {
      fitCanvas(c);
      if (c.height === 0) return;
      const ink = getComputedStyle(c).color;
      drawKey(
        pen,
        { look: model.look.peek(), axis: model.axis.peek(), sample: model.sample.peek(), limits: model.limits.peek(), ink },
        devicePixelRatio,
      );
    };
    const job = oncePerFrame(draw);
    const resize = new ResizeObserver(draw);
    resize.observe(c);
    const stop = effect(() => {
      model.look.value;
      model.axis.value;
      theme.value;
      job.ask();
    });
    const drag = followDrag(box.current, model);
    return () => {
      job.stop();
      resize.disconnect();
      stop();
      drag();
    };
  }, [model]);
  const axis = model.axis.value;
  const { unit } = model.choice.value;
  return (
    <div class="key">
      <span class="key-unit">{unit}</span>
      <div class="key-axis">
        <div class="key-box" ref={box}>
          <canvas ref={canvas} class="layer" />
          <Handle model={model} which={0} />
          <Handle model={model} which={1} />
        </div>
        <div class="key-ticks" aria-hidden="true">
          {axisTicks(axis, 4)
            .filter((v) => axisPlace(axis, v) > 0.01 && axisPlace(axis, v) < 0.99)
            .map((v) => (
              <span key={v} style={{ bottom: `${100 * axisPlace(axis, v)}%` }}>
                {short(v)}
              </span>
            ))}
        </div>
      </div>
    </div>
  );
}

/** Fold of the class under the cursor; 0: it has no angle, or there is none. */
function foldAtCursor(): number {
  currentMaps.value?.changed.value;
  const at = cursor.value;
  return (at ? valueAt(currentMaps.value, "fold", at.row, at.col) : 0) || 0;
}

/** What a wheel says at the right, a quarter turn on, three quarters on, and below. */
function wheelWords(layer: string): readonly [string, string, string, string] {
  if (layer !== "inplane_angle") return ["0°", "90°", "270°", "period 360°"];
  const fold = foldAtCursor();
  const at = (part: number): string => (fold > 0 ? `${Number(((part * 360) / fold).toFixed(1))}°` : `${part * 4}/4`.replace("2/4", "1/2"));
  return ["0°", at(0.25), at(0.75), fold > 0 ? `period ${periodWords(fold)} = 360° / ${fold}` : "period 360° / fold"];
}

function WheelKey({ model }: { readonly model: TileModel }) {
  const { layer } = model.choice.value;
  // Angles in the plane are counter-clockwise.
  const sense = layer === "inplane_angle" ? -1 : 1;
  const [right, quarter, three, period] = wheelWords(layer);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const c = canvas.current;
    const pen = c?.getContext("2d");
    if (!c || !pen) return;
    const resize = new ResizeObserver(() => {
      fitCanvas(c);
      if (c.width > 0) drawWheel(pen, model.look.peek(), sense);
    });
    resize.observe(c);
    return () => resize.disconnect();
  }, [model, sense]);
  return (
    <div
      class="wheel"
      role="img"
      data-testid={`wheel-${model.index}`}
      aria-label={`Colour wheel: right ${right}, ${sense > 0 ? "down" : "up"} ${quarter}, ${sense > 0 ? "clockwise" : "counter-clockwise"}; ${period}`}
    >
      <canvas ref={canvas} class="layer" />
      <span class="wheel-e">{right}</span>
      <span class="wheel-s">{sense > 0 ? quarter : three}</span>
      <span class="wheel-n">{sense > 0 ? three : quarter}</span>
      <small>{period}</small>
    </div>
  );
}

function ClassKey({ model }: { readonly model: TileModel }) {
  const look = model.look.value;
  const names = CATEGORIES[model.state.value.layer] ?? ["0", "1", "2", "3", "4", "5", "6", "7"];
  const { layer } = model.state.value;
  const swatch = (i: number): string => (layer === "frame_status" && i !== 1 ? ["checker", "", "lost", "malformed"][i] : "") ?? "";
  // A tier of none is a position that waits, and has its own line below.
  const from = layer === "tier" ? 1 : 0;
  return (
    <ul class="classes">
      {names
        .slice(from)
        .map((name, k) => [name, k + from] as const)
        .filter(([name]) => name !== "")
        .map(([name, i]) => (
          <li key={name}>
            <i class={`swatch ${swatch(i)}`} style={swatch(i) === "" ? { background: hex(colourOf(look, i)) } : {}} />
            <span>{name}</span>
          </li>
        ))}
    </ul>
  );
}

/** How positions that wait are drawn. In sight while any may, so that it does not come and go with every row. */
function WaitingKey({ model }: { readonly model: TileModel }) {
  currentMaps.value?.changed.value;
  const series = currentSeries.value;
  const mask = currentMaps.value?.mask;
  const some = (mask !== undefined && waitingIn(mask) > 0) || featuresWait.value;
  if (!some && (series === null || isOver(series.state))) return null;
  return (
    <p
      class="waiting-key"
      data-testid="waiting-key"
      title="Received, and waits to be measured. Drawn with a measured position nearby, where there is one."
    >
      <i class="swatch waiting" />
      <span>{model.look.value.kind === "index" ? "waiting" : "waiting, drawn from nearby"}</span>
    </p>
  );
}

/** Lines across the maps, in the one that they are drawn from; and how many positions are still to come. */
function LinesKey({ model }: { readonly model: TileModel }) {
  currentMaps.value?.changed.value;
  const maps = currentMaps.value;
  if (model.choice.value.layer !== "tier" || !maps || lagRows(maps.mask) === null) return null;
  const waiting = currentSeries.value === newestSeries.value ? (stats.value?.denoise.waiting ?? 0) : 0;
  return (
    <ul class="lines-key" data-testid="lines-key">
      {(["newest", "causal", "final"] as const).map((line) => (
        <li key={line} title={ROW_LINES[line].about}>
          <RowLineSwatch line={line} />
          <span>{ROW_LINES[line].word}</span>
        </li>
      ))}
      {waiting > 0 ? <li>{whole(waiting)} to refine</li> : null}
    </ul>
  );
}

export function ColourKey({ model }: { readonly model: TileModel }) {
  const kind = model.look.value.kind;
  const { layer } = model.choice.value;
  const index = layer === "label" ? ComponentKey : layer === "grain" ? GrainKey : ClassKey;
  const Key = kind === "cyclic" ? WheelKey : kind === "index" ? index : ValueKey;
  return (
    <>
      <Key key={kind === "index" ? layer : kind} model={model} />
      <WaitingKey model={model} />
      <LinesKey model={model} />
    </>
  );
}

import { CLASS_COLOURS, colourBytes, GRAIN_COLOURS } from "../core/class-colours.js";
import type { LayerSpec, MapLayer } from "../core/map-layer.js";
import { NO_DATA, type Palette } from "./png.js";

type Rgb = readonly [red: number, green: number, blue: number];

/** Viridis as polynomials of degree 6, 0..1; fit by Matt Zucker, https://www.shadertoy.com/view/WlfXRN (CC0). */
const VIRIDIS: readonly Rgb[] = [
  [0.2777273272234177, 0.005407344544966578, 0.3340998053353061],
  [0.1050930431085774, 1.404613529898575, 1.384590162594685],
  [-0.3308618287255563, 0.214847559468213, 0.09509516302823659],
  [-4.634230498983486, -5.799100973351585, -19.33244095627987],
  [6.228269936347081, 14.17993336680509, 56.69055260068105],
  [4.776384997670288, -13.74514537774601, -65.35303263337234],
  [-5.435455855934631, 4.645852612178535, 26.3124352495832],
];
/** Blue, white, red. */
const DIVERGING: readonly Rgb[] = [
  [0.13, 0.4, 0.67],
  [0.97, 0.97, 0.97],
  [0.7, 0.09, 0.17],
];
const polynomial = (c: readonly Rgb[], t: number): Rgb =>
  c.reduceRight<Rgb>((sum, k) => [sum[0] * t + k[0], sum[1] * t + k[1], sum[2] * t + k[2]], [0, 0, 0]);

function between(stops: readonly Rgb[], t: number): Rgb {
  const at = t * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(at));
  const [a, b, f] = [stops[i] as Rgb, stops[i + 1] as Rgb, at - i];
  return [a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1]), a[2] + f * (b[2] - a[2])];
}
/** The same colour at 0 and 1. */
function wheel(t: number): Rgb {
  const wave = (shift: number): number => 0.5 + 0.4 * Math.cos(2 * Math.PI * (t - shift));
  return [wave(0), wave(1 / 3), wave(2 / 3)];
}

/** Of the colours of classes and of grains, so that a colour follows the id: ids beyond begin again. */
const IDS = 240;

const unit = (bytes: Rgb): Rgb => [bytes[0] / 255, bytes[1] / 255, bytes[2] / 255];
const CLASSES = CLASS_COLOURS.map((c) => unit(colourBytes(c)));
const GRAINS = GRAIN_COLOURS.map(unit);

/** Entry 0 is transparent; 1..255 run over the range, or over the classes. */
export function paletteOf({ kind, name }: Pick<LayerSpec, "kind" | "name">): Palette {
  const ids = name === "grain" ? GRAINS : CLASSES;
  const colour = (i: number): Rgb => {
    const t = (i - 1) / 254;
    if (kind === "label" || kind === "mask") return ids[(i - 1) % ids.length] as Rgb;
    if (kind === "signed") return between(DIVERGING, t);
    return kind === "cyclic" ? wheel(t) : polynomial(VIRIDIS, t);
  };
  const out = new Uint8Array(4 * 256);
  for (let i = 1; i < 256; i++) out.set([...colour(i).map((c) => Math.round(255 * Math.min(1, Math.max(0, c)))), 255], 4 * i);
  return out;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Values looked at for a range: enough for percentiles of any map. */
const SAMPLE = 65_536;
/** Part of the values that may lie outside the range at each end: a few hot positions must not darken the map. */
const OUTSIDE = 0.005;

/** What a map looks well in: robust ends, around zero for signed layers, the whole turn for cyclic ones. */
export function rangeOf(layer: MapLayer, channel: number): Range {
  if (layer.kind === "cyclic") return { min: 0, max: 2 * Math.PI };
  const positions = layer.rows * layer.columns;
  const step = Math.max(1, Math.floor(positions / SAMPLE));
  const values: number[] = [];
  for (let i = 0; i < positions; i += step) {
    const v = layer.value[i * layer.channels + channel] ?? Number.NaN;
    if (Number.isFinite(v)) values.push(layer.kind === "signed" ? Math.abs(v) : v);
  }
  const sorted = Float64Array.from(values).sort();
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  const max = at(1 - OUTSIDE);
  return layer.kind === "signed" ? { min: -max, max } : { min: at(OUTSIDE), max };
}

/** Palette entries of a channel of a layer, [rows, columns]. Classes ignore the range: -1 in labels and 0 in masks is no data. */
export function paint(layer: MapLayer, channel: number, { min, max }: Range): Uint8Array {
  const out = new Uint8Array(layer.rows * layer.columns);
  const classes = layer.kind === "label" ? 0 : layer.kind === "mask" ? 1 : null;
  const gain = max > min ? 254 / (max - min) : 0;
  // A map of one value is drawn in the middle of its colours.
  const base = gain > 0 ? 0 : 127;
  for (let i = 0; i < out.length; i++) {
    const v = layer.value[i * layer.channels + channel] ?? Number.NaN;
    if (classes !== null) out[i] = v >= classes ? 1 + ((v - classes) % IDS) : NO_DATA;
    else out[i] = Number.isNaN(v) ? NO_DATA : 1 + Math.min(254, Math.max(0, base + Math.round((v - min) * gain)));
  }
  return out;
}

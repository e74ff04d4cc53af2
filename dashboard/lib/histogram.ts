import { bend, type Curve, type LookKind, unbend } from "./look.js";
import { ticks } from "./numbers.js";

/** At most `most` finite values of a map, sorted. */
export function sortedSample(values: Float32Array, most = 16_384): Float32Array {
  const stride = Math.max(1, Math.ceil(values.length / most));
  const out = new Float32Array(Math.ceil(values.length / stride));
  let n = 0;
  // A stride that divides the row length would look at a few columns only: the golden ratio spreads the offsets.
  for (let i = 0, k = 0; i < values.length; i += stride, k++) {
    const v = values[Math.min(values.length - 1, i + Math.floor(((k * 0.6180339887) % 1) * stride))] as number;
    if (Number.isFinite(v)) out[n++] = v;
  }
  return out.subarray(0, n).sort();
}

/** Value below which the fraction p (0…1) of a sorted sample lies; NaN of nothing. */
export function percentile(sorted: Float32Array, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const x = p * (sorted.length - 1);
  const k = Math.floor(x);
  const a = sorted[k] as number;
  const b = sorted[Math.min(sorted.length - 1, k + 1)] as number;
  return a + (b - a) * (x - k);
}

export type Limits = readonly [low: number, high: number];

/** Limits that people would choose: 0.5 % to 99.5 %; symmetric about zero for signed maps. */
export function autoLimits(sorted: Float32Array, kind: LookKind): Limits {
  if (kind === "cyclic") return [0, 2 * Math.PI];
  if (sorted.length === 0) return [0, 1];
  const low = percentile(sorted, 0.005);
  const high = percentile(sorted, 0.995);
  if (kind === "signed") {
    const m = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return [-m, m];
  }
  return high > low ? [low, high] : [low - 0.5, low + 0.5];
}

/** Value axis of a histogram with its colour bar: what the page shows of the data, bent like the picture. */
export interface ValueAxis {
  readonly from: number;
  readonly to: number;
  readonly curve: Curve;
  readonly signed: boolean;
  readonly steep: number;
}
/** An axis that holds the limits and nearly all of the data. */
export function valueAxis(sorted: Float32Array, limits: Limits, kind: LookKind, curve: Curve, steep: number): ValueAxis {
  const [low, high] = limits;
  const a = sorted.length ? Math.min(low, percentile(sorted, 0.001)) : low;
  const b = sorted.length ? Math.max(high, percentile(sorted, 0.999)) : high;
  const signed = kind === "signed";
  const m = Math.max(Math.abs(a), Math.abs(b));
  const pad = 0.06 * (b - a);
  return signed
    ? { from: -1.06 * m, to: 1.06 * m, curve, signed, steep }
    : { from: a >= 0 && a - pad < 0 ? 0 : a - pad, to: b + pad, curve, signed, steep };
}
/** Place of a value on the axis, 0…1 (outside where the value is outside). */
export function axisPlace(axis: ValueAxis, value: number): number {
  const x = (value - axis.from) / (axis.to - axis.from);
  if (x <= 0 || x >= 1) return x;
  if (!axis.signed) return bend(axis.curve, x, axis.steep);
  const y = 2 * x - 1;
  return 0.5 + 0.5 * Math.sign(y) * bend(axis.curve, Math.abs(y), axis.steep);
}
export function axisValue(axis: ValueAxis, place: number): number {
  let x = place;
  if (axis.signed) {
    const y = 2 * place - 1;
    x = 0.5 + 0.5 * Math.sign(y) * unbend(axis.curve, Math.abs(y), axis.steep);
  } else x = unbend(axis.curve, Math.max(0, place), axis.steep);
  return axis.from + x * (axis.to - axis.from);
}

/** Counts of a sample in equal steps of the axis. */
export function histogram(sorted: Float32Array, axis: ValueAxis, bins: number): Uint32Array {
  const out = new Uint32Array(bins);
  for (const v of sorted) {
    const k = Math.floor(axisPlace(axis, v) * bins);
    if (k >= 0 && k < bins) out[k] = (out[k] as number) + 1;
  }
  return out;
}

/** Round values along an axis, apart from each other on the screen whatever the curve. */
export function axisTicks(axis: ValueAxis, count: number): readonly number[] {
  if (axis.curve === "lin") return ticks(axis.from, axis.to, count);
  const out = new Set<number>();
  for (let i = 0; i <= count; i++) {
    const v = axisValue(axis, i / count);
    const step = 10 ** Math.floor(Math.log10(Math.max(Math.abs(v), 1e-12)));
    const rounded = Math.abs(v) < (axis.to - axis.from) / 500 ? 0 : Math.round(v / step) * step;
    if (rounded >= axis.from && rounded <= axis.to) out.add(Number(rounded.toPrecision(6)));
  }
  return [...out];
}

/** How a value becomes a place 0…1 in a colour table. The shader and the colour key compute the same. */
export const CURVES = ["lin", "sqrt", "log"] as const;
export type Curve = (typeof CURVES)[number];

/** `sequence`: limits and curve. `signed`: the curve runs both ways from the middle. `cyclic`: limits wrap. `index`: value = entry of the table; beyond, it begins again. */
export type LookKind = "sequence" | "signed" | "cyclic" | "index";

export interface Look {
  readonly kind: LookKind;
  readonly curve: Curve;
  readonly low: number;
  readonly high: number;
  /** Steepness of the logarithm: log(1 + steep x) / log(1 + steep); decades shown = log10(steep). */
  readonly steep: number;
  /** 256 RGBA entries; alpha 255 less the hatch of a class (lib/class-table.ts). */
  readonly table: Uint8Array;
}

/** 0…1 -> 0…1, monotone. */
export function bend(curve: Curve, x: number, steep: number): number {
  if (curve === "sqrt") return Math.sqrt(x);
  return curve === "log" ? Math.log1p(steep * x) / Math.log1p(steep) : x;
}
export function unbend(curve: Curve, y: number, steep: number): number {
  if (curve === "sqrt") return y * y;
  return curve === "log" ? Math.expm1(y * Math.log1p(steep)) / steep : y;
}

const clamp01 = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);

/** Place of a value in the table, 0…1; NaN stays NaN. */
export function toneOf(look: Omit<Look, "table">, value: number): number {
  if (look.kind === "index") return value < 0 ? 0 : (value % 256) / 255;
  const span = look.high - look.low;
  const x = span > 0 ? (value - look.low) / span : value > look.low ? 1 : 0;
  if (Number.isNaN(value)) return Number.NaN;
  if (look.kind === "cyclic") return x - Math.floor(x);
  if (look.kind === "signed") {
    const y = 2 * clamp01(x) - 1;
    return 0.5 + 0.5 * Math.sign(y) * bend(look.curve, Math.abs(y), look.steep);
  }
  return bend(look.curve, clamp01(x), look.steep);
}

/** Colour of a value as three bytes. */
export function colourOf(look: Look, value: number): readonly [number, number, number] {
  const i = 4 * Math.round(255 * toneOf(look, value));
  return [look.table[i] ?? 0, look.table[i + 1] ?? 0, look.table[i + 2] ?? 0];
}

export const hex = ([r, g, b]: readonly [number, number, number]): string =>
  `#${[r, g, b].map((v) => v.toString(16).padStart(2, "0")).join("")}`;

import type { LayerSpec } from "../../src/core/map-layer.js";

/** Layers that the page computes from the two of the centre of mass. */
export const DERIVED = [
  {
    name: "com_magnitude",
    kind: "intensity",
    claim: "quantitative",
    dtype: "float32",
    unit: "px",
    channels: 1,
    about: "Distance of the centre of mass from the beam centre",
  },
  {
    name: "com_angle",
    kind: "cyclic",
    claim: "relative",
    dtype: "float32",
    unit: "rad",
    channels: 1,
    about: "Direction of the centre of mass on the detector, from +column towards +row, clockwise on screen; period 360°",
  },
] as const satisfies readonly LayerSpec[];
/** The in-plane angle in parts of its period, as one turn of a colour wheel: a layer of the page alone, for pictures. */
export const PHASE = "inplane_phase";
export type DerivedName = (typeof DERIVED)[number]["name"];

const TURN = 2 * Math.PI;

/** One row of a derived layer. Angle: [0, 2π) rad. NaN where either input has no result. */
export function deriveRow(name: DerivedName, row: Float32Array, col: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    const y = row[i] ?? Number.NaN;
    const x = col[i] ?? Number.NaN;
    if (name === "com_magnitude") out[i] = Math.hypot(x, y);
    else {
      const a = Math.atan2(y, x);
      out[i] = a < 0 ? a + TURN : a;
    }
  }
}

/** Some of `PHASE`, [0, 2π): neighbours on both sides of the end of a period are as near as they look. NaN: no angle. */
export function phases(angle: Float32Array, fold: Float32Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(angle.length);
  for (let i = 0; i < out.length; i++) {
    const n = fold[i] as number;
    const turns = ((angle[i] as number) * n) / TURN;
    out[i] = n > 0 ? (turns - Math.floor(turns)) * TURN : Number.NaN;
  }
  return out;
}

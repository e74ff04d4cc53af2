import { PHASES, phaseOf, scatteringFactor } from "./crystal.js";
import { pixelSize } from "./optics.js";

/** Entries of a table: radii of equal probability, px. */
export const RADII = 4096;
/** The tables end at this q, 1/Å: beyond it nothing hits the detector. */
const REACH = 1.8;

/** Inverse cumulative table, px, of a radial intensity over q in 1/Å. */
function radialTable(intensity: (q: number) => number, size: number): Float64Array {
  const steps = 4096;
  const sum = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) {
    const q = ((i + 0.5) * REACH) / steps;
    sum[i + 1] = (sum[i] as number) + q * intensity(q);
  }
  const table = new Float64Array(RADII);
  let at = 0;
  for (let i = 0; i < RADII; i++) {
    const target = ((i + 0.5) / RADII) * (sum[steps] as number);
    while ((sum[at + 1] as number) < target) at++;
    table[i] = ((at + 0.5) * REACH) / steps / pixelSize(size);
  }
  return table;
}

/** Thermal diffuse scattering of a phase (Einstein model): f^2 (1 - exp(-2 B s^2)), f at rest. */
export function thermalTable(phase: number, size: number): Float64Array {
  const p = phaseOf(phase);
  return radialTable((q) => {
    const motion = Math.exp(-p.debyeWaller * q * q * 0.5);
    return (scatteringFactor(p, q) ** 2 / motion) * (1 - motion);
  }, size);
}

/** Rings of a metallic glass: a sharp first and a broad second maximum on the falling scattering of single atoms. */
export function haloTable(size: number): Float64Array {
  const p = PHASES[0];
  const ring = (q: number, at: number, width: number): number => Math.exp(-0.5 * ((q - at) / width) ** 2);
  const structure = (q: number): number => 1 / (1 + Math.exp(-(q - 0.33) / 0.03)) + 2.6 * ring(q, 0.425, 0.035) + 0.6 * ring(q, 0.72, 0.06);
  return radialTable((q) => scatteringFactor(p, q) ** 2 * structure(q), size);
}

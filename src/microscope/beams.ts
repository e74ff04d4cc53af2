import { phaseOf, type Reflections, reflectionsOf } from "./crystal.js";
import { DETECTOR_REACH, OPTICS, type Optics, pixelSize, WAVELENGTH } from "./optics.js";
import type { Rotation } from "./rotation.js";

/** The diffracted beams of a crystal at one position, as columns; only the first `count` entries hold. */
export interface Beams {
  count: number;
  /** Place relative to the direct beam, px: column and row. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Share of the electrons, relative to the other beams. */
  readonly weight: Float64Array;
  /** Excitation error for the middle of the probe, 1/Å, and two-beam extinction distance, Å. */
  readonly error: Float64Array;
  readonly extinction: Float64Array;
  /** Weights added up. */
  total: number;
}

/** Most beams that a position may have. */
export const BEAM_ROOM = 512;
/** Beams weaker than this are left out, and those so far from the Ewald sphere, 1/Å, are. */
const FAINT = 3e-4;
const FAR = 0.07;
const tables = new Map<number, Reflections>();

/** The corners of the detector reach farther than its edges. */
function tableOf(phase: number): Reflections {
  const known = tables.get(phase) ?? reflectionsOf(phaseOf(phase), DETECTOR_REACH * 1.3);
  tables.set(phase, known);
  return known;
}

export const beamRoom = (): Beams => ({
  count: 0,
  x: new Float64Array(BEAM_ROOM),
  y: new Float64Array(BEAM_ROOM),
  weight: new Float64Array(BEAM_ROOM),
  error: new Float64Array(BEAM_ROOM),
  extinction: new Float64Array(BEAM_ROOM),
  total: 0,
});

/**
 * Finds the beams that a crystal excites. With k0 = (0, 0, 1/lambda) the excitation error is
 * s = -(2 g_z + lambda g^2) / (2 + 2 lambda g_z).
 * @param phase index into PHASES; @param r crystal to lab; @param thickness Å; @param size pixels per detector side.
 * Without precession weights are the most that any part of the probe may have: `rocking` is what it has.
 */
export function excite(out: Beams, phase: number, r: Rotation, thickness: number, size: number, optics: Optics = OPTICS): void {
  const { count, gx, gy, gz, extinction } = tableOf(phase);
  const px = pixelSize(size);
  const { rotation = 0 } = optics;
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = r;
  let n = 0;
  let total = 0;
  for (let i = 0; i < count && n < BEAM_ROOM; i++) {
    const a = gx[i] as number;
    const b = gy[i] as number;
    const c = gz[i] as number;
    const z = r6 * a + r7 * b + r8 * c;
    const g2 = a * a + b * b + c * c;
    const s = -(2 * z + WAVELENGTH * g2) / (2 + 2 * WAVELENGTH * z);
    if (Math.abs(s) > FAR) continue;
    const xi = extinction[i] as number;
    const weight =
      optics.precession > 0 ? precessed(s, Math.sqrt(g2), xi, thickness, optics) : most(s, Math.sqrt(g2), xi, thickness, optics);
    if (weight < FAINT) continue;
    const [x, y] = [r0 * a + r1 * b + r2 * c, r3 * a + r4 * b + r5 * c];
    out.x[n] = (x * cos - y * sin) / px;
    out.y[n] = (x * sin + y * cos) / px;
    out.weight[n] = weight;
    out.error[n] = s;
    out.extinction[n] = xi;
    total += weight;
    n++;
  }
  out.count = n;
  out.total = total;
}

/**
 * Two-beam intensity averaged over the precession, as a share of the incident beam: J f.
 * J is the rocking curve's integral over s: pi^2 t / xi^2 for thin, saturating at pi / (2 xi) for thick crystals (Blackman,
 * Proc. Roy. Soc. A173 (1939) 68, his Bessel integral replaced by tanh, that is averaged over its ripple).
 * f is the density of s = 0 while the beam precesses, s(phi) = s + A cos phi with A = lambda k |g|, blurred by a Lorentzian of half
 * width w (rocking curve and convergence): Re 1 / (pi sqrt(A^2 - (s + i w)^2)).
 */
function precessed(s: number, g: number, xi: number, thickness: number, { precession, probeRadius }: Optics): number {
  const a = WAVELENGTH * precession * g;
  const w2 = (0.44 / thickness) ** 2 + 0.25 / (xi * xi) + (0.5 * WAVELENGTH * g * probeRadius) ** 2;
  const re = a * a - s * s + w2;
  const size = Math.sqrt(re * re + 4 * s * s * w2);
  const density = Math.sqrt((size + re) / 2) / (Math.PI * size);
  return (Math.PI / (2 * xi)) * Math.tanh((2 * Math.PI * thickness) / xi) * density;
}

/** No part of the probe gives more to a beam: its excitation errors reach lambda g R to either side. */
function most(s: number, g: number, xi: number, thickness: number, { probeRadius }: Optics): number {
  const least = Math.max(0, Math.abs(s) - WAVELENGTH * g * probeRadius);
  return Math.min(1 / (1 + (least * xi) ** 2), ((Math.PI * thickness) / xi) ** 2);
}

/** Two-beam intensity of a beam for one direction of the probe, (x, y) in 1/Å from its middle, as a share of what `excite` gave it. */
export function rocking(
  { x, y, weight, error, extinction }: Beams,
  i: number,
  kx: number,
  ky: number,
  thickness: number,
  px: number,
): number {
  const xi = extinction[i] as number;
  const s = (error[i] as number) - WAVELENGTH * px * ((x[i] as number) * kx + (y[i] as number) * ky);
  const effective = Math.sqrt(s * s + 1 / (xi * xi));
  return (Math.sin(Math.PI * thickness * effective) / (xi * effective)) ** 2 / (weight[i] as number);
}

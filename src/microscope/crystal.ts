import { RELATIVISTIC_MASS, WAVELENGTH } from "./optics.js";
import type { Vector } from "./rotation.js";

/** Four Gaussians of an electron scattering factor: f(s) = sum a exp(-b s^2), f in Å, s = |g|/2 in 1/Å. */
type Gaussians = readonly (readonly [a: number, b: number])[];

/** P. A. Doyle and P. S. Turner, Acta Cryst. A24 (1968) 390, table 4. */
const ALUMINIUM: Gaussians = [
  [2.276, 72.322],
  [2.428, 19.773],
  [0.858, 3.08],
  [0.317, 0.408],
];
const TITANIUM: Gaussians = [
  [3.565, 81.982],
  [2.818, 19.049],
  [1.893, 3.59],
  [0.483, 0.386],
];
const IRON: Gaussians = [
  [2.544, 64.424],
  [2.343, 14.881],
  [1.759, 2.854],
  [0.506, 0.35],
];
const NICKEL: Gaussians = [
  [2.21, 58.727],
  [2.134, 13.553],
  [1.689, 2.609],
  [0.524, 0.339],
];
const COPPER: Gaussians = [
  [1.579, 62.94],
  [1.82, 12.453],
  [1.658, 2.504],
  [0.532, 0.333],
];
const GOLD: Gaussians = [
  [2.388, 42.866],
  [4.226, 9.743],
  [2.689, 2.264],
  [1.255, 0.307],
];

/** A crystal of one element. Cartesian crystal axes: a along x, c along z; hexagonal b at 120 degrees from a. */
export interface Phase {
  readonly name: string;
  readonly system: "cubic" | "hexagonal";
  /** Lattice parameters, Å. */
  readonly a: number;
  readonly c: number;
  /** Fractional coordinates of the atoms of the cell. */
  readonly atoms: readonly Vector[];
  readonly factor: Gaussians;
  /** Debye-Waller factor at room temperature, Å^2. */
  readonly debyeWaller: number;
  /** Mean free paths in Å for the loss of energy (plasmons) and for thermal diffuse scattering. */
  readonly inelasticPath: number;
  readonly thermalPath: number;
  /** Directions (Cartesian) that a microscopist would tilt to. */
  readonly zoneAxes: readonly Vector[];
}

const SQRT3 = Math.sqrt(3);
const FACE_CENTRED: readonly Vector[] = [
  [0, 0, 0],
  [0, 0.5, 0.5],
  [0.5, 0, 0.5],
  [0.5, 0.5, 0],
];
const CUBIC_AXES: readonly Vector[] = [
  [0, 0, 1],
  [0, 1, 1],
  [1, 1, 1],
  [1, 1, 2],
];
const cubic = { system: "cubic", atoms: FACE_CENTRED, zoneAxes: CUBIC_AXES } as const;

/** The phases of specimens, in the order of their ids (phase id 2, 3, ... in the truth). The plain specimen has the first two. */
export const PHASES: readonly [Phase, Phase, ...Phase[]] = [
  {
    ...cubic,
    name: "Al",
    a: 4.0495,
    c: 4.0495,
    factor: ALUMINIUM,
    debyeWaller: 0.82,
    inelasticPath: 1300,
    thermalPath: 7000,
  },
  {
    name: "Ti",
    system: "hexagonal",
    a: 2.9508,
    c: 4.6855,
    atoms: [
      [1 / 3, 2 / 3, 0.25],
      [2 / 3, 1 / 3, 0.75],
    ],
    factor: TITANIUM,
    debyeWaller: 0.51,
    inelasticPath: 1100,
    thermalPath: 3200,
    zoneAxes: [
      [0, 0, 1],
      [1, 0, 0],
      [SQRT3 / 2, 0.5, 0],
    ],
  },
  {
    ...cubic,
    name: "Fe",
    a: 2.8665,
    c: 2.8665,
    atoms: [
      [0, 0, 0],
      [0.5, 0.5, 0.5],
    ],
    factor: IRON,
    debyeWaller: 0.35,
    inelasticPath: 1050,
    thermalPath: 2400,
  },
  { ...cubic, name: "Ni", a: 3.524, c: 3.524, factor: NICKEL, debyeWaller: 0.37, inelasticPath: 1000, thermalPath: 2200 },
  { ...cubic, name: "Cu", a: 3.6149, c: 3.6149, factor: COPPER, debyeWaller: 0.55, inelasticPath: 1000, thermalPath: 1700 },
  { ...cubic, name: "Au", a: 4.0782, c: 4.0782, factor: GOLD, debyeWaller: 0.62, inelasticPath: 850, thermalPath: 600 },
];

/** A phase by its index. */
export const phaseOf = (index: number): Phase => PHASES[index] ?? PHASES[0];

/** All reflections of a phase up to a length, as columns. */
export interface Reflections {
  readonly count: number;
  /** Reciprocal vectors in crystal Cartesian axes, 1/Å (1/d, no 2 pi). */
  readonly gx: Float64Array;
  readonly gy: Float64Array;
  readonly gz: Float64Array;
  /** Two-beam extinction distances at the beam energy, Å. */
  readonly extinction: Float64Array;
}

/** Electron scattering factor of a phase's element at |g|, thermal motion included, Å. */
export function scatteringFactor(phase: Phase, g: number): number {
  const s2 = (g * g) / 4;
  let f = 0;
  for (const [a, b] of phase.factor) f += a * Math.exp(-b * s2);
  return f * Math.exp(-phase.debyeWaller * s2);
}

/** |F| of a reflection in Å: the sum of f exp(2 pi i h.r) over the atoms of the cell. */
export function structureFactor(phase: Phase, h: number, k: number, l: number): number {
  let re = 0;
  let im = 0;
  for (const [x, y, z] of phase.atoms) {
    const angle = 2 * Math.PI * (h * x + k * y + l * z);
    re += Math.cos(angle);
    im += Math.sin(angle);
  }
  const [gx, gy, gz] = reciprocal(phase, h, k, l);
  return Math.hypot(re, im) * scatteringFactor(phase, Math.hypot(gx, gy, gz));
}

/** Cartesian reciprocal vector of (hkl), 1/Å. */
export function reciprocal(phase: Phase, h: number, k: number, l: number): Vector {
  if (phase.system === "cubic") return [h / phase.a, k / phase.a, l / phase.c];
  // b at 120 degrees from a: a* = (1, 1/sqrt 3)/a, b* = (0, 2/sqrt 3)/a.
  return [h / phase.a, (h + 2 * k) / (SQRT3 * phase.a), l / phase.c];
}

/** Lists the reflections that are not extinct, up to |g| = gMax in 1/Å. */
export function reflectionsOf(phase: Phase, gMax: number): Reflections {
  const volume = phase.a * phase.a * phase.c * (phase.system === "cubic" ? 1 : SQRT3 / 2);
  const rows: [number, number, number, number][] = [];
  const reach = Math.ceil(gMax * Math.max(phase.a, phase.c) * 1.2);
  for (let h = -reach; h <= reach; h++) {
    for (let k = -reach; k <= reach; k++) {
      for (let l = -reach; l <= reach; l++) {
        const [x, y, z] = reciprocal(phase, h, k, l);
        const g = Math.hypot(x, y, z);
        const f = g > 0 && g <= gMax ? structureFactor(phase, h, k, l) : 0;
        // Extinction distance pi V / (lambda gamma |F|): Hirsch et al., Electron Microscopy of Thin Crystals.
        if (f > 1e-3) rows.push([x, y, z, (Math.PI * volume) / (WAVELENGTH * RELATIVISTIC_MASS * f)]);
      }
    }
  }
  const column = (i: 0 | 1 | 2 | 3): Float64Array => Float64Array.from(rows, (r) => r[i]);
  return { count: rows.length, gx: column(0), gy: column(1), gz: column(2), extinction: column(3) };
}

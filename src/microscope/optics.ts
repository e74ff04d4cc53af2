/** The instrument: 200 kV, a probe of two milliradian, precessed as for orientation maps. */
export const ENERGY_KEV = 200;
/** De Broglie wavelength, Å: 12.2643 / sqrt(V + 0.97848e-6 V^2). */
export const WAVELENGTH = 12.2643 / Math.sqrt(200_000 + 0.97848e-6 * 200_000 ** 2);
/** m / m0 of the electron at the beam energy: 1 + E / 511 keV. */
export const RELATIVISTIC_MASS = 1 + ENERGY_KEV / 510.999;
/** Convergence semi-angle as a radius in reciprocal space, 1/Å (2.0 mrad). */
const PROBE_RADIUS = 0.08125;
/** Precession semi-angle as a radius in reciprocal space, 1/Å (12 mrad); the descan of the precession is perfect. */
const PRECESSION = 0.012 / WAVELENGTH;
/** The projection stretches patterns by so much of themselves along an axis, given by the cosine and sine of its angle from +col towards +row. */
export interface Ellipse {
  readonly stretch: number;
  readonly cos: number;
  readonly sin: number;
}
/** What may be another: radius of the probe, and of its precession (0: none), 1/Å; and the distortion, none unless given. */
export interface Optics {
  readonly probeRadius: number;
  readonly precession: number;
  readonly ellipse?: Ellipse;
  /** By how much the detector sees patterns turned, from +col towards +row, rad; not unless given. */
  readonly rotation?: number;
}
export const OPTICS: Optics = { probeRadius: PROBE_RADIUS, precession: PRECESSION };
/** Radius in reciprocal space of a semi-angle in mrad, 1/Å. */
export const radiusOf = (mrad: number): number => mrad / 1000 / WAVELENGTH;
/** The detector reaches out to this |q|, 1/Å, at the middle of its edges. */
export const DETECTOR_REACH = 1.2;

/** Reciprocal size of a pixel of a detector with `size` pixels per side, 1/Å. */
export const pixelSize = (size: number): number => (2 * DETECTOR_REACH) / size;
/** Radius of the diffraction disks, px: 6.5 at 192. */
export const diskRadius = (size: number, { probeRadius }: Optics = OPTICS): number => probeRadius / pixelSize(size);

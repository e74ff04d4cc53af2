import { GRID, type PolarScale } from "./polar-events.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
/** Rings within which a sector may be stronger or weaker than others: it has spots there or none. */
const WINDOW = 6;
/** Neighbouring sectors that may hold the same spot do not err independently. */
const SECTORS_OF_A_SPOT = 8;
const MOST = 0.5;

export interface Ellipse {
  /** Major over minor axis, >= 1. */
  readonly ratio: number;
  /** Of the major axis, rad in 0..pi, from +col towards +row. */
  readonly angle: number;
  /** Standard error of the ratio, by how far sectors disagree: large where spots do not make rings yet. */
  readonly error: number;
}

/** Radial profile, electrons per live pixel, and what it changes by where radii grow by a small share of themselves. */
function profileOf(counts: ArrayLike<number>, area: ArrayLike<number>, { inner, outer }: PolarScale) {
  const rate = new Float64Array(RINGS);
  for (let r = 0; r < RINGS; r++) {
    let [n, live] = [0, 0];
    for (let i = r * SECTORS; i < (r + 1) * SECTORS; i++) {
      n += counts[i];
      live += area[i];
    }
    rate[r] = live > 0 ? n / live : 0;
  }
  const step = (outer - inner) / RINGS;
  const change = rate.map((_, r) =>
    r === 0 || r === RINGS - 1 ? 0 : (-(inner + (r + 0.5) * step) * (rate[r + 1] - rate[r - 1])) / (2 * step),
  );
  return { rate, change };
}

/**
 * How far one sector is shifted outwards within a window, as a share of the radius, times the weight of that answer: least squares of its counts
 * to the profile, as strong as it likes, and to the change of the profile with the radius.
 */
function shiftOf(
  counts: ArrayLike<number>,
  area: ArrayLike<number>,
  sector: number,
  from: number,
  { rate, change }: ReturnType<typeof profileOf>,
) {
  let [pp, pc, cc, np, nc] = [0, 0, 0, 0, 0];
  for (let r = from; r < Math.min(RINGS - 1, from + WINDOW); r++) {
    const i = r * SECTORS + sector;
    if (!(rate[r] > 0)) continue;
    pp += area[i] * rate[r];
    pc += area[i] * change[r];
    cc += (area[i] * change[r] ** 2) / rate[r];
    np += counts[i];
    nc += (counts[i] * change[r]) / rate[r];
  }
  if (!(pp > 0 && np > 0)) return { weight: 0, moment: 0 };
  const strength = np / pp;
  return { weight: strength * (cc - (pc * pc) / pp), moment: nc - (pc * np) / pp };
}

/**
 * The ellipse that the rings of a pattern lie on, of the sum of many frames: counts and live area [BINS]. Radii on it go with
 * 1 + e cos 2(angle - axis). Null where the profile has no slope.
 */
export function measureEllipse(counts: ArrayLike<number>, area: ArrayLike<number>, scale: PolarScale): Ellipse | null {
  const profile = profileOf(counts, area, scale);
  const block = SECTORS_OF_A_SPOT * Math.ceil((RINGS - 2) / WINDOW);
  const found: { readonly weight: number; readonly moment: number; readonly cos: number; readonly sin: number }[] = [];
  for (let s = 0; s < SECTORS; s++) {
    const turn = (4 * Math.PI * (s + 0.5)) / SECTORS;
    for (let from = 1; from < RINGS - 1; from += WINDOW)
      found.push({ ...shiftOf(counts, area, s, from, profile), cos: Math.cos(turn), sin: Math.sin(turn) });
  }
  let [xx, xy, yy, x, y] = [0, 0, 0, 0, 0];
  for (const { weight, moment, cos, sin } of found) {
    xx += weight * cos * cos;
    xy += weight * cos * sin;
    yy += weight * sin * sin;
    x += moment * cos;
    y += moment * sin;
  }
  const determinant = xx * yy - xy * xy;
  if (!(determinant > 0)) return null;
  const [a, b] = [(yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant];
  let rest = 0;
  for (let from = 0; from < found.length; from += block) {
    const near = found.slice(from, from + block);
    const [u, v] = (["cos", "sin"] as const).map((k) =>
      near.reduce((t, f) => t + (f.moment - f.weight * (a * f.cos + b * f.sin)) * f[k], 0),
    );
    rest += u * u + v * v;
  }
  const e = Math.min(MOST, Math.hypot(a, b));
  const angle = Math.atan2(b, a) / 2;
  return { ratio: (1 + e) / (1 - e), angle: angle < 0 ? angle + Math.PI : angle, error: (2 * Math.sqrt(rest)) / Math.sqrt(determinant) };
}

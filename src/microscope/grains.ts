import { PHASES } from "./crystal.js";
import { type Random, randomFrom } from "./random.js";
import { aboutAxis, carrying, compose, normalised, type Quaternion, type Vector } from "./rotation.js";

/** What lies at a point of the specimen: an index into `Grain[]`, or one of these. */
export const VACUUM = 0;
export const AMORPHOUS = 1;
export const FIRST_GRAIN = 2;

/** Places are fractions of the scan: across columns (x) and down rows (y), 0 to 1. */
export interface Grain {
  readonly x: number;
  readonly y: number;
  /** Index into PHASES. */
  readonly phase: number;
  /** Crystal to lab, at (x, y). */
  readonly orientation: Quaternion;
  /** In-plane axis about which the lattice bends, and the direction in which it does, radians. */
  readonly bendAxis: number;
  readonly bendAlong: number;
  /** Radians per scan width. */
  readonly bend: number;
}

/** The areas of the specimen, before any probe looks at it. */
export interface Areas {
  /** Grain id `FIRST_GRAIN + i` is `grains[i]`. */
  readonly grains: readonly Grain[];
  /** Id at a point. */
  at(x: number, y: number): number;
}

const STREAM = 0x6772;
const DEGREE = Math.PI / 180;
/** Share of the grains that lie within two degrees of a zone axis, so that their patterns look like patterns. */
const NEAR_ZONE = 0.6;
/** Every so many grains one of the second phase. */
const SECOND_PHASE_EVERY = 3;

/** Voronoi grains with wavy borders, an amorphous patch, a hole at a corner. */
export function growGrains(rows: number, columns: number, seed: number): Areas {
  const random = randomFrom(seed, STREAM);
  const side = Math.sqrt(rows * columns);
  const count = Math.min(24, Math.max(6, Math.round(side / 7)));
  const places = spread(count, random);
  const grains = places.map(([x, y], i): Grain => {
    const phase = i % SECOND_PHASE_EVERY === 1 ? 1 : 0;
    return {
      x,
      y,
      phase,
      orientation: orient(phase, random),
      bendAxis: random.uniform() * 2 * Math.PI,
      bendAlong: random.uniform() * 2 * Math.PI,
      // About a degree across a grain.
      bend: (0.7 + 0.6 * random.uniform()) * DEGREE * Math.sqrt(count),
    };
  });
  const patch = blob(0.3 + 0.4 * random.uniform(), 0.3 + 0.4 * random.uniform(), 0.15, random);
  const hole = blob(random.uniform() < 0.5 ? 0.06 : 0.94, random.uniform() < 0.5 ? 0.06 : 0.94, 0.07, random);
  const wave = [random.uniform(), random.uniform(), random.uniform(), random.uniform()].map((u) => u * 2 * Math.PI);
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = wave;
  return {
    grains,
    at(x, y) {
      if (hole(x, y)) return VACUUM;
      if (patch(x, y)) return AMORPHOUS;
      const u = x + 0.012 * Math.sin(19 * y + w0) + 0.005 * Math.sin(53 * y + w1);
      const v = y + 0.012 * Math.sin(17 * x + w2) + 0.005 * Math.sin(47 * x + w3);
      return FIRST_GRAIN + nearest(grains, u, v);
    },
  };
}

export function nearest(grains: readonly Grain[], x: number, y: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < grains.length; i++) {
    const g = grains[i];
    if (!g) continue;
    const d = (g.x - x) ** 2 + (g.y - y) ** 2;
    if (d < least) {
      least = d;
      best = i;
    }
  }
  return best;
}

/** Places that keep apart: of ten tries the one farthest from all others (Mitchell's best candidate). */
export function spread(count: number, random: Random): [number, number][] {
  const places: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    let best: [number, number] = [0, 0];
    let most = -1;
    for (let trial = 0; trial < 10; trial++) {
      const p: [number, number] = [random.uniform(), random.uniform()];
      const room = places.reduce((least, q) => Math.min(least, (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2), 9);
      if (room > most) {
        most = room;
        best = p;
      }
    }
    places.push(best);
  }
  return places;
}

/** A round patch with a wobbling rim. */
export function blob(cx: number, cy: number, radius: number, random: Random): (x: number, y: number) => boolean {
  const p2 = random.uniform() * 2 * Math.PI;
  const p3 = random.uniform() * 2 * Math.PI;
  const p5 = random.uniform() * 2 * Math.PI;
  return (x, y) => {
    const angle = Math.atan2(y - cy, x - cx);
    const rim = radius * (1 + 0.22 * Math.sin(2 * angle + p2) + 0.12 * Math.sin(3 * angle + p3) + 0.06 * Math.sin(5 * angle + p5));
    return Math.hypot(x - cx, y - cy) < rim;
  };
}

/** Near one of the phase's zone axes (tilted by up to two degrees), or anywhere. */
function orient(phase: 0 | 1, random: Random): Quaternion {
  if (random.uniform() >= NEAR_ZONE) {
    return normalised([random.normal(), random.normal(), random.normal(), random.normal()]);
  }
  const axes = PHASES[phase].zoneAxes;
  const axis: Vector = axes[Math.floor(random.uniform() * axes.length)] ?? [0, 0, 1];
  const upright = carrying(axis, [0, 0, 1]);
  const turned = compose(aboutAxis([0, 0, 1], random.uniform() * 2 * Math.PI), upright);
  const direction = random.uniform() * 2 * Math.PI;
  return compose(aboutAxis([Math.cos(direction), Math.sin(direction), 0], 2 * DEGREE * Math.sqrt(random.uniform())), turned);
}

/** Crystal to lab at a place of the grain: the lattice bends smoothly away from the middle. */
export function bentOrientation(grain: Grain, x: number, y: number): Quaternion {
  const along = (x - grain.x) * Math.cos(grain.bendAlong) + (y - grain.y) * Math.sin(grain.bendAlong);
  const bend = aboutAxis([Math.cos(grain.bendAxis), Math.sin(grain.bendAxis), 0], grain.bend * along);
  return normalised(compose(bend, grain.orientation));
}

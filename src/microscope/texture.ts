import { phaseOf } from "./crystal.js";
import { AMORPHOUS, type Areas, blob, FIRST_GRAIN, type Grain, nearest, spread, VACUUM } from "./grains.js";
import { type Random, randomFrom } from "./random.js";
import { aboutAxis, carrying, compose, normalised, type Quaternion, rotationOf, type Vector } from "./rotation.js";

/** A zone that grains of a phase have along the beam. */
export interface Zone {
  /** Index into PHASES. */
  readonly phase: number;
  /** Direction along the beam, and one across it on a mirror line of its pattern: Cartesian crystal axes. */
  readonly axis: Vector;
  readonly across: Vector;
  /** Turns of the pattern by 1/fold are alike. */
  readonly fold: number;
}

/** A strip of something else across the scan: place and width as fractions of the scan width. */
export interface Strip {
  readonly of: typeof VACUUM | typeof AMORPHOUS;
  readonly x: number;
  readonly y: number;
  /** Direction in which it runs, radians from +column towards +row. */
  readonly along: number;
  readonly width: number;
}

/** What a textured specimen is made of. Lengths are fractions of the scan width. */
export interface Texture {
  readonly zones: readonly Zone[];
  readonly grains: number;
  /** Most that a zone is tilted from the beam, and bending across one grain; radians. */
  readonly tilt: number;
  readonly bend: number;
  /** Radii of an amorphous patch and of a hole; 0: none. */
  readonly amorphous: number;
  readonly hole: number;
  readonly strips: readonly Strip[];
  /** Width of twin lamellae, about a direction {111} across the zone; 0: none. */
  readonly lamella: number;
}

/** Areas, and the zone of each grain: an index into the zones of the texture. */
export interface TexturedAreas extends Areas {
  readonly zoneOf: readonly number[];
}

const STREAM = 0x7478;
/** Lamellae to either side of the middle of a grain. */
const LAMELLAE = 64;

/** Voronoi grains with wavy borders whose zones lie along the beam, turned at random. */
export function growTexture(texture: Texture, seed: number): TexturedAreas {
  const random = randomFrom(seed, STREAM);
  const grains: Grain[] = [];
  const zoneOf: number[] = [];
  const places = spread(texture.grains, random);
  const parents = places.map(([x, y], i): Grain => {
    const zone = i % texture.zones.length;
    zoneOf.push(zone);
    return grow(texture, texture.zones[zone] as Zone, x, y, random);
  });
  grains.push(...parents);
  const lamella = lamellae(texture, parents, grains, zoneOf);
  const none = (): boolean => false;
  const patch = texture.amorphous > 0 ? blob(0.3 + 0.4 * random.uniform(), 0.3 + 0.4 * random.uniform(), texture.amorphous, random) : none;
  const corner = (): number => (random.uniform() < 0.5 ? 0.08 : 0.92);
  const hole = texture.hole > 0 ? blob(corner(), corner(), texture.hole, random) : none;
  const [w0 = 0, w1 = 0] = [random.uniform(), random.uniform()].map((u) => u * 2 * Math.PI);
  return {
    grains,
    zoneOf,
    at(x, y) {
      if (hole(x, y)) return VACUUM;
      if (patch(x, y)) return AMORPHOUS;
      for (const s of texture.strips) {
        const off = -(x - s.x) * Math.sin(s.along) + (y - s.y) * Math.cos(s.along) + 0.01 * Math.sin(23 * (x + y) + w0);
        if (Math.abs(off) < s.width / 2) return s.of;
      }
      const parent = nearest(parents, x + 0.012 * Math.sin(19 * y + w0), y + 0.012 * Math.sin(17 * x + w1));
      return FIRST_GRAIN + lamella(parent, x, y);
    },
  };
}

function grow({ tilt, bend, grains }: Texture, { phase, axis }: Zone, x: number, y: number, random: Random): Grain {
  const turned = compose(aboutAxis([0, 0, 1], random.uniform() * 2 * Math.PI), carrying(axis, [0, 0, 1]));
  const direction = random.uniform() * 2 * Math.PI;
  const tilted = aboutAxis([Math.cos(direction), Math.sin(direction), 0], tilt * Math.sqrt(random.uniform()));
  return {
    x,
    y,
    phase,
    orientation: normalised(compose(tilted, turned)),
    bendAxis: random.uniform() * 2 * Math.PI,
    bendAlong: random.uniform() * 2 * Math.PI,
    bend: bend * (0.7 + 0.6 * random.uniform()) * Math.sqrt(grains),
  };
}

/** Every other lamella of a grain is its twin, each with an id of its own; answers the index of the grain at a point. */
function lamellae({ lamella, zones }: Texture, parents: readonly Grain[], grains: Grain[], zoneOf: number[]) {
  const strips = new Map<number, Map<number, number>>();
  const normals = parents.map((grain, i) => (lamella > 0 ? twinAxis(grain, zones[zoneOf[i] as number] as Zone) : null));
  return (parent: number, x: number, y: number): number => {
    const axis = normals[parent];
    if (!axis) return parent;
    const grain = parents[parent] as Grain;
    const [m0, m1, m2, m3, m4, m5] = rotationOf(grain.orientation);
    const normal = [m0 * axis[0] + m1 * axis[1] + m2 * axis[2], m3 * axis[0] + m4 * axis[1] + m5 * axis[2]] as const;
    const off = ((x - grain.x) * normal[0] + (y - grain.y) * normal[1]) / Math.hypot(...normal);
    const strip = Math.max(-LAMELLAE, Math.min(LAMELLAE, Math.floor(off / lamella)));
    if (strip === 0) return parent;
    const own = strips.get(parent) ?? new Map<number, number>();
    strips.set(parent, own);
    const known = own.get(strip);
    if (known !== undefined) return known;
    const orientation: Quaternion = strip % 2 === 0 ? grain.orientation : compose(grain.orientation, aboutAxis(axis, Math.PI));
    own.set(strip, grains.push({ ...grain, orientation: normalised(orientation) }) - 1);
    zoneOf.push(zoneOf[parent] as number);
    return grains.length - 1;
  };
}

/** A direction {111} across the zone of a cubic grain; null: there is none. */
function twinAxis(grain: Grain, { axis }: Zone): Vector | null {
  if (phaseOf(grain.phase).system !== "cubic") return null;
  for (const a of [1, -1])
    for (const b of [1, -1]) {
      const normal: Vector = [1, a, b];
      if (axis[0] + a * axis[1] + b * axis[2] === 0) return normal;
    }
  return null;
}

/** Angle of the pattern of a grain: that of the direction across its zone, from +column towards +row, radians. */
export function patternAngle(orientation: Quaternion, { across }: Zone): number {
  const [m0, m1, m2, m3, m4, m5] = rotationOf(orientation);
  return Math.atan2(m3 * across[0] + m4 * across[1] + m5 * across[2], m0 * across[0] + m1 * across[1] + m2 * across[2]);
}

// Scans of the virtual microscope that nothing was tuned on, made anew from their seeds whenever they are asked for.
import { exposureOf } from "../../src/microscope/exposure.js";
import { AMORPHOUS, FIRST_GRAIN, growGrains, VACUUM } from "../../src/microscope/grains.js";
import { type Optics, radiusOf } from "../../src/microscope/optics.js";
import type { Quaternion } from "../../src/microscope/rotation.js";
import { makeSensor } from "../../src/microscope/sensor.js";
import { specimenOf, type Truth } from "../../src/microscope/specimen.js";
import { growTexture, patternAngle, type Texture, type TexturedAreas, type Zone } from "../../src/microscope/texture.js";
import type { LabelledScan } from "./component-truth.js";

interface Recipe {
  readonly name: string;
  readonly size: number;
  /** mrad */
  readonly probe: number;
  readonly precession: number;
  /** Major over minor axis less 1, and where the major axis is, degrees. */
  readonly ellipse: readonly [stretch: number, angle: number];
  /** null: grains of two phases that lie anyhow. */
  readonly texture: Texture | null;
  readonly seed: number;
}

const SIDE = 48;
const DEGREE = Math.PI / 180;
export const UNSEEN_DOSES: readonly number[] = [1000, 200, 50];
const [AL, TI, FE, NI, CU, AU] = [0, 1, 2, 3, 4, 5] as const;
const SATURATED = 255;

const Z001 = { axis: [0, 0, 1], across: [1, 0, 0], fold: 4 } as const;
const Z011 = { axis: [0, 1, 1], across: [1, 0, 0], fold: 2 } as const;
const Z111 = { axis: [1, 1, 1], across: [1, -1, 0], fold: 6 } as const;
const Z112 = { axis: [1, 1, 2], across: [1, -1, 0], fold: 2 } as const;
const Z013 = { axis: [0, 1, 3], across: [1, 0, 0], fold: 2 } as const;
const BASAL = { axis: [0, 0, 1], across: [1, 0, 0], fold: 6 } as const;
const PRISM = { axis: [1, 0, 0], across: [0, 0, 1], fold: 2 } as const;
const PRISM2 = { axis: [Math.sqrt(3) / 2, 0.5, 0], across: [0, 0, 1], fold: 2 } as const;
const of = (phase: number, ...zones: readonly Omit<Zone, "phase">[]): Zone[] => zones.map((z) => ({ ...z, phase }));

const PLAIN: Texture = {
  zones: [],
  grains: 20,
  tilt: 2 * DEGREE,
  bend: 0.5 * DEGREE,
  amorphous: 0.14,
  hole: 0.07,
  strips: [],
  lamella: 0,
};
const plain = { size: 192, probe: 2, precession: 12, ellipse: [0, 0] } as const;

const RECIPES: readonly Recipe[] = [
  { ...plain, name: "cu-fibre", seed: 9101, texture: { ...PLAIN, zones: of(CU, Z001, Z011, Z111, Z112) } },
  {
    ...plain,
    name: "fe-ellipse",
    seed: 9102,
    size: 256,
    probe: 1.4,
    ellipse: [0.02, 35],
    texture: { ...PLAIN, grains: 16, zones: of(FE, Z001, Z111, Z011, Z013) },
  },
  {
    ...plain,
    name: "ti-small-detector",
    seed: 9103,
    size: 96,
    probe: 1.7,
    texture: { ...PLAIN, grains: 18, zones: of(TI, BASAL, PRISM, PRISM2) },
  },
  {
    ...plain,
    name: "cu-twins",
    seed: 9104,
    texture: { ...PLAIN, grains: 7, hole: 0, lamella: 6 / SIDE, zones: of(CU, Z011) },
  },
  {
    ...plain,
    name: "al-ti-slivers",
    seed: 9105,
    size: 128,
    probe: 1.8,
    texture: {
      ...PLAIN,
      grains: 14,
      zones: [...of(AL, Z001, Z111, Z011), ...of(TI, BASAL, PRISM)],
      strips: [
        { of: AMORPHOUS, x: 0.4, y: 0.5, along: 0.5, width: 2.5 / SIDE },
        { of: VACUUM, x: 0.7, y: 0.3, along: 1.9, width: 3 / SIDE },
      ],
    },
  },
  {
    ...plain,
    name: "au-bent",
    seed: 9106,
    probe: 2.6,
    precession: 8,
    texture: { ...PLAIN, grains: 12, bend: 2 * DEGREE, zones: of(AU, Z001, Z011, Z112) },
  },
];

/** Scans for the choice of thresholds; never reported. */
const TRAINING: readonly Recipe[] = [
  { ...plain, name: "train-ni", seed: 21, texture: { ...PLAIN, zones: of(NI, Z001, Z011, Z111, Z013) } },
  { ...plain, name: "train-al-twins", seed: 22, size: 128, texture: { ...PLAIN, grains: 9, lamella: 7 / SIDE, zones: of(AL, Z011) } },
  {
    ...plain,
    name: "train-fe-slivers",
    seed: 23,
    probe: 1.6,
    ellipse: [0.015, 110],
    texture: {
      ...PLAIN,
      grains: 15,
      bend: 1.2 * DEGREE,
      zones: of(FE, Z001, Z011, Z112),
      strips: [{ of: VACUUM, x: 0.5, y: 0.5, along: 1, width: 2.5 / SIDE }],
    },
  },
  {
    ...plain,
    name: "train-ti-ni",
    seed: 24,
    size: 160,
    probe: 2.4,
    texture: { ...PLAIN, grains: 24, zones: [...of(TI, BASAL, PRISM2), ...of(NI, Z111, Z112)] },
  },
  { ...plain, name: "train-poly", seed: 25, size: 128, texture: null },
];

export const UNSEEN: readonly string[] = RECIPES.map((r) => r.name);

function opticsOf({ probe, precession, ellipse: [stretch, angle] }: Recipe): Optics {
  const optics = { probeRadius: radiusOf(probe), precession: radiusOf(precession) };
  return stretch === 0 ? optics : { ...optics, ellipse: { stretch, cos: Math.cos(angle * DEGREE), sin: Math.sin(angle * DEGREE) } };
}

/** Connected areas of one id, by number; amorphous and empty ones keep theirs. */
function connected(area: Int16Array): Int32Array {
  const of = new Int32Array(area.length).fill(-1);
  let next = FIRST_GRAIN;
  for (let p = 0; p < area.length; p++) {
    if (of[p] !== -1) continue;
    if ((area[p] as number) < FIRST_GRAIN) {
      of[p] = area[p] as number;
      continue;
    }
    const [id, todo] = [next++, [p]];
    of[p] = id;
    for (let at = todo.pop(); at !== undefined; at = todo.pop())
      for (let dr = -1; dr <= 1; dr++)
        for (let dc = -1; dc <= 1; dc++) {
          const [r, c] = [Math.floor(at / SIDE) + dr, (at % SIDE) + dc];
          const to = r * SIDE + c;
          if (r < 0 || c < 0 || r >= SIDE || c >= SIDE || of[to] !== -1 || area[to] !== area[p]) continue;
          of[to] = id;
          todo.push(to);
        }
  }
  return of;
}

/** Whether there is a scan of this name: `NAME` as it is, `NAME@SEED` the same kind with other grains. */
export const isMade = (name: string): boolean => recipeOf(name) !== null;

function recipeOf(name: string): Recipe | null {
  const [, kind, , seed] = /^([^@]*)(@(\d{1,9}))?$/.exec(name) ?? [];
  const recipe = [...RECIPES, ...TRAINING].find((r) => r.name === kind);
  return recipe ? { ...recipe, seed: seed === undefined ? recipe.seed : Number(seed) } : null;
}

/** Makes one of these scans. @throws Error where there is none of this name */
export function makeUnseenScan(name: string, dose: number): LabelledScan {
  const recipe = recipeOf(name);
  if (!recipe) throw new Error(`there is no scan ${name}`);
  const { size, seed, texture } = recipe;
  const textured = texture && growTexture(texture, seed);
  const areas = textured ?? growGrains(SIDE, SIDE, seed);
  const specimen = specimenOf(areas, SIDE, SIDE, size, seed);
  const { grain: area, phase, purity, centre } = specimen.truth;
  const sensor = makeSensor(size, seed);
  const expose = exposureOf(specimen, size, dose, seed, opticsOf(recipe));
  const [positions, pixels] = [SIDE * SIDE, size * size];
  const counts = new Uint8Array(positions * pixels);
  const frame = new Uint16Array(pixels);
  for (let p = 0; p < positions; p++) {
    expose(p, frame);
    sensor.spoil(frame, p);
    for (let i = 0; i < pixels; i++) counts[p * pixels + i] = Math.min(SATURATED, frame[i] as number);
  }
  const bad = new Set([...sensor.hot, ...sensor.dead, ...sensor.masked]);
  const zones = texture && textured ? truthOfZones(texture, textured, specimen.truth) : null;
  return {
    scan: {
      name,
      dose,
      rows: SIDE,
      columns: SIDE,
      height: size,
      width: size,
      counts,
      good: Uint32Array.from({ length: pixels }, (_, i) => i).filter((i) => !bad.has(i)),
      centre,
    },
    truth: { grain: connected(area), phase, purity, ...(zones ?? { family: null, angle: null, fold: null }) },
  };
}

function truthOfZones({ zones }: Texture, { zoneOf }: TexturedAreas, { grain: area, orientation }: Truth) {
  const at = Array.from(area, (a) => zones[zoneOf[a - FIRST_GRAIN] ?? -1]);
  return {
    family: Int32Array.from(at, (z, p) => (z ? zones.indexOf(z) + 1 : -1 - (area[p] as number))),
    angle: Float32Array.from(at, (z, p) =>
      z ? patternAngle(orientation.subarray(4 * p, 4 * p + 4) as unknown as Quaternion, z) / DEGREE : Number.NaN,
    ),
    fold: Uint8Array.from(at, (z) => z?.fold ?? 0),
  };
}

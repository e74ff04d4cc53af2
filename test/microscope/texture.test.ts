import t from "tap";
import { AMORPHOUS, FIRST_GRAIN, VACUUM } from "../../src/microscope/grains.js";
import { growTexture, patternAngle, type Texture, type Zone } from "../../src/microscope/texture.js";

const COPPER = 4;
const zone: Zone = { phase: COPPER, axis: [0, 1, 1], across: [1, 0, 0], fold: 2 };
const plain: Texture = { zones: [zone], grains: 5, tilt: 0, bend: 0, amorphous: 0, hole: 0, strips: [], lamella: 0 };
const sample = (texture: Texture, seed: number) => {
  const areas = growTexture(texture, seed);
  const ids = Array.from({ length: 2500 }, (_, i) => areas.at((i % 50) / 50, Math.floor(i / 50) / 50));
  return { areas, ids, kinds: new Set(ids) };
};

t.test("only what a texture asks for is there", (t) => {
  t.equal(sample(plain, 3).kinds.size, 5);
  t.ok([...sample(plain, 3).kinds].every((id) => id >= FIRST_GRAIN));
  const strips = [{ of: VACUUM, x: 0.5, y: 0.5, along: 0.3, width: 0.1 }] as const;
  const { kinds, ids } = sample({ ...plain, amorphous: 0.1, strips }, 3);
  t.ok(kinds.has(VACUUM) && kinds.has(AMORPHOUS));
  const share = ids.filter((id) => id === VACUUM).length / ids.length;
  t.ok(share > 0.07 && share < 0.13, `${share}`);
  t.ok(sample({ ...plain, hole: 0.1 }, 4).kinds.has(VACUUM));
  t.end();
});

t.test("lamellae of a twin lie at the twin's angle, and none are made where no {111} lies across the zone", (t) => {
  const { areas } = sample({ ...plain, lamella: 0.08 }, 5);
  t.ok(areas.grains.length > 15);
  t.equal(areas.zoneOf.length, areas.grains.length);
  // Parents are turned at random; the twin of a parent is turned by 70.5 or 109.5 degrees.
  const parents = areas.grains.slice(0, 5).map((g) => patternAngle(g.orientation, zone));
  for (const g of areas.grains.slice(5)) {
    const own = parents.map((p) => Math.abs(((((((patternAngle(g.orientation, zone) - p) * 180) / Math.PI) % 180) + 270) % 180) - 90));
    t.ok(own.some((d) => d < 0.1 || Math.abs(d - 70.53) < 0.1));
  }
  const cube: Zone = { phase: COPPER, axis: [0, 0, 1], across: [1, 0, 0], fold: 4 };
  t.equal(sample({ ...plain, zones: [cube], lamella: 0.08 }, 5).areas.grains.length, 5);
  t.equal(sample({ ...plain, zones: [{ ...cube, phase: 1 }], lamella: 0.08 }, 5).areas.grains.length, 5);
  t.end();
});

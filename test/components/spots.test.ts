import t from "tap";
import { type Leaf, Linkage } from "../../src/components/linkage.js";
import { BINS, GRID } from "../../src/components/polar-events.js";
import { LEVELS, Rotation, type Turnable } from "../../src/components/rotation.js";
import { Spots } from "../../src/components/spots.js";
import { aScale } from "../fixtures/polar-specimens.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
const rotation = new Rotation(aScale);
const { radius, inner, outer } = aScale;
const STEP = (outer - inner) / RINGS;

/** Disks at [ring, sector] and across, of these heights, turned by so many sectors; values are squares. */
function pattern(places: readonly (readonly [ring: number, sector: number, height: number])[], turn = 0): Turnable {
  const values = new Uint16Array(BINS);
  for (let ring = 0; ring < RINGS; ring++)
    for (let t = 0; t < SECTORS; t++)
      for (const [r, sector, height] of places)
        for (const half of [0, SECTORS / 2]) {
          const d = (((t - sector - half) % SECTORS) + SECTORS) % SECTORS;
          const along = (Math.min(d, SECTORS - d) * 2 * Math.PI * (inner + (ring + 0.5) * STEP)) / SECTORS;
          const off = Math.hypot(along, (ring - r) * STEP) / radius;
          const at = ring * SECTORS + ((t + turn) % SECTORS);
          values[at] = Math.max(values[at] as number, off < 1 ? Math.round(LEVELS * (height * (1 - off / 2)) ** 2) : 0);
        }
  return rotation.of(values);
}

const WHOLE = [
  [6, 0, 1],
  [6, 32, 0.9],
  [12, 16, 0.9],
  [12, 48, 1],
  [18, 4, 0.8],
  [18, 40, 0.9],
] as const;
/** The same places, tilted. */
const TILTED = WHOLE.map(([r, s, h], i) => [r, s, i % 2 === 0 ? h : 0.6 * h] as const);
/** Two of the spots, and four elsewhere. */
const OTHER = [...WHOLE.slice(0, 2), [10, 8, 0.9], [14, 40, 0.9], [15, 58, 1], [20, 22, 0.8]] as const;

t.test("spots at the same places are common, however high they are and however they are turned; others are not", async (t) => {
  const spots = new Spots(aScale);
  t.ok(spots.common(pattern(WHOLE), pattern(WHOLE)) > 0.999);
  t.ok(spots.common(pattern(WHOLE), pattern(TILTED, 41)) > 0.95);
  const other = spots.common(pattern(WHOLE), pattern(OTHER, 17));
  t.ok(other > 0.2 && other < 0.6, `${other}`);
  t.ok(
    spots.common(
      pattern(WHOLE),
      pattern([
        [9, 3, 1],
        [9, 24, 1],
        [21, 50, 1],
      ]),
    ) < 0.4,
  );
});

t.test("turning by whole sectors changes nothing, nor does the order", async (t) => {
  const spots = new Spots(aScale);
  const expected = spots.common(pattern(WHOLE), pattern(OTHER));
  for (const turn of [1, 17, 63]) t.equal(spots.common(pattern(WHOLE, turn), pattern(OTHER, 5)), expected);
  t.ok(Math.abs(spots.common(pattern(OTHER), pattern(WHOLE)) - expected) < 1e-12);
});

t.test("what is empty has nothing in common", async (t) => {
  const spots = new Spots(aScale);
  t.equal(spots.common(rotation.of(new Uint16Array(BINS)), pattern(WHOLE)), 0);
});

type Places = Parameters<typeof pattern>[0];
/** Of how many zones two crystals of so many electrons are, as they lie and with the second one turned. */
const zones = (a: Places, b: Places, electrons: number, arePieces = () => false): number[] =>
  [0, 9].map((turn) => {
    const leaves = [pattern(a), pattern(b, turn)].map((p): Leaf => ({ pattern: p, frames: 100, electrons, known: -1 }));
    return new Linkage(rotation, aScale).link(leaves, { stick: [0, 0], most: Number.POSITIVE_INFINITY, arePieces }).groups.length;
  });
/** How well they correlate as they are linked: what is strong counts more. */
const likeness = (a: Places, b: Places): number => {
  const [p, q] = [a, b].map((places) => pattern(places.map(([r, s, h]) => [r, s, h * h] as const))) as [Turnable, Turnable];
  return Math.max(...rotation.correlateWhole(p, q));
};
/** A strong spot and others, which lie elsewhere by so many sectors more each. */
const strongAnd = (height: number, shift: number): Places => [
  [6, 0, 1],
  ...WHOLE.map(([ring, sector], i) => [ring + 1, sector + 8 + i * shift, height] as const),
];

t.test("crystals of two zones that correlate as well as tilted ones of one, or better, are two classes", async (t) => {
  const many = 1e6;
  // Other spots are the strong ones: they correlate no better.
  const tilted = WHOLE.map(([r, s], i) => [r, s, i < 3 ? 1 : 0.8] as const);
  const other = WHOLE.map(([r, s], i) => [r, s, i > 2 ? 1 : 0.8] as const);
  t.same(zones(tilted, other, many), [1, 1]);
  // All but one spot lie elsewhere.
  t.same(zones(strongAnd(0.75, 3), strongAnd(0.75, 11), many), [2, 2]);
  t.same(zones(strongAnd(0.65, 3), strongAnd(0.65, 11), many), [2, 2]);
  const heights = [
    likeness(tilted, other),
    likeness(strongAnd(0.75, 3), strongAnd(0.75, 11)),
    likeness(strongAnd(0.65, 3), strongAnd(0.65, 11)),
  ];
  t.ok(
    heights.every((h, i) => h > (i === 2 ? 0.75 : 0.5)),
    `${heights}`,
  );
});

t.test("two pieces of one grain need not have as many spots in common as crystals that lie anyhow", async (t) => {
  const piece = (shift: number): Places => [...strongAnd(0.8, 0).slice(0, 3), ...strongAnd(0.8, shift).slice(3)];
  const [a, b] = [piece(3), piece(11)];
  const common = new Spots(aScale).common(pattern(a), pattern(b));
  t.ok(common > 0.4 && common < 0.5, `${common}`);
  t.same(zones(a, b, 1e6), [2, 2]);
  t.same(
    zones(a, b, 1e6, () => true),
    [1, 1],
  );
  t.same(
    zones(strongAnd(0.8, 3), strongAnd(0.8, 11), 1e6, () => true),
    [2, 2],
    "but some",
  );
});

t.test("spots of few electrons need not be at the same places as well as those of many", async (t) => {
  // Every other spot lies by a radius from where it should.
  const moved = WHOLE.map(([r, s, h], i) => [i % 2 === 0 ? r + radius / STEP : r, s, h] as const);
  const common = new Spots(aScale).common(pattern(WHOLE), pattern(moved));
  t.ok(common > 0.45 && common < 0.6, `${common}`);
  t.same(zones(WHOLE, moved, 400), [1, 1]);
  t.same(zones(WHOLE, moved, 1e5), [2, 2]);
});

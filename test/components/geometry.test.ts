import t from "tap";
import { crystalMatter } from "../../src/components/crystal-matter.js";
import { GeometryMaker, isCrystalline } from "../../src/components/geometry.js";
import { clusterProfiles, type ProfileClass } from "../../src/components/other-classes.js";
import { type Profile, profileDistance, profileOf, ringAreas } from "../../src/components/radial-profile.js";
import { Rotation } from "../../src/components/rotation.js";
import { tellCrystals } from "../../src/components/tell-crystals.js";
import { aRegionSum, aScale, ratesOf, type Specimen, symmetricSpots } from "../fixtures/polar-specimens.js";

const rotation = new Rotation(aScale);
const maker = new GeometryMaker(aScale, rotation);
const scan = new Float64Array(25).fill(0.003);
const crystal: Specimen = {
  spots: symmetricSpots(2, [
    [30, 0, 0.06],
    [52, 33, 0.04],
    [60, 80, 0.03],
  ]),
};
const glass = (radius: number): Specimen => ({ background: 0.006, halo: { radius, width: 5, peak: 0.02 } });
const geometryOf = (specimen: Specimen, turn: number, frames: number, seed: number) =>
  maker.make(aRegionSum(ratesOf(specimen, turn), frames, seed), scan);

t.test("crystals stand out of their rings, amorphous and empty regions do not, and what is known is held", async (t) => {
  for (const frames of [10, 100, 1000]) {
    t.ok(isCrystalline(geometryOf(crystal, 3.3, frames, 1)), `${frames}`);
    t.notOk(isCrystalline(geometryOf(glass(40), 0, frames, 2)));
    t.notOk(isCrystalline(geometryOf({ background: 0.0002 }, 0, frames, 3)));
  }
  const near = (power: number) => ({ ...geometryOf(crystal, 0, 10, 1), modulation: { power, noise: 0 } });
  t.same([isCrystalline(near(0.0155)), isCrystalline(near(0.0155), true), isCrystalline(near(0.0165), false)], [false, true, false]);
  const empty = { halves: [new Float64Array(3073), new Float64Array(3073)] as const, area: new Float64Array(3073), frames: 1 };
  for (const area of [empty.area, empty.area.fill(1)]) t.notOk(isCrystalline(maker.make({ ...empty, area }, scan)));
});

t.test("neighbours are one grain where they are not turned", async (t) => {
  const matter = crystalMatter(aScale);
  const sameGrain: typeof matter.sameGrain = (a, b, alike) => matter.sameGrain(a, b, alike);
  const own = geometryOf(crystal, 3.3, 3000, 1);
  t.ok(sameGrain(own, geometryOf(crystal, 3.3, 3000, 2), 1));
  t.notOk(sameGrain(own, geometryOf(crystal, 5.3, 300, 3), 1));
  t.notOk(sameGrain(own, geometryOf({ spots: symmetricSpots(4, [[41, 20, 0.06]]) }, 3.3, 300, 4), 1));
});

t.test("areas without crystals are classes by their profiles; those that become alike are joined", async (t) => {
  const areas = ringAreas(aScale);
  const profile = (radius: number, seed: number): Profile => profileOf(aRegionSum(ratesOf(glass(radius)), 50, seed), areas);
  const classes: ProfileClass[] = [];
  let next = 1;
  const open = (p: Profile): ProfileClass => ({ id: next++, profile: p, frozen: false });
  const member = (radius: number, seed: number, known = -1) => ({ profile: profile(radius, seed), weight: seed, known });
  t.same(clusterProfiles([member(40, 1), member(60, 2), member(40, 3)], classes, open), [1, 2, 1]);
  t.same(clusterProfiles([member(40, 4, 2), member(60, 5, 2)], classes, open), [1, 2]);
  t.same(
    clusterProfiles([member(40, 6, 1), member(40, 7, -1)], [...classes, { id: 9, profile: profile(40, 8), frozen: false }], open),
    [1, 1],
  );
  const frozen = [classes[0] as ProfileClass, { id: 9, profile: profile(60, 8), frozen: true }];
  const kept = frozen[1]?.profile;
  t.same(clusterProfiles([member(60, 6)], frozen, open), [9]);
  t.equal(frozen[1]?.profile, kept);
  const none: Profile = { counts: new Float64Array(25), electrons: 0 };
  t.same([profileDistance(none, none), profileDistance(none, profile(40, 1))], [0, 1]);
});

t.test("where noise leaves open whether there are spots, what scatters unlike the halos is a crystal", async (t) => {
  const seen = (
    power: number,
    noise: number,
    electrons: number,
    profile: readonly number[],
    before: boolean | null = null,
    stays = false,
  ) => ({
    geometry: { ...geometryOf(glass(40), 0, 10, 1), modulation: { power, noise }, electrons, scattered: 1 },
    profile: { counts: Float64Array.from({ length: 25 }, (_, r) => profile[r % profile.length] as number), electrons: 1e4 },
    before,
    stays,
  });
  const [rings, other] = [
    [1, 2, 1, 0.5],
    [4, 0.2, 0.2, 0.1],
  ];
  const halo = seen(0.002, 0.003, 5000, rings);
  t.same(tellCrystals([halo, seen(0.03, 0.03, 500, rings)]), [false, false], "a part of the halo");
  t.same(tellCrystals([halo, seen(0.03, 0.03, 500, other)]), [false, true], "no part of it");
  t.same(tellCrystals([seen(0.03, 0.03, 500, other)]), [false], "there is nothing to compare it with");
  t.same(tellCrystals([halo, seen(0.03, 0.03, 6000, other)]), [false, false], "nor is less than it has");
  t.same(tellCrystals([halo, seen(0.002, 0.003, 500, other)]), [false, false], "it has no spots for sure");
  t.same(
    tellCrystals([halo, seen(0.03, 0.03, 50, other, false, true), seen(0, 0.01, 50, rings, true, true)]),
    [false, false, true],
    "too small to become something else",
  );
});

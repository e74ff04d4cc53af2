import { join } from "node:path";
import t from "tap";
import { adjustedRand } from "../../bench/quality/partition-scores.js";
import { microscopeScan, rearranged } from "../fixtures/microscope-scan.js";
import { played, type ScanFixture } from "../fixtures/scan.js";
import { aStand } from "./stand.js";

/** A polycrystal with an amorphous patch and a hole, 1,000 electrons a frame, with a beam that is found and followed. */
const SCAN = { rows: 32, columns: 32, size: 128, dose: 1000, seed: 21 } as const;
const DEGREE = Math.PI / 180;
const straight = microscopeScan(SCAN);

interface Found {
  readonly label: readonly number[];
  readonly grain: readonly number[];
  readonly angle: readonly number[];
  readonly fold: readonly number[];
}

async function found(scan: ScanFixture, settings: Record<string, unknown> = {}): Promise<Found> {
  const stand = await aStand({
    scan: { shape: [SCAN.rows, SCAN.columns], shapeByFlag: true },
    settings: { "denoise.method": "off", ...settings },
  });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const layer = (name: string): number[] => [...(stand.over[0]?.maps.layer(name)?.value ?? [])];
  const out = { label: layer("label"), grain: layer("grain"), angle: layer("inplane_angle"), fold: layer("fold") };
  await stand.close();
  return out;
}

/** By how many degrees angles do not follow a turn, per grain of crystals: the median over its positions. Angles are counter-clockwise, the turn is clockwise. */
function astray(before: Found, after: Found, turn: number): Map<number, number> {
  const by = new Map<number, number[]>();
  for (const [i, fold] of before.fold.entries()) {
    if (fold === 0 || before.label[i] !== after.label[i]) continue;
    const period = 360 / fold;
    const d = (((((after.angle[i] as number) - (before.angle[i] as number)) / DEGREE + turn) % period) + period) % period;
    by.set(before.grain[i] as number, [...(by.get(before.grain[i] as number) ?? []), Math.min(d, period - d)]);
  }
  return new Map([...by].map(([grain, list]) => [grain, list.sort((a, b) => a - b)[list.length >> 1] as number]));
}

t.test("all frames turned: the same classes and grains, and every angle follows once the zero of its class is kept", async (t) => {
  const file = join(t.testdir(), "first.bscomp");
  const first = await found(straight, { "components.library": file });
  t.ok(adjustedRand(first.grain, straight.truth.grain) > 0.9, "these are the grains that there are");
  const crystals = new Set(first.grain.filter((_, i) => (first.fold[i] as number) > 0));
  t.ok(crystals.size >= 5, `${crystals.size} crystalline grains`);
  for (const [turn, freeze] of [
    [30, true],
    [73, false],
  ] as const) {
    const settings = { "components.library": file, "components.freeze": freeze };
    const turned = await found(microscopeScan({ ...SCAN, rotation: turn * DEGREE }), settings);
    const [label, grain] = [adjustedRand(first.label, turned.label), adjustedRand(first.grain, turned.grain)];
    t.ok(label >= 0.97, `${turn} degrees: classes ${label}`);
    t.ok(grain >= 0.97, `${turn} degrees: grains ${grain}`);
    const same = first.label.filter((id, i) => id === turned.label[i]).length / first.label.length;
    t.ok(same > 0.97, `the same ids at ${same} of the positions`);
    const away = astray(first, turned, turn);
    t.equal(away.size, crystals.size);
    for (const [id, degrees] of away) t.ok(degrees <= 0.3, `${turn} degrees: grain ${id} is ${degrees} astray`);
  }
});

t.test("rows and columns in reverse: the same classes and grains", async (t) => {
  const first = await found(straight);
  const { rows, columns } = SCAN;
  const ways = {
    rows: (row: number, column: number) => [rows - 1 - row, column] as const,
    columns: (row: number, column: number) => [row, columns - 1 - column] as const,
  };
  for (const [name, way] of Object.entries(ways)) {
    const reversed = await found(rearranged(straight, way));
    const back = (values: readonly number[]): number[] =>
      values.map((_, i) => {
        const [row, column] = way(Math.floor(i / columns), i % columns);
        return values[row * columns + column] as number;
      });
    const [label, grain] = [adjustedRand(first.label, back(reversed.label)), adjustedRand(first.grain, back(reversed.grain))];
    t.ok(label >= 0.95 && grain >= 0.95, `${name}: classes ${label}, grains ${grain}`);
  }
});

import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { isFault } from "../../src/core/fault.js";
import { decodeSession, encodeSession } from "../../src/line/library-file.js";
import { loadLibrary, readLibrary } from "../../src/line/library-keeper.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { played } from "../fixtures/scan.js";
import { type Matter, turnedGrains } from "../fixtures/turned-grains.js";
import { aStand, type Stand } from "./stand.js";

const [ROWS, COLUMNS] = [18, 18];
const LEFT: readonly [number, number] = [8, 4];
const RIGHT: readonly [number, number] = [8, 14];
const crystals = (_: number, column: number): Matter => (column < 9 ? 10 : 60);
const scanOf = (at: (row: number, column: number) => Matter, seed = 5) => turnedGrains(ROWS, COLUMNS, at, { seed });
const crystal = scanOf(crystals);
const withGlass = scanOf((row, column) => (row < 9 ? crystals(row, column) : "glass"), 7);
const MIDDLE = (crystal.size - 1) / 2;

const aDaemon = (settings: Record<string, unknown>): Promise<Stand> =>
  aStand({
    scan: { shape: [ROWS, COLUMNS], shapeByFlag: true },
    settings: {
      "calibration.beam_center": [MIDDLE, MIDDLE],
      "calibration.bf_radius_px": crystal.radius,
      "denoise.method": "off",
      ...settings,
    },
  });
const at = (run: SeriesRun, name: string, [row, column]: readonly [number, number]): number =>
  run.maps.layer(name)?.value[row * COLUMNS + column] as number;
const layers = (run: SeriesRun): unknown[] =>
  ["label", "grain", "inplane_angle", "fold", "confidence", "novelty"].map((name) => [...(run.maps.layer(name)?.value ?? [])]);

/** Plays scans to a daemon, one after the other, and answers what became of them once it is closed. */
async function scanned(
  settings: Record<string, unknown>,
  scans: readonly (typeof crystal)[],
  look?: (run: SeriesRun, stand: Stand) => Promise<void>,
) {
  const stand = await aDaemon(settings);
  for (const [i, scan] of scans.entries()) {
    await stand.send(played(scan, "dectris-v2", { series: i + 1, uniqueId: String(i) }));
    await stand.until(i + 1);
  }
  const runs = [...stand.over];
  await look?.(runs.at(-1) as SeriesRun, stand);
  await stand.close();
  return { runs, codes: stand.line.events().map((e) => e.code) };
}

t.test("a second daemon that is started with the file gives the same ids, and goes on as the first one would", async (t) => {
  const file = join(t.testdir(), "mine.bscomp");
  const settings = { "components.library": file };
  const first = await scanned(settings, [crystal], async (run, stand) => {
    t.equal(await stand.line.changeComponent(run.id, at(run, "label", LEFT), { name: "Gold", color: "#102030", background: true }), "done");
  });
  t.ok(first.codes.includes("library-saved"));
  t.notOk(existsSync(`${file}.part`));
  const together = await scanned({}, [crystal, withGlass]);
  const second = await scanned(settings, [withGlass], async (run, stand) => {
    const view = await stand.line.components(run.id);
    if ("off" in view) throw new Error(view.off);
    t.match(
      view.components.find((c) => c.id === at(run, "label", LEFT)),
      { name: "Gold", color: "#102030", background: true },
    );
    t.same(decodeSession(await stand.line.library()).words, [
      { id: at(run, "label", LEFT), name: "Gold", color: "#102030", background: true },
    ]);
  });
  const [before, after] = [first.runs[0] as SeriesRun, second.runs[0] as SeriesRun];
  for (const place of [
    [4, 4],
    [4, 14],
  ] as const)
    t.equal(at(after, "label", place), at(before, "label", place));
  t.not(at(after, "label", [14, 4]), at(before, "label", [14, 4]), "glass is new");
  const away = Math.abs(at(after, "inplane_angle", [4, 4]) - at(before, "inplane_angle", [4, 4]));
  t.ok(Math.min(away, Math.PI - away) < 0.02, "the zero of the class stays");
  t.same(layers(after), layers(together.runs[1] as SeriesRun), "to the bit");
  const kept = (await readLibrary(file))?.session;
  t.equal(kept?.libraries[0]?.classes.length, 2);
});

t.test("joined and frozen classes stay so", async (t) => {
  const file = join(t.testdir(), "mine.bscomp");
  const settings = { "components.library": file };
  const { runs } = await scanned(settings, [withGlass], async (run, stand) => {
    const ids = [at(run, "label", [4, 4]), at(run, "label", [14, 4])];
    t.equal(await stand.line.joinComponents(run.id, ids), "done");
    t.equal(await stand.line.changeComponent(run.id, Math.min(...ids), { frozen: true }), "done");
  });
  const lowest = Math.min(...new Set(runs[0]?.maps.layer("label")?.value));
  const session = (await readLibrary(file))?.session;
  t.equal(session?.joined.length, 1);
  t.equal(session?.libraries[0]?.classes.find((c) => c.id === lowest)?.frozen, true);
  const again = await scanned(settings, [withGlass]);
  t.same([...new Set(again.runs[0]?.maps.layer("label")?.value)], [lowest], "shown as one at once");
});

t.test("a frozen library adds no class: what it does not know has none, and is novel", async (t) => {
  const file = join(t.testdir(), "mine.bscomp");
  await scanned({ "components.library": file }, [crystal]);
  const [bytes, { mtimeMs }] = [readFileSync(file), statSync(file)];
  const { runs, codes } = await scanned(
    { "components.library": file, "components.freeze": true },
    [withGlass, scanOf(crystals, 9)],
    async (_, stand) => {
      t.match(await stand.line.explanation((stand.over[0] as SeriesRun).id, 14, 4), { parts: [{ component: null }] });
      const shown = decodeSession(await stand.line.library());
      t.same(
        shown.libraries[0]?.classes.map((c) => c.id),
        decodeSession(bytes).libraries[0]?.classes.map((c) => c.id),
      );
    },
  );
  const [mixed, plain] = runs as [SeriesRun, SeriesRun];
  const known = decodeSession(bytes).libraries[0]?.classes.map((c) => c.id) ?? [];
  t.equal(known.length, 1);
  t.equal(at(mixed, "label", [4, 4]), known[0]);
  t.same(
    ["label", "grain", "fold"].map((name) => at(mixed, name, [14, 4])),
    [-1, -1, 0],
  );
  t.ok(at(mixed, "novelty", [14, 4]) > 4, `novelty ${at(mixed, "novelty", [14, 4])}`);
  t.ok(at(mixed, "novelty", [4, 4]) < 4);
  t.ok(Number.isNaN(mixed.maps.layer("weights")?.value[14 * COLUMNS + 4]));
  t.same([at(plain, "label", LEFT), at(plain, "label", RIGHT)], [known[0], known[0]]);
  t.notOk(codes.includes("library-saved"));
  t.same(readFileSync(file), bytes);
  t.equal(statSync(file).mtimeMs, mtimeMs);
});

t.test("classes of another camera length are not used, and not lost", async (t) => {
  const file = join(t.testdir(), "mine.bscomp");
  const first = await scanned({ "components.library": file }, [crystal]);
  const known = at(first.runs[0] as SeriesRun, "label", LEFT);
  const other = await scanned({ "components.library": file, "calibration.bf_radius_px": 4 }, [crystal]);
  t.ok(other.codes.includes("library-other-scale"));
  t.not(at(other.runs[0] as SeriesRun, "label", LEFT), known, "no id is used twice");
  const { libraries } = decodeSession(readFileSync(file));
  t.same(
    libraries.map((l) => l.scale.radius),
    [3, 4],
  );
  const back = await scanned({ "components.library": file }, [crystal]);
  t.equal(at(back.runs[0] as SeriesRun, "label", LEFT), known);
  t.notOk(back.codes.includes("library-other-scale"));
  const frozen = await scanned({ "components.library": file, "components.freeze": true, "calibration.bf_radius_px": 5 }, [crystal]);
  t.ok(frozen.codes.includes("library-other-scale"));
  t.same([...new Set(frozen.runs[0]?.maps.layer("label")?.value)], [-1], "frozen, there is nothing to be");
  t.ok(frozen.runs[0]?.maps.layer("novelty")?.value.every((v) => Number.isNaN(v)));
});

t.test("a file that cannot be written is told, and the scan is not hurt", async (t) => {
  const folder = join(t.testdir({ there: {} }), "gone");
  const { runs, codes } = await scanned({ "components.library": join(folder, "mine.bscomp") }, [crystal]);
  t.equal(runs[0]?.state, "finished");
  t.ok(codes.includes("library-not-saved"));
});

/** A file with this header and these bytes behind it, and the right checksum. */
function forged(header: unknown, body = new Uint8Array(0), version = 1): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, 0x20)]);
  const head = Buffer.alloc(16);
  head.write("BSCOMP");
  head.writeUInt16LE(version, 6);
  head.writeUInt32LE(text.length, 8);
  const all = Buffer.concat([head, padded, body]);
  return new Uint8Array(Buffer.concat([all, createHash("sha256").update(all).digest()]));
}

t.test("a damaged file is refused by name", async (t) => {
  const folder = t.testdir();
  const file = join(folder, "mine.bscomp");
  await scanned({ "components.library": file }, [crystal]);
  const good = new Uint8Array(readFileSync(file));
  t.same(encodeSession(decodeSession(good)), good, "what is read and written again is the same");
  const refused = async (bytes: Uint8Array, why: RegExp): Promise<void> => {
    writeFileSync(file, bytes);
    await t.rejects(readLibrary(file), { code: "bad-file", message: why }, String(why));
  };
  for (let i = 0; i < good.length; i += Math.max(1, Math.floor(good.length / 60))) {
    const bad = good.slice();
    bad[i] = (bad[i] as number) ^ 0x41;
    await refused(bad, /mine\.bscomp: (is |its )/);
  }
  for (const length of [0, 5, 16, 47, 48, 100, good.length - 1]) await refused(good.slice(0, length), /mine\.bscomp: is /);
  await refused(forged("{}", undefined, 7), /version 7; this program reads version 1/);
  const header = { grid: [24, 128], libraries: [], joined: [], words: [] };
  t.same(decodeSession(forged(header)), { libraries: [], joined: [], words: [] });
  const scale = { radius: 3, inner: 4, outer: 30 };
  const one = { id: 1, frames: 2, frozen: false, grain: -1, electrons: 5, crystal: null };
  const library = (...classes: unknown[]) => ({ ...header, libraries: [{ scale, classes }] });
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ["{", /header is not JSON/],
    ["[]", /header is none/],
    [{ ...header, grid: [24, 64] }, /patterns are not of 24 rings and 128 sectors/],
    [{ ...header, libraries: 3 }, /no list of libraries/],
    [{ ...header, libraries: [3] }, /no list of libraries/],
    [{ ...header, libraries: [{ scale: { radius: 0, inner: 1, outer: 2 }, classes: [] }] }, /a scale that is none/],
    [{ ...header, libraries: [{ scale, classes: {} }] }, /no list of classes/],
    [library({ ...one, id: 0 }), /a class with the id 0/],
    [library(one, one), /a class with the id 1/],
    [library({ ...one, frames: "2" }), /class 1: its numbers are none/],
    [library({ ...one, crystal: { fold: 2 } }), /class 1: its numbers are none/],
    [library(one), /length is not that of its classes/],
    [{ ...header, joined: [{ id: 2, into: 2, turn: 0 }] }, /joins 2 into 2/],
    [{ ...header, joined: [{ id: 3, into: 2, turn: "x" }] }, /joins 3 into 2/],
    [{ ...header, words: [{ id: 2, name: "" }] }, /says of class 2/],
    [{ ...header, words: [{ id: 2, color: "red" }] }, /says of class 2/],
    [{ ...header, words: [{ id: -2 }] }, /says of class -2/],
  ];
  for (const [bad, why] of cases) await refused(forged(bad), why);
  const numbers = new Uint8Array(8 * (25 + 3073));
  numbers.fill(0xff, 0, 8);
  await refused(forged(library(one), numbers), /class 1 of the library: its profile/);
  const crystalline = { ...one, crystal: { fold: 5, friedelFold: 2, friedelSymmetry: 1, zeroFrames: 1 } };
  await refused(forged(library(crystalline), new Uint8Array(8 * (25 + 2 * 3073) + 6 * 3072)), /its fold is none of/);
  const stand = aDaemon({ "components.library": file });
  await t.rejects(stand, { code: "bad-file", message: /mine\.bscomp: class 1/ }, "the daemon does not begin");
});

t.test("what is no file", async (t) => {
  const folder = t.testdir({ folder: {} });
  t.equal(await readLibrary(join(folder, "none.bscomp")), null);
  t.equal(await loadLibrary({ max: 32, library: null, freeze: false }), null);
  t.equal(await loadLibrary({ max: 32, library: join(folder, "none.bscomp"), freeze: false }), null);
  await t.rejects(loadLibrary({ max: 32, library: join(folder, "none.bscomp"), freeze: true }), /there is no such library/);
  const e = await readLibrary(join(folder, "folder")).catch((fault: unknown) => fault);
  t.ok(isFault(e, "bad-file"));
});

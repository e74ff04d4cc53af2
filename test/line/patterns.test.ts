import { setImmediate } from "node:timers/promises";
import t from "tap";
import type { FrameShape } from "../../src/core/frame.js";
import type { DenoisedPattern, PatternAnswer } from "../../src/core/sink.js";
import { PatternCache } from "../../src/line/pattern-cache.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, played } from "../fixtures/scan.js";
import { aRun, COLUMNS, ROWS, type RunOptions, scan } from "./denoise-stand.js";
import { aStand, type Stand } from "./stand.js";

const POSITIONS = ROWS * COLUMNS;
const shape = { scan: { shape: [ROWS, COLUMNS] as const, shapeByFlag: true } };
const settings = { "denoise.method": "neighbour", "calibration.beam_center": [24, 24], "calibration.bf_radius_px": 4.8 };
const all = { ...settings, "denoise.patterns": "all" };

/** Patterns of all positions after the end. */
async function everyOne({ line }: Stand, run: SeriesRun): Promise<DenoisedPattern[]> {
  const out: DenoisedPattern[] = [];
  for (let at = 0; at < POSITIONS; at++)
    out.push((await line.pattern(run.id, Math.floor(at / COLUMNS), at % COLUMNS, "denoised")) as DenoisedPattern);
  return out;
}

async function live(o: Record<string, unknown>, look: (run: SeriesRun, stand: Stand) => Promise<void>): Promise<void> {
  const stand = await aStand({ ...shape, settings: { ...settings, ...o } });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  await look(stand.over[0] as SeriesRun, stand);
  await stand.close();
}

for (const method of ["neighbour", "model"])
  t.test(`all patterns are made before a series is over, the same as those that are asked for: ${method}`, async (t) => {
    let expected: DenoisedPattern[] = [];
    await live({ "denoise.method": method }, async (run, stand) => {
      t.same(run.work?.denoising.patterns, { wanted: "asked", final: 0, provisional: 0, waiting: 0, gone: 0 });
      expected = await everyOne(stand, run);
      t.match(expected[5]?.made, { method, variant: "full", final: true });
    });
    for (const kept of [512, 0])
      await live({ ...all, "denoise.method": method, "memory.patterns_mb": kept, "lanes.pixel": 2 }, async (run, stand) => {
        t.same(run.work?.denoising.patterns, { wanted: "all", final: POSITIONS, provisional: 0, waiting: 0, gone: 0 });
        t.same(await everyOne(stand, run), expected, `to the bit, ${kept} MiB kept`);
        t.match(
          stand.line.stats().stages.map((s) => s.name),
          ["receive", "place", "pixels", "denoise", "components", "patterns"],
        );
        t.same(run.maps.info().denoise, run.work?.denoising);
      });
  });

t.test("what was made can be looked at when its frame is gone; what was not in time is told", async (t) => {
  const packed = aScan({ rows: ROWS, columns: COLUMNS, size: 384, electrons: 2000 });
  const shapeOf: FrameShape = { ...packed.shape, encoding: "none", element: 0 };
  const plain = { ...packed, shape: shapeOf, payloads: packed.frames.map((f) => new Uint8Array((f as Uint16Array).buffer)) };
  const memory = { "memory.backlog_mb": 16, "memory.frames_mb": 2, "memory.patterns_mb": 256 };
  const stand = await aStand({ ...shape, settings: { ...all, ...memory, "calibration.beam_center": [192, 192] } });
  await stand.send(played(plain, "dectris-v2"));
  await stand.until(1);
  const { patterns } = (stand.over[0] as SeriesRun).maps.info().denoise;
  t.ok(patterns.gone > 0 && patterns.final > 0, JSON.stringify(patterns));
  t.same([patterns.final + patterns.gone, patterns.waiting], [POSITIONS, 0]);
  t.match(
    stand.line
      .events()
      .filter((e) => e.code === "patterns-gone")
      .map((e) => e.message),
    [/frames of row \d+ were no longer kept when it was their turn/],
  );
  await stand.send(played(plain, "dectris-v2", { series: 2 }));
  await stand.until(2);
  const first = stand.over[0] as SeriesRun;
  t.equal(await stand.line.pattern(first.id, ROWS - 1, 0, "raw"), "gone");
  t.match(await stand.line.pattern(first.id, ROWS - 1, 0, "denoised"), { height: 384, made: { final: true } });
  first.drop();
  await stand.close();
});

t.test("a new layout has patterns of its own", async (t) => {
  await live(all, async (run, stand) => {
    run.reshape(ROWS / 2, 2 * COLUMNS);
    await stand.until(2);
    t.same(run.work?.denoising.patterns, { wanted: "all", final: POSITIONS, provisional: 0, waiting: 0, gone: 0 });
    t.equal(((await stand.line.pattern(run.id, ROWS / 2 - 1, 19, "denoised")) as DenoisedPattern).made?.final, true);
  });
});

/** A scan of which the first rows are denoised, and nothing waits. */
async function begun(rows: number, o: RunOptions) {
  const at = aRun({ wanted: "all", ...o });
  for (let line = 0; line < rows; line++) {
    at.finish(line);
    await at.answer(1);
  }
  return at;
}
async function settled(at: ReturnType<typeof aRun>, patterns: number): Promise<void> {
  while (at.counted() < patterns) await setImmediate();
}

t.test("while the scan runs the newest row that can be is made, and nothing while people look or rows wait", async (t) => {
  const at = await begun(5, {});
  const { run, made, finish, answer, end, rest, close, may } = at;
  await settled(at, 3 * COLUMNS);
  t.same(
    made.map((m) => m.row),
    [0, 1, 2],
  );
  t.same(run.patterns, { wanted: "all", final: 0, provisional: 3 * COLUMNS, waiting: 3 * COLUMNS, gone: 0 });
  t.equal(((await run.pattern(1, 4, "denoised")) as DenoisedPattern).made?.final, false);
  may.goOn = false;
  finish(5);
  may.goOn = true;
  finish(6);
  await answer(1);
  t.equal(run.patterns.waiting, 4 * COLUMNS);
  t.equal(made.length, 3, "a row waits");
  may.goOn = false;
  await answer(1);
  may.goOn = true;
  const looking = run.pattern(1, 4, "denoised");
  run.advance();
  t.equal(made.length, 3, "somebody looks");
  await looking;
  run.advance();
  await settled(at, 4 * COLUMNS);
  t.same([made.length, made.at(-1)?.row], [4, 4], "the newest row; the one before is left to the end");
  for (let line = 7; line < ROWS; line++) finish(line);
  end();
  await rest();
  const last = made.slice(made.findIndex((m) => m.rows.length > 0)).map((m) => m.row);
  t.same(
    last,
    Array.from({ length: ROWS }, (_, i) => ROWS - 1 - i),
    "newest first",
  );
  t.same(run.patterns, { wanted: "all", final: POSITIONS, provisional: 0, waiting: 0, gone: 0 });
  await close();
});

t.test("final patterns do not depend on what was made before", async (t) => {
  const results: PatternAnswer[][] = [];
  for (const early of [true, false]) {
    const at = aRun({ wanted: "all", method: "model" });
    at.may.goOn = early;
    for (let line = 0; line < ROWS; line++) {
      at.finish(line);
      at.may.goOn = true;
      at.run.advance();
      await at.answer(1);
      at.may.goOn = early;
    }
    at.may.goOn = true;
    at.end();
    await at.rest();
    t.equal(at.run.patterns.final, POSITIONS);
    results.push(
      await Promise.all(Array.from({ length: POSITIONS }, (_, i) => at.run.pattern(Math.floor(i / COLUMNS), i % COLUMNS, "denoised"))),
    );
    await at.close();
  }
  t.same(results[0], results[1]);
});

t.test("a model that is slower than rows come is left out until the end", async (t) => {
  const at = await begun(3, { method: "model" });
  await settled(at, COLUMNS);
  t.same(
    at.made.map((m) => m.plain),
    [false],
  );
  at.may.goOn = false;
  for (const line of [3, 4]) {
    at.may.goOn = true;
    at.finish(line);
    at.may.goOn = false;
    await at.answer(1);
  }
  at.may.goOn = true;
  at.run.advance();
  await settled(at, 2 * COLUMNS);
  t.same(at.made.map((m) => [m.row, m.plain]).at(-1), [2, true]);
  t.same(at.told, ["plain"]);
  t.equal(at.cache.get(0, 2 * COLUMNS)?.made.method, "neighbour");
  at.finish(5);
  await at.answer(1);
  await settled(at, 3 * COLUMNS);
  t.equal(at.made.at(-1)?.plain, false, "the row before was made in time");
  at.end();
  await at.rest();
  t.equal(at.cache.get(0, 2 * COLUMNS)?.made.method, "model");
  await at.close();
});

t.test("frames that are gone are told, and what was made of them stays", async (t) => {
  const at = await begun(7, {});
  await settled(at, 5 * COLUMNS);
  at.lose(12, 13, 64);
  at.end();
  await at.rest();
  t.same(at.run.patterns, { wanted: "all", final: 7 * COLUMNS - 3, provisional: 0, waiting: 0, gone: 3 });
  t.same(at.told, ["gone: 1 frames of row 6", "gone: 2 frames of row 1"]);
  t.match(await at.run.pattern(1, 2, "denoised"), { made: { final: false } }, "from while the scan ran");
  t.equal(await at.run.pattern(6, 4, "denoised"), "gone");
  await at.close();
});

t.test("newer scans cut it short, which is told", async (t) => {
  const at = await begun(6, {});
  at.may.goOn = false;
  at.end();
  while (!at.idle() && at.told.length === 0) {
    await setImmediate();
    at.run.cut();
  }
  t.same(at.told, [`cut: ${6 * COLUMNS}`]);
  t.ok(at.idle());
  at.run.cut();
  t.equal(at.told.length, 1, "once");
  at.run.dispose();
  t.equal(at.cache.bytes, 0);
  await at.close();
});

t.test("a line that ends leaves what nobody asked for", async (t) => {
  const big = aScan({ rows: ROWS, columns: COLUMNS, size: 384, electrons: 2000 });
  const stand = await aStand({ ...shape, settings: { ...all, "denoise.method": "model", "calibration.beam_center": [192, 192] } });
  await stand.send(played(big, "dectris-v2"));
  while ((stand.line.newest()?.work?.denoising.patterns.final ?? 0) === 0) await setImmediate();
  await stand.close();
  const { final, waiting } = (stand.over[0] as SeriesRun).maps.info().denoise.patterns;
  t.equal(final + waiting, POSITIONS);
  t.equal(
    stand.line
      .events()
      .filter((e) => e.code === "patterns-cut")
      .map((e) => Number.parseInt(e.message, 10))
      .join(),
    waiting > 0 ? String(waiting) : "",
  );
});

t.test("what is kept is bounded, the oldest series first", (t) => {
  const cache = new PatternCache(100);
  const made = { method: "neighbour", variant: "full", final: true, model: null } as const;
  const put = (series: number, at: number, bytes = 40): void => cache.put(series, at, { pixels: new Float32Array(bytes / 4), made });
  const there = (series: number, ...at: number[]): boolean[] => at.map((i) => cache.get(series, i) !== undefined);
  put(1, 0);
  put(1, 1);
  put(1, 1);
  t.equal(cache.bytes, 80);
  t.same(there(1, 0), [true]);
  put(1, 2);
  t.same(there(1, 0, 1, 2), [true, false, true], "looked at last stays");
  put(2, 0);
  t.same([...there(1, 0, 2), ...there(2, 0)], [false, true, true]);
  put(2, 1);
  t.same([...there(1, 2), ...there(2, 0, 1)], [false, true, true]);
  put(2, 3, 400);
  t.equal(cache.bytes, 0);
  cache.drop(2);
  put(3, 1);
  cache.drop(3);
  t.equal(cache.bytes, 0);
  t.end();
});

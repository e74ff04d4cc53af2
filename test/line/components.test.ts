import t from "tap";
import { ComponentScan } from "../../src/components/component-scan.js";
import { EventBinner, polarScale } from "../../src/components/event-binner.js";
import { JoinedClasses } from "../../src/components/joined-classes.js";
import { fastKernels } from "../../src/components/polar-kernels.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { theKernels } from "../fixtures/lanes.js";
import { played, type ScanFixture } from "../fixtures/scan.js";
import { turnedGrains } from "../fixtures/turned-grains.js";
import { COLUMNS, layers, live, MIDDLE, matterAt, ROWS, scan, shape, TURN, told, value } from "./components-stand.js";
import { aStand } from "./stand.js";

/** The same without the line. */
function offline({ size, frames }: ScanFixture): ComponentScan {
  const scale = polarScale(size, size, scan.radius);
  const found = new ComponentScan({
    columns: COLUMNS,
    scale,
    library: null,
    joined: new JoinedClasses(),
    kernels: fastKernels(theKernels),
  });
  const binner = new EventBinner({ height: size, width: size, scale, ellipse: [1, 0] });
  const list = (counts: ArrayLike<number>): Uint32Array =>
    Uint32Array.from(Array.from(counts).flatMap((n, pixel) => (n > 0 ? [((n << 25) | pixel) >>> 0] : [])));
  for (let row = 0; row < ROWS; row++)
    found.takeRow((c) => binner.frame([list(frames[row * COLUMNS + c] as ArrayLike<number>)], MIDDLE, MIDDLE));
  found.finish();
  return found;
}

t.test("grains, classes and angles of a scan that is known", async (t) => {
  await live(played(scan, "dectris-v2"), {}, async (run, stand) => {
    const [upper, lower, glass] = [
      [4, 6],
      [16, 6],
      [10, 20],
    ] as const;
    const label = (at: readonly [number, number]): number => value(run, "label", ...at);
    const grain = (at: readonly [number, number]): number => value(run, "grain", ...at);
    const angle = (at: readonly [number, number]): number => value(run, "inplane_angle", ...at);
    t.equal(label(upper), label(lower), "one class, however it is turned");
    t.not(label(upper), label(glass));
    t.not(grain(upper), grain(lower));
    t.equal(new Set(run.maps.layer("label")?.value).size, 2);
    t.equal(new Set(run.maps.layer("grain")?.value).size, 3);
    t.equal(value(run, "fold", ...upper), 2);
    const turned = (((angle(lower) - angle(upper)) * 180) / Math.PI + 360) % 180;
    t.ok(Math.abs(turned - TURN) < 1, `turned by ${turned} degrees, counter-clockwise`);
    t.ok(Number.isNaN(angle(glass)));
    t.equal(value(run, "fold", ...glass), 0);
    t.equal(value(run, "boundary", ...upper), 0);
    t.equal(value(run, "boundary", 10, 6), 1);
    const view = await stand.line.components(run.id);
    if ("off" in view) throw new Error(view.off);
    t.same(
      view.components.map(({ fold, frozen, background }) => ({ fold, frozen, background })).sort((a, b) => a.fold - b.fold),
      [
        { fold: 0, frozen: false, background: false },
        { fold: 2, frozen: false, background: false },
      ],
    );
    t.equal(
      view.grains.reduce((n, g) => n + g.area, 0),
      ROWS * COLUMNS,
    );
    t.equal(view.polar.length, 2 * 24 * 128);
    const churn = run.work?.churn;
    t.ok(churn && churn.updates > 3, `${churn?.updates} updates`);
    t.ok(
      churn?.most && churn.most.label < 0.5 && churn.most.label >= churn.label && churn.most.grain >= churn.grain,
      "after the first fifth",
    );
    t.equal(run.work?.classifying, 0);
  });
});

t.test("the line finds what is found without it, to the bit, with any number of lanes", async (t) => {
  const expected = offline(scan);
  const grains = expected.grains().map(({ id, class: component, area }) => ({ id, component, area }));
  const seen: unknown[] = [];
  for (const lanes of [1, 3])
    await live(played(scan, "dectris-v2"), { settings: { "lanes.pixel": lanes } }, async (run, stand) => {
      const view = await stand.line.components(run.id);
      if ("off" in view) throw new Error(view.off);
      t.same(
        view.grains.map(({ id, component, area }) => ({ id, component, area })),
        grains,
      );
      seen.push(layers(run));
    });
  t.same(seen[0], seen[1]);
});

t.test("a beam that is found and followed: the pace does not show", async (t) => {
  const found = { "calibration.beam_center": undefined, "calibration.bf_radius_px": undefined };
  const settings = Object.fromEntries(Object.entries({ ...told, ...found }).filter(([, v]) => v !== undefined));
  const seen: unknown[] = [];
  for (const pause of [0, 4]) {
    const stand = await aStand({ ...shape, settings });
    let n = 0;
    for (const parts of played(scan, "dectris-v2")) {
      await stand.sender.send(parts);
      if (pause > 0 && n++ % 40 === 0) await new Promise((r) => setTimeout(r, pause));
    }
    await stand.until(1);
    const run = stand.over[0] as SeriesRun;
    seen.push(layers(run));
    t.equal(new Set(run.maps.layer("grain")?.value).size, 3);
    await stand.close();
  }
  t.same(seen[0], seen[1]);
});

t.test("ids go on from scan to scan", async (t) => {
  const stand = await aStand({ ...shape, settings: told });
  await stand.send(played(scan, "dectris-v2", { series: 1, uniqueId: "a" }));
  await stand.until(1);
  await stand.send(played(turnedGrains(ROWS, COLUMNS, matterAt, { seed: 99 }), "dectris-v2", { series: 2, uniqueId: "b" }));
  await stand.until(2);
  const [first, second] = stand.over as [SeriesRun, SeriesRun];
  for (const at of [
    [4, 6],
    [16, 6],
    [10, 20],
  ] as const)
    t.equal(value(second, "label", at[0], at[1]), value(first, "label", at[0], at[1]));
  const away = Math.abs(value(second, "inplane_angle", 4, 6) - value(first, "inplane_angle", 4, 6));
  t.ok(Math.min(away, Math.PI - away) < 0.02, "the zero of the class stays");
  await stand.close();
});

t.test("novelty: noise is none, another pattern is", async (t) => {
  const odd = [7, 9] as const;
  const strange = turnedGrains(ROWS, COLUMNS, (row, column) => (row === odd[0] && column === odd[1] ? "glass" : matterAt(row, column)));
  await live(played(strange, "dectris-v2"), {}, async (run) => {
    const novelty = run.maps.layer("novelty")?.value as Float32Array;
    const inside = [...novelty].filter((_, i) => value(run, "boundary", Math.floor(i / COLUMNS), i % COLUMNS) === 0).sort((a, b) => a - b);
    const at = (share: number): number => inside[Math.floor(share * inside.length)] as number;
    // Rates of a few hundred frames are smoothed: what is left of that errs towards the known.
    t.ok(at(0.5) > -1.5 && at(0.5) < 0.5, `median ${at(0.5)}`);
    t.ok(at(0.84) - at(0.5) > 0.6 && at(0.84) - at(0.5) < 1.8, `one standard deviation above it: ${at(0.84)}`);
    t.ok(at(0.99) < 3);
    const most = novelty.indexOf(Math.max(...[...novelty].filter((v) => !Number.isNaN(v))));
    const mine = odd[0] * COLUMNS + odd[1];
    if (value(run, "label", ...odd) === value(run, "label", 4, 6)) t.equal(most, mine);
    else t.not(value(run, "label", ...odd), -1);
  });
});

t.test("weights: one class inside of a grain, both at a border that is a mixture", async (t) => {
  const mixture = { a: 10, b: "glass" } as const;
  const border = turnedGrains(ROWS, COLUMNS, (_, column) => (column < 12 ? 10 : column === 12 ? mixture : "glass"));
  await live(played(border, "dectris-v2"), {}, async (run, stand) => {
    const weights = run.maps.layer("weights");
    if (!weights) throw new Error("no weights");
    t.equal(weights.channels, 2);
    const ids = (weights.parts ?? []).map(Number);
    const share = (row: number, column: number, id: number): number =>
      weights.value[(row * COLUMNS + column) * 2 + ids.indexOf(id)] as number;
    const [crystal, glass] = [value(run, "label", 8, 4), value(run, "label", 8, 20)];
    t.same([share(8, 4, crystal), share(8, 4, glass), share(8, 20, glass)], [1, 0, 1]);
    const mean = Array.from({ length: ROWS }, (_, row) => share(row, 12, crystal)).reduce((a, v) => a + v, 0) / ROWS;
    t.ok(mean > 0.35 && mean < 0.65, `${mean} of the electrons at the border`);
    for (let at = 0; at < ROWS * COLUMNS; at++) {
      const sum = (weights.value[2 * at] as number) + (weights.value[2 * at + 1] as number);
      if (!(sum > 0.3 && sum < 1 + 1e-5)) t.fail(`position ${at}: ${sum}`);
    }
    t.same(run.maps.info().layers.find((l) => l.name === "weights")?.shape, [2, ROWS, COLUMNS]);
    const at = await stand.line.explanation(run.id, 8, 12);
    if (at === "none" || "off" in at) throw new Error("not explained");
    const mine = at.parts.find((p) => p.component === crystal);
    const near = { component: crystal, share: mine?.share as number, fold: 2, angle: value(run, "inplane_angle", 8, 4) };
    t.ok(mine && Math.abs(mine.share - share(8, 12, crystal)) < 0.1, "as the layer has it");
    t.ok(Math.abs((mine?.angle as number) - near.angle) < 1e-6, "at the angle of its grain");
    t.match(
      at.parts.find((p) => p.component === glass),
      { angle: null, fold: 0 },
    );
    t.ok(at.alone > at.residual && at.residual < 4, `alone ${at.alone}, together ${at.residual}`);
    const novelty = Array.from({ length: ROWS }, (_, row) => value(run, "novelty", row, 12)).sort((a, b) => a - b);
    t.ok((novelty[Math.floor(ROWS / 2)] as number) < 3, `what both explain together is not novel: ${novelty}`);
    t.equal(await stand.line.explanation(run.id, ROWS, 0), "none");
    t.equal(await stand.line.pattern(run.id, ROWS - 1, COLUMNS, "match"), "none");
  });
});

t.test("what the components predict of a frame lies where its spots are", async (t) => {
  await live(played(scan, "dectris-v2"), {}, async (run, stand) => {
    const { size } = scan;
    const sum = new Float64Array(size * size);
    const predicted = await stand.line.pattern(run.id, 16, 6, "match");
    if (typeof predicted === "string" || "off" in predicted) throw new Error("no prediction");
    t.same([predicted.height, predicted.width], [size, size]);
    for (let row = 12; row < ROWS; row++)
      for (let column = 1; column < 14; column++)
        (scan.frames[row * COLUMNS + column] as Uint16Array).forEach((n, i) => {
          sum[i] = (sum[i] as number) + n / (13 * (ROWS - 12));
        });
    // Correlation with the mean of the grain that it is of, where there is a prediction.
    const both = [...predicted.pixels].flatMap((v, i) => (Number.isNaN(v) ? [] : [[v, sum[i] as number] as const]));
    const mean = (k: 0 | 1): number => both.reduce((a, p) => a + p[k], 0) / both.length;
    const product = (j: 0 | 1, k: 0 | 1): number => both.reduce((a, p) => a + (p[j] - mean(j)) * (p[k] - mean(k)), 0);
    const alike = product(0, 1) / Math.sqrt(product(0, 0) * product(1, 1));
    t.ok(alike > 0.9, `correlation ${alike}`);
    t.ok(Math.abs(mean(0) / mean(1) - 1) < 0.15, "in expected counts");
  });
});

t.test("lost frames leave no label, and the rest is classified", async (t) => {
  const order = [...scan.payloads.keys()].filter((i) => i % 17 !== 3);
  await live(played(scan, "dectris-v2", {}, order), {}, async (run) => {
    for (let i = 3; i < ROWS * COLUMNS; i += 17)
      if (value(run, "label", Math.floor(i / COLUMNS), i % COLUMNS) !== -1) t.fail(`position ${i}`);
    t.equal(new Set(run.maps.layer("label")?.value).size, 3, "two classes and none");
  });
});

t.test("an ellipse is measured at what is amorphous, and undone", async (t) => {
  const bent = turnedGrains(ROWS, COLUMNS, matterAt, { ratio: 1.04, electrons: 5000 });
  const seen: unknown[] = [];
  for (const lanes of [1, 2])
    await live(played(bent, "dectris-v2"), { settings: { "lanes.pixel": lanes } }, async (run, stand) => {
      const said = stand.line.events().find((e) => e.code === "ellipse-found")?.message ?? "nothing";
      const [, ratio, angle] = /ellipse of ([\d.]+) along (\d+) degrees/.exec(said) ?? [];
      t.ok(Math.abs(Number(ratio) - 1.04) < 0.012, said);
      t.ok(Math.min(Number(angle), 180 - Number(angle)) < 15, said);
      const turned = (((value(run, "inplane_angle", 16, 6) - value(run, "inplane_angle", 4, 6)) * 180) / Math.PI + 360) % 180;
      t.ok(Math.abs(turned - TURN) < 1, `turned by ${turned} degrees`);
      t.equal(new Set(run.maps.layer("grain")?.value).size, 3);
      seen.push(layers(run));
    });
  t.same(seen[0], seen[1]);
});

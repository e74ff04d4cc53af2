import type { Page } from "playwright-core";
import t from "tap";
import { colours, here, hover, poll, stand, text, until } from "./page-stand.js";

t.setTimeout(480_000);

const light = (colour: string): number => colour.split(" ").reduce((sum, c) => sum + Number(c), 0);
/** Colours of some rows of the first map, every second one from here on. */
const rows = (page: Page, from: number): Promise<string[]> =>
  colours(
    page,
    Array.from({ length: 160 }, (_, i) => [from + 2 * Math.floor(i / 40), 80 + (i % 40)] as const),
  );
const DOT = "12 14 18";

for (const variant of ["", "?canvas2d"])
  t.test(`a burst: what waits is said, drawn and never given a value${variant}`, { ...here, timeout: 240_000 }, async (t) => {
    const { daemon, page, errors } = await stand(t, `${variant}#/live?t3=tier`);
    daemon.grow(32);
    await until(page, "coverage-0", "25 %");
    t.equal(await page.getByTestId("overload").count(), 0, "nothing to say yet");
    daemon.burst(48, 2);
    await until(page, "overload", "1 in 4 positions live, features of 1 in 16");
    await until(page, "overload", "after the scan, not at this rate");
    t.match(
      (await text(page, "overload"))?.replaceAll("\u2009", ""),
      /4\d\d\d frames wait to be measured, 4\d\d for features.*memory 1\d % full \(\d+ of 3072 MB\)/,
    );
    await page
      .getByText(/1 in 4 positions live.*after the scan/)
      .first()
      .waitFor({ state: "attached" });
    await until(page, "coverage-0", "34 %");
    await poll("dots on what waits", async () => (await rows(page, 71)).includes(DOT));
    const waiting = (await rows(page, 71)).filter((c) => c !== DOT);
    t.ok(
      waiting.every((c) => light(c) > 150),
      `the rest is drawn with values nearby: ${waiting.slice(0, 4).join(", ")}`,
    );
    t.notOk((await rows(page, 10)).includes(DOT), "measured positions have none");
    t.notOk((await rows(page, 115)).includes(DOT), "nor what is not scanned yet");
    await hover(page, 71, 85);
    await until(page, "cursor-readout", "BFwaiting");
    await until(page, "cursor-readout", "Framereceived");
    await hover(page, 72, 86);
    await poll("a value on the grid", async () => /BF\d/.test((await text(page, "cursor-readout")) ?? ""));
    t.match(await text(page, "map-tile-0"), /waiting/, "the key explains it");
    t.match(await text(page, "map-tile-3"), /waiting/);
    daemon.grow(48);
    daemon.say({ state: "catching_up" });
    daemon.catchUp(60);
    await until(page, "overload", "Catching up after the scan");
    await until(page, "overload", "All on the maps in about");
    daemon.catchUp(0);
    daemon.event("warn", "overload-over", "all frames that were put off are on the maps");
    await until(page, "overload", "Caught up");
    await poll("it to be said", async () => /Caught up/.test((await text(page, "live-region")) ?? ""));
    daemon.say({ state: "finished" });
    await page.getByTestId("overload").waitFor({ state: "detached" });
    await until(page, "coverage-0", "99 %");
    await poll("no dots", async () => !(await rows(page, 71)).includes(DOT));
    await page.getByTestId("waiting-key").first().waitFor({ state: "detached" });
    t.same(errors, []);
  });

t.test("a burst can be seen afterwards on the system screen", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/system");
  daemon.grow(8);
  daemon.burst(40, 3);
  await until(page, "screen-system", "1 in 8 positions, features of 1 in 32");
  daemon.catchUp(0);
  await until(page, "screen-system", "every position");
  await page.getByTestId("load-chart").locator("canvas").waitFor();
  for (const line of ["Backlog", "Put off", "Measured 1 in", "Features 1 in"]) await until(page, "load-chart", line);
  t.same(errors, []);
});

t.test("channels with names are maps of their own, received only while they are shown", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t);
  daemon.say({ projections: true });
  daemon.grow(32);
  await until(page, "coverage-0", "25 %");
  const layers = (): readonly string[] => (daemon.hellos.at(-1) as { layers: string[] }).layers;
  t.notOk(layers().includes("projections"));
  const select = page.getByTestId("layer-select-0");
  await select.locator("optgroup[label=projections] option", { hasText: "2-fold cos" }).waitFor({ state: "attached" });
  t.same(await select.locator("optgroup[label=projections] option").allTextContents(), ["ring 1", "ring 2", "2-fold cos"]);
  await select.focus();
  await page.keyboard.type("ring 2");
  await poll("the layer to be asked for", async () => layers().includes("projections"));
  await until(page, "coverage-0", "25 %");
  await hover(page, 10, 20);
  await until(page, "cursor-readout", "ring 2");
  await poll("the address", async () => page.url().includes("t0=projections.1"));
  daemon.grow(32);
  await until(page, "coverage-0", "49 %");
  await page.getByTestId("layer-select-1").selectOption("projections.2");
  await until(page, "coverage-1", "49 %");
  const two = await rows(page, 10);
  await select.selectOption("projections.0");
  await poll("another picture", async () => (await rows(page, 10)).some((c, i) => c !== two[i]));
  await select.selectOption("bf");
  t.ok(layers().includes("projections"), "one tile still shows it");
  await page.getByTestId("layer-select-1").selectOption("adf");
  await poll("it to be let go", async () => !layers().includes("projections"));
  t.same(errors, []);
});

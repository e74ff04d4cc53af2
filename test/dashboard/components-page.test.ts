import type { Page } from "playwright-core";
import t from "tap";
import { CLASS_COLOURS } from "../../src/core/class-colours.js";
import type { FakeDaemon } from "./fake-daemon.js";
import { colours, here, hover, poll, stand, text, until } from "./page-stand.js";

t.setTimeout(480_000);

const rgb = (hex: string): string => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)).join(" ");
const NO_RESULT = "118 118 118";
/** In class 0, 7, 1 and 9 of the fake scan, and where nothing is known. */
const [ZERO, SEVEN, ONE, NINE, NONE] = [
  [60, 10],
  [60, 90],
  [100, 90],
  [38, 92],
  [2, 3],
] as const;
const grow = (daemon: FakeDaemon): void => {
  daemon.say({ labels: true });
  daemon.grow(110);
};
const card = (page: Page, id: number) => page.getByTestId(`component-${id}`);
const asked = (daemon: FakeDaemon, way: string): number => daemon.asked.filter((a) => a.endsWith(`/${way}`)).length;

for (const variant of ["", "?canvas2d"])
  t.test(`the class map: colours follow the id, the ninth is hatched, no result is none of them${variant}`, { ...here }, async (t) => {
    const { daemon, page, errors } = await stand(t, `${variant}#/live?t0=label`);
    grow(daemon);
    await until(page, "class-key", "Class 0");
    await until(page, "coverage-0", "85 %");
    const [zero, seven, one, none] = await colours(page, [ZERO, SEVEN, ONE, NONE]);
    t.same([zero, seven, one, none], [rgb(CLASS_COLOURS[0]), rgb(CLASS_COLOURS[7]), rgb(CLASS_COLOURS[1]), NO_RESULT]);
    const square = Array.from({ length: 6 }, (_, i) => [NINE[0] + i, NINE[1]] as const);
    const hatched = new Set(await colours(page, square));
    t.ok(hatched.size > 1 && [...hatched].every((c) => c !== NO_RESULT), `stripes: ${[...hatched].join(", ")}`);
    const key = (await text(page, "class-key")) ?? "";
    t.match(
      key,
      /^Class 0\d+ %Class 7\d+ %Class 1\d+ %Amorphous or empty 9[\d.]+ %no result$/,
      "names and shares, the largest first; nothing that the scan does not have",
    );
    t.same(errors, []);
  });

t.test("the menu has them in a group, the readout tells them all", { ...here }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?t0=label&t1=inplane_angle&t2=grain&t3=fold");
  grow(daemon);
  await until(page, "class-key", "Class 0");
  t.same(await page.getByTestId("layer-select-0").locator('optgroup[label="Components"] option').allTextContents(), [
    "Class",
    "In-plane angle",
    "Fold",
    "Grain",
    "Boundary",
    "Confidence",
    "Novelty",
  ]);
  await hover(page, ...ZERO);
  await until(page, "class-at", "Class 0");
  t.match(await text(page, "cursor-readout"), /Angle\d+\.\d° of 60°Fold6-foldGrain3Confidence0\.\d\d/);
  await until(page, "explained-by", "Class 0");
  t.match(
    await text(page, "explained-by"),
    /^Class 0\d+\.\d°75 %no componentno angle25 %Residual \+0\.5 σ, as noise makes it; its class alone \+7\.3 σ$/,
  );
  t.match(await text(page, "wheel-1"), "period 60° = 360° / 6", "of the class under the cursor");
  t.match(await page.getByTestId("wheel-1").getAttribute("aria-label"), /right 0°, up 15°, counter-clockwise/);
  await hover(page, ...NINE);
  await until(page, "class-at", "Amorphous or empty 9");
  t.match(await text(page, "cursor-readout"), /Angleno angleFoldno crystalGrain30/);
  t.match(await text(page, "wheel-1"), "period 360° / fold");
  await hover(page, ...NONE);
  await until(page, "class-at", "no result");
  t.match(await text(page, "cursor-readout"), /Classno result$/);
  t.equal(await page.getByTestId("explained-by").count(), 0);
  await until(page, "grain-key", "4 grains");
  await page.getByTestId("layer-select-0").selectOption("inplane_angle");
  await poll("the angle map", async () => (await colours(page, [NINE]))[0] === NO_RESULT);
  const [a, b] = await colours(page, [ZERO, SEVEN]);
  t.ok(a !== NO_RESULT && b !== NO_RESULT && a !== b);
  t.same(errors, []);
});

t.test("the screen of components: cards, grains, and what an operator says of them", { ...here }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?t0=label");
  grow(daemon);
  await until(page, "class-key", "Class 0");
  t.equal(asked(daemon, "grains") + asked(daemon, "component_images.npy"), 0, "only where they are shown");
  await page.keyboard.press("b");
  await until(page, "screen-components", "5 components");
  await page.getByTestId("component-pattern-0").waitFor();
  await until(
    page,
    "churn",
    "Corrected: 0.12 % of classes and 0.30 % of grains by the newest of 17 updates; at most 0.40 % of classes and 1.20 % of grains",
  );
  await until(
    page,
    "churn",
    "Known to be others: 2.00 % of classes and 3.00 % of grains; at most 5.00 % of classes and 6.00 % of grains. 1\u2009234 positions wait",
  );
  await until(page, "component-0", "37 % of positions · 6-fold · one grain at ");
  t.match(await card(page, 9).textContent(), /no crystal/);
  t.match(await page.getByRole("link", { name: "Library" }).getAttribute("href"), /\/api\/v1\/library$/);
  t.match(await card(page, 12).textContent(), /not in this scan · 1-fold/);
  const place = await page.getByTestId("component-map-7").evaluate((canvas: HTMLCanvasElement) => {
    const at = (row: number, col: number) => [...(canvas.getContext("2d")?.getImageData(col, row, 1, 1).data ?? [])].join(" ");
    return [at(60, 90), at(60, 10), at(2, 3), at(120, 10)];
  });
  t.same(place, [`${rgb(CLASS_COLOURS[7])} 255`, "44 44 44 255", "0 0 0 0", "0 0 0 0"], "itself, others, nothing");

  await card(page, 7).getByRole("button", { name: "Rename" }).click();
  await card(page, 7).getByLabel("Name of component 7").fill("Gold [110]");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Gold [110]" }).waitFor();
  await card(page, 7).getByRole("button", { name: "Rename" }).click();
  await card(page, 7).getByLabel("Name of component 7").fill("never mind");
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Gold [110]" }).waitFor();
  await card(page, 7).getByRole("button", { name: "Freeze" }).click();
  await card(page, 7).getByRole("button", { name: "Frozen", pressed: true }).waitFor();
  await card(page, 0).getByRole("button", { name: "Background" }).click();
  await card(page, 0).getByRole("button", { name: "Background", pressed: true }).waitFor();
  t.match(await page.locator(".component-cards > article").last().getAttribute("data-testid"), "component-0", "listed last");
  await page.getByLabel("Colour of Gold [110]").fill("#123456");
  await poll("the change", async () => daemon.components.changes.length === 4);
  t.same(daemon.components.changes, [
    [7, { name: "Gold [110]" }],
    [7, { frozen: true }],
    [0, { background: true }],
    [7, { color: "#123456" }],
  ]);

  await page.getByTestId("grain-table").getByRole("button", { name: "30", exact: true }).click();
  await until(page, "class-at", "Amorphous or empty 9");
  t.equal(await page.locator('[data-testid="grain-table"] tr[data-current="true"]').count(), 1);
  await poll("the address", async () => /#\/components\?.*c=\d+\.\d+/.test(page.url()));
  await page.keyboard.press("b");
  await poll("the new colour on the map", async () => (await colours(page, [SEVEN]))[0] === rgb("#123456"));
  await until(page, "class-key", "Gold [110]");
  t.same(errors, []);
});

t.test("they follow the class map, at most once a second", { ...here }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/components");
  daemon.say({ labels: true });
  const begun = Date.now();
  const last = (): string => `${Math.floor(100 * (daemon.components.list(daemon.scan)[1]?.share ?? 0))} % of positions`;
  for (let i = 0; i < 20; i++) {
    daemon.grow(5);
    await new Promise((done) => setTimeout(done, 100));
  }
  await until(page, "screen-components", "5 components");
  await poll("the last rows", async () => (await card(page, 1).textContent())?.includes(last()) === true);
  const seconds = (Date.now() - begun) / 1000;
  t.ok(asked(daemon, "grains") <= seconds + 2, `${asked(daemon, "grains")} questions in ${seconds} s`);
  t.same(errors, []);
});

t.test("a cut of the tree relabels the map at once, and can be made for good", { ...here }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/components");
  grow(daemon);
  const tree = page.getByTestId("component-tree");
  await tree.waitFor();
  t.ok(await tree.getByRole("button", { name: "Join them for good" }).isDisabled(), "nothing is near enough");
  await tree.getByRole("slider").fill("0.2");
  await tree.getByText("Class 0").nth(1).waitFor();
  await until(page, "clusters", "1 cluster of the cut");
  await until(page, "cluster-0", "Class 1 turned by 14.3°, map shifted by 4, −3 (0.62 alike)");
  for (const picture of ["pattern", "place", "map"]) await page.getByTestId(`cluster-${picture}-0`).waitFor();
  await page.keyboard.press("b");
  await page.getByTestId("layer-select-0").selectOption("label");
  await poll("one colour", async () => new Set(await colours(page, [ZERO, ONE])).size === 1);
  t.equal((await colours(page, [SEVEN]))[0], rgb(CLASS_COLOURS[7]), "others stay");
  await until(page, "class-key", "Class 0 + Class 1");
  await page.keyboard.press("b");
  daemon.components.refuse = "series a does not have all of the components 0, 1";
  await tree.getByRole("button", { name: "Join them for good" }).click();
  await tree.getByRole("alert").getByText("does not have all").waitFor();
  daemon.components.refuse = null;
  await tree.getByRole("button", { name: "Join them for good" }).click();
  await until(page, "screen-components", "4 components");
  t.same(daemon.components.joined, [[0, 1]]);
  t.equal(await tree.getByRole("slider").inputValue(), "0");
  t.equal(await page.getByTestId("clusters").count(), 0);
  t.same(
    errors.filter((e) => !e.includes("404")),
    [],
    "but for the refusal",
  );
});

t.test("why there is nothing, and why a change was refused", { ...here }, async (t) => {
  const { daemon, page } = await stand(t, "#/live?t0=label");
  daemon.components.off = "its pixels are no counts";
  daemon.grow(20);
  await page.getByTestId("map-tile-0").getByText("its pixels are no counts").waitFor();
  await page.getByRole("button", { name: "Components" }).click();
  await until(page, "components-none", "components of this series are not looked for: its pixels are no counts");
  daemon.components.off = null;
  grow(daemon);
  await until(page, "screen-components", "5 components");
  daemon.components.refuse = "name must be a text of 1 to 100 characters";
  await card(page, 1).getByRole("button", { name: "Freeze" }).click();
  await card(page, 1).getByRole("alert").getByText("name must be a text").waitFor();
  t.equal(await card(page, 1).getByRole("button", { name: "Frozen" }).count(), 0, "it stays as it was");
  daemon.components.refuse = null;
  await card(page, 1).getByRole("button", { name: "Freeze" }).click();
  await card(page, 1).getByRole("alert").waitFor({ state: "detached" });
  const old = daemon.scan.id;
  daemon.begin({});
  await until(page, "components-none", "No class has been found yet");
  await page.reload();
  await page.getByLabel("Series").selectOption(old);
  await until(page, "screen-components", "5 components");
  await page.keyboard.press("b");
  await poll("the class map of an older scan", async () => (await colours(page, [ONE]))[0] === rgb(CLASS_COLOURS[1]));
  t.same(await colours(page, [NONE]), [NO_RESULT], "and what it has no result for");
});

t.test("what the components predict, and what they leave, in standard deviations", { ...here }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?c=60.10");
  daemon.grow(70);
  await until(page, "pattern-about", "raw counts");
  t.equal(await page.getByRole("button", { name: "residual", exact: true }).count(), 0, "no classes yet");
  daemon.say({ labels: true });
  daemon.grow(40);
  await page.getByRole("button", { name: "explained", exact: true }).click();
  await until(page, "pattern-about", "what its components predict");
  t.match(await text(page, "pattern-key"), /counts$/);
  await page.getByRole("button", { name: "residual", exact: true }).click();
  await until(page, "pattern-about", "raw − explained, σ of the noise of a disk");
  t.match(await text(page, "pattern-key"), /^−(\S+)0\+\1 σ$/);
  await until(page, "pattern-readout", " σ");
  await poll("the address", async () => page.url().includes("pv=residual"));
  await hover(page, ...NONE);
  await until(page, "pattern-about", "raw − explained, σ of the noise of a disk");
  t.same(errors, []);
});

t.test("the most novel positions are listed with their patterns, and lead there", { ...here }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/components");
  grow(daemon);
  await until(page, "novel-box", "No position is more than 4 σ");
  daemon.grow(10);
  await until(page, "novel-box", "+12.5 σ115, 20 Class 1");
  await page.getByTestId("novel-115-20").waitFor();
  await page.getByTestId("novelty-map").waitFor();
  await page.getByTestId("novel-box").getByRole("button").click();
  await until(page, "cursor-readout", "row 115, column 20");
  await until(page, "explained-by", "Class 1");
  t.equal(await page.getByTestId("novel-box").getByRole("button", { pressed: true }).count(), 1);
  t.same(errors, []);
});

import t from "tap";
import { CHROMIUM, openBrowser } from "../fixtures/browser.js";
import { startCommand } from "../fixtures/daemon.js";
import { needs } from "../fixtures/shared.js";

t.test("a virtual detector is placed by a click, mapped and removed", { ...needs(CHROMIUM, "Chromium"), timeout: 240_000 }, async (t) => {
  const demo = startCommand(["demo", "--scan", "40x40", "--fps", "200", "--http", "127.0.0.1:0", "--log-level", "warn"]);
  const browser = await openBrowser();
  t.teardown(async () => {
    await browser.close();
    await demo.stop();
  });
  const [, port] = await demo.printed(/dashboard\s+http:\/\/127\.0\.0\.1:(\d+)/);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  const base = `http://127.0.0.1:${port}/`;
  await page.goto(base);
  await page.getByRole("button", { name: "Virtual detectors" }).click();
  const dialog = page.getByRole("dialog", { name: "Virtual detectors" });
  await dialog.getByText("Give two radii, or click a spot of the pattern").waitFor();
  const pattern = dialog.locator(".pattern-canvas canvas").last();
  const box = await pattern.boundingBox();
  await pattern.click({ position: { x: 0.75 * (box?.width ?? 0), y: 0.5 * (box?.height ?? 0) } });
  const [inner, outer] = [dialog.getByLabel("From, px"), dialog.getByLabel("to, px")];
  t.ok(Number(await outer.inputValue()) > Number(await inner.inputValue()), "a ring as wide as the disk, about the pixel");
  await inner.fill("9");
  await outer.fill("8");
  await dialog.getByText("outer must be above inner, and inner from 0, in px").waitFor();
  t.ok(await dialog.getByRole("button", { name: "Place", exact: true }).first().isDisabled());
  await outer.fill("60");
  await dialog.getByLabel("Only a sector").check();
  await dialog.getByLabel("Fold").fill("2");
  await dialog.getByLabel("Name").fill("right and left");
  await dialog.getByRole("button", { name: "Place", exact: true }).first().click();
  await dialog.getByTestId("detector-list").getByText("right and left").waitFor();
  await dialog.getByText("9 to 60 px from the beam, -15° to 15°, 2-fold").waitFor();
  await dialog.getByRole("button", { name: "Show right and left" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByLabel("Layer").first().getByText("right and left").waitFor({ state: "attached" });
  // It has values, and the scan knows from which line on.
  const known = async (): Promise<boolean> => {
    const answer = await fetch(`${base}api/v1/series/latest`);
    const { layers, virtual_detectors } = (await answer.json()) as {
      layers: { name: string; title?: string }[];
      virtual_detectors: unknown[];
    };
    return virtual_detectors.length === 1 && layers.some((l) => l.name === "virtual_1" && l.title === "right and left");
  };
  for (const end = Date.now() + 60_000; !(await known()); ) {
    if (Date.now() > end) throw new Error("the detector has no map");
    await new Promise((r) => setTimeout(r, 50));
  }
  await page.getByRole("button", { name: "Virtual detectors" }).click();
  await dialog.getByRole("button", { name: "Remove right and left" }).click();
  await dialog.getByTestId("detector-list").getByText("right and left").waitFor({ state: "detached" });
  t.same(await (await fetch(`${base}api/v1/virtual_detectors`)).json(), { virtual_detectors: [] });
  t.same(complaints, []);
});

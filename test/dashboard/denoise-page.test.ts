import type { Page } from "playwright-core";
import t from "tap";
import { type DenoiseStats, NOT_DENOISED } from "../../src/core/denoise.js";
import type { FakeDaemon } from "./fake-daemon.js";
import { here, hover, poll, stand, text, until } from "./page-stand.js";

t.setTimeout(480_000);

const press = (page: Page, name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();
const NEIGHBOUR: DenoiseStats = { ...NOT_DENOISED, method: "neighbour" };
const denoised = (daemon: FakeDaemon): string[] => daemon.asked.filter((a) => a.includes("kind=denoised"));

t.test("raw, denoised, difference: one contrast, and each says what it is", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?c=30.40");
  daemon.say({ denoise: { ...NEIGHBOUR } });
  daemon.grow(64);
  daemon.refine(60, 48);
  await until(page, "pattern-about", "raw counts");
  const contrast = await text(page, "pattern-key");
  t.match(contrast, /^0.*counts$/);
  t.same(denoised(daemon), [], "nobody asked");
  await press(page, "denoised");
  await poll("what it is", async () =>
    /^denoised, \d+\.\d frames, tier 3, method neighbour$/.test((await text(page, "pattern-about")) ?? ""),
  );
  t.equal(await text(page, "pattern-key"), contrast, "the same contrast");
  await until(page, "pattern-readout", "97 px");
  await page.keyboard.press("v");
  await until(page, "pattern-about", "denoised − raw");
  t.match(await text(page, "pattern-key"), /^−(\S+)0\+\1 counts$/, "the same about 0");
  await until(page, "pattern-readout", "net");
  await poll("the address", async () => page.url().includes("pv=difference"));
  await press(page, "denoised");
  await hover(page, 54, 50);
  await until(page, "pattern-about", "tier 2, provisional");
  const before = denoised(daemon).length;
  daemon.refine(64, 64);
  await until(page, "pattern-about", "tier 3");
  t.notMatch(await text(page, "pattern-about"), "provisional");
  t.ok(denoised(daemon).length > before, "a better estimate is another picture");
  await press(page, "Max");
  await until(page, "pattern-about", "raw counts, all frames");
  t.ok(await page.getByRole("button", { name: "difference", exact: true }).isDisabled(), "summaries are raw");
  t.same(errors, []);
});

t.test("a picture of the cheap variant says so, and is replaced when there is time", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?c=30.40&pv=denoised");
  daemon.say({ denoise: { ...NEIGHBOUR, variant: "cheap" } });
  daemon.grow(64);
  daemon.refine(64, 64);
  await until(page, "pattern-about", "method neighbour, cheap variant");
  daemon.say({ denoise: { ...NEIGHBOUR } });
  await poll("the full variant", async () => /method neighbour$/.test((await text(page, "pattern-about")) ?? ""));
  const asked = denoised(daemon).length;
  daemon.say({ denoise: { ...NEIGHBOUR, variant: "cheap" } });
  await until(page, "pattern-about", "denoised");
  await page.keyboard.press("s");
  await until(page, "screen-system", "cheap variant");
  t.equal(denoised(daemon).length, asked, "what is better stays");
  t.same(errors, []);
});

t.test("a denoised pattern never shows under another cursor", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?pv=denoised");
  daemon.say({ denoise: { ...NEIGHBOUR } });
  daemon.grow(64);
  daemon.refine(64, 64);
  await hover(page, 10, 20);
  await until(page, "pattern-about", "denoised");
  daemon.hold(true);
  await hover(page, 11, 20);
  await until(page, "cursor-readout", "row 11");
  t.equal(await page.getByTestId("pattern-canvas").count(), 0, "that of row 10 is gone");
  await poll("the question", async () => denoised(daemon).some((a) => a.includes("/11/20.npy")));
  await hover(page, 30, 60);
  await until(page, "cursor-readout", "row 30");
  t.equal(await page.getByTestId("pattern-canvas").count(), 0);
  daemon.hold(false);
  await page.getByTestId("pattern-canvas").waitFor();
  t.equal(await page.getByLabel("Frame at row 30, column 60").count(), 1);
  t.same(errors, []);
});

t.test("a series that is not denoised says why", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page } = await stand(t, "#/live?pv=denoised&t3=tier");
  daemon.grow(32);
  await hover(page, 10, 20);
  await page.getByText("this series is not denoised: its pixels are no counts").waitFor();
  t.equal(await page.getByTestId("pattern-canvas").count(), 0);
  t.equal(await page.getByTestId("lines-key").count(), 0, "there are no such lines");
  await page.keyboard.press("s");
  await until(page, "screen-system", "Denoisingoff");
});

t.test("means around the cursor, of classes once there are any", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t);
  daemon.say({ denoise: { ...NEIGHBOUR } });
  daemon.grow(64);
  daemon.refine(64, 64);
  t.equal(await page.getByRole("button", { name: "Class", exact: true }).count(), 0, "no classes yet");
  await press(page, "3×3");
  await hover(page, 10, 0);
  await until(page, "pattern-about", "raw counts, mean of 6 positions");
  await page.getByText("3 × 3 mean at row 10, column 0").waitFor();
  await hover(page, 50, 22);
  await until(page, "pattern-about", "mean of 6 positions");
  await press(page, "denoised");
  await poll("what it is", async () =>
    /^denoised, mean of 6 positions, [\d.–]+ frames each, tier 3, method neighbour$/.test((await text(page, "pattern-about")) ?? ""),
  );
  t.equal(denoised(daemon).length, 6, "each once, and none of lost frames");
  await press(page, "5×5");
  await hover(page, 30, 40);
  await until(page, "pattern-about", "mean of 25 positions");
  await hover(page, 52, 24);
  await until(page, "pattern-about", "mean of 10 positions");
  daemon.say({ labels: true });
  daemon.grow(1);
  daemon.refine(65, 65);
  await press(page, "Class");
  await hover(page, 30, 40);
  await until(page, "pattern-about", "mean of 25 positions");
  await page.getByText("Class mean at row 30, column 40").waitFor();
  await hover(page, 52, 24);
  await page.getByText("This frame was lost").waitFor();
  t.same(errors, []);
});

/** Colour at the left end of the top of a row, over the map of a tile. */
const lineAt = (page: Page, row: number): Promise<string> =>
  page.evaluate((r) => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="map-tile-0"] .map-over');
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen) return "";
    const scale = Math.min(canvas.width, canvas.height) / 128;
    const y = Math.round((canvas.height - 128 * scale) / 2 + r * scale);
    const x = Math.ceil((canvas.width - 128 * scale) / 2);
    const seen = pen.getImageData(x + 20, y, 40, 1).data;
    let best = 0;
    for (let i = 0; i < seen.length; i += 4) if ((seen[i + 3] ?? 0) > (seen[best + 3] ?? 0)) best = i;
    return [...seen.subarray(best, best + 3)].map((v) => (v > 150 ? "1" : "0")).join("");
  }, row);

t.test("lag lines of both tiers, what waits, and the effective number of frames", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?t3=tier");
  daemon.say({ denoise: { ...NEIGHBOUR } });
  daemon.grow(80);
  daemon.refine(72, 60);
  await until(page, "lines-key", "newest rowcausalfinal2\u2009560 to refine");
  await poll("the line of final rows", async () => (await lineAt(page, 60)) === "011");
  t.equal(await lineAt(page, 72), "110", "yellow: newest causal estimate");
  t.equal(await lineAt(page, 80), "011", "newest row");
  t.equal(await lineAt(page, 40), "000");
  await page.getByTestId("map-tile-0").focus();
  await page.keyboard.press("n");
  t.equal(await page.getByTestId("layer-select-0").inputValue(), "neighbours");
  await until(page, "coverage-0", "55 %");
  await hover(page, 10, 20);
  await poll("the number", async () => /Effective\d+(\.\d)? frames/.test((await text(page, "cursor-readout")) ?? ""));
  t.equal(
    await page.getByRole("slider", { name: "Lower limit of Effective frames" }).getAttribute("aria-valuenow"),
    "1",
    "one frame is the least",
  );
  await page.keyboard.press("?");
  await until(page, "lines-help", "above this line nothing changes any more");
  await page.keyboard.press("Escape");
  await page.getByTestId("lines-help").waitFor({ state: "detached" });
  await page.keyboard.press("s");
  await until(page, "screen-system", "method neighbour, full variant; 2\u2009560 positions wait for tier 3");
  t.same(errors, []);
});

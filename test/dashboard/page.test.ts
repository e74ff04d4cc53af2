import t from "tap";
import { wantedLayers } from "../../dashboard/lib/catalogue.js";
import { colours, here, hover, poll, stand, text, until } from "./page-stand.js";

t.setTimeout(480_000);

for (const variant of ["", "?canvas2d"])
  t.test(`rows appear as they come${variant}`, { ...here, timeout: 240_000 }, async (t) => {
    const { daemon, page, errors } = await stand(t, variant);
    await until(page, "state-badge", "waiting");
    daemon.grow(32);
    await until(page, "coverage-0", "25 %");
    t.equal(await text(page, "state-badge"), "live");
    t.equal(await text(page, "series-id"), daemon.scan.id);
    t.equal(await page.evaluate(() => window.__braggstream?.painter), variant === "" ? "webgl2" : "canvas2d");
    const first = await colours(page, [
      [10, 10],
      [90, 10],
    ]);
    daemon.grow(96);
    await until(page, "coverage-0", "99 %");
    await poll("a value instead of the checker", async () => (await colours(page, [[90, 10]]))[0] !== first[1]);
    const lost = await colours(page, [
      [52, 22],
      [52, 23],
      [52, 24],
      [52, 25],
    ]);
    t.ok(
      lost.every((c) => c === "16 16 16" || c === "235 235 235"),
      `lost positions are hatched: ${lost.join(", ")}`,
    );
    t.same(errors, []);
  });

t.test("the pattern follows the pointer, pins stay", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t);
  daemon.grow(64);
  await until(page, "coverage-0", "49 %");
  await hover(page, 10, 20);
  await until(page, "cursor-readout", "row 10, column 20");
  await page.getByTestId("pattern-canvas").waitFor();
  await until(page, "pattern-readout", "97 px");
  t.ok(daemon.asked.some((a) => a.includes("/patterns/10/20.npy?kind=raw")));
  await page.mouse.down();
  await page.mouse.up();
  await page.locator(".pin-head").waitFor();
  await hover(page, 52, 22);
  await page.getByText("This frame was lost").waitFor();
  await hover(page, 100, 20);
  await page.getByText("Not scanned yet").waitFor();
  t.notOk(
    daemon.asked.some((a) => a.includes("/patterns/100/") || a.includes("/patterns/52/22")),
    "nobody asks for what is not there",
  );
  daemon.grow(64);
  await until(page, "cursor-readout", "received");
  await until(page, "pattern-readout", "97 px");
  t.same(errors, []);
  daemon.forget(true);
  await hover(page, 30, 30);
  await page.getByText("The frame is no longer kept").waitFor();
});

t.test("keys, layers and the address belong together", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/live?t0=com_row,,sqrt&c=5.6");
  daemon.grow(16);
  await until(page, "cursor-readout", "row 5, column 6");
  t.equal(await page.getByTestId("layer-select-0").inputValue(), "com_row");
  await page.keyboard.press("2");
  t.equal(await page.getByTestId("layer-select-0").inputValue(), "bf");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowDown");
  await until(page, "cursor-readout", "row 6, column 16");
  await page.getByTestId("layer-select-1").selectOption("frame_status");
  await poll("the address", async () => page.url().includes("c=6.16") && page.url().includes("t1=frame_status"));
  await page.keyboard.press("Tab");
  t.equal(await page.getByTestId("map-tile-1").getAttribute("data-active"), "true", "Tab is the next tile");
  await page.keyboard.press("Enter");
  t.ok(await page.getByTestId("layer-select-1").evaluate((e) => e === document.activeElement), "Enter goes into it");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("s");
  await page.getByTestId("screen-system").waitFor();
  t.same(errors, []);
});

t.test("a break is announced, healed, and resumed from the last number", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page } = await stand(t);
  daemon.grow(20);
  await until(page, "coverage-0", "15 %");
  daemon.away(true);
  await until(page, "state-badge", "offline");
  await page.getByTestId("banner").waitFor();
  t.match(await text(page, "coverage-0"), "15 %", "what came stays");
  daemon.grow(20);
  daemon.away(false);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await until(page, "coverage-0", "31 %");
  await page.getByTestId("banner").waitFor({ state: "detached" });
  t.equal(await text(page, "state-badge"), "live");
  t.match(daemon.hellos.at(-1), { t: "hello", v: 1, layers: wantedLayers([], []), since: { series: daemon.scan.id, seq: 1 } });
});

t.test("the system screen tells statistics, account, configuration and events", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#/system");
  daemon.grow(64);
  daemon.event("warn", "frames-lost", "23 frames lost in row 37");
  daemon.event("info", "series-begun", "series 7 began");
  await until(page, "events", "23 frames lost in row 37");
  await until(page, "config-table", "memory.keep_series");
  t.notMatch(await text(page, "config-table"), "source.protocol", "defaults are folded away");
  await page.getByRole("button", { name: "Warnings and errors" }).click();
  t.notMatch(await text(page, "events"), "series 7 began");
  await until(page, "screen-system", "decode and measure");
  await until(page, "screen-system", "Lost50");
  t.same(errors, []);
});

t.test("a new scan takes over, an older one can be looked at, a guess can be corrected", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t);
  daemon.grow(128);
  daemon.say({ state: "finished" });
  await until(page, "state-badge", "finished");
  const first = daemon.scan.id;
  daemon.begin({ guessed: true, rows: 64, cols: 256 });
  await until(page, "series-id", daemon.scan.id);
  daemon.grow(32);
  await until(page, "coverage-0", "50 %");
  await page.reload();
  await until(page, "coverage-0", "50 %");
  await page.getByLabel("Series").selectOption(first);
  await until(page, "state-badge", "finished");
  await until(page, "coverage-0", "99 %");
  t.ok(daemon.asked.some((a) => a.includes(`${first}/layers/bf.npy`)));
  await page.keyboard.press("g");
  await until(page, "series-id", daemon.scan.id);
  await page.getByText("shape guessed").click();
  await page.getByLabel("Rows", { exact: true }).fill("128");
  await page.getByLabel("Columns", { exact: true }).fill("128");
  await page.getByRole("button", { name: "Place again" }).click();
  await page.getByText("shape guessed").waitFor({ state: "detached" });
  t.ok(daemon.asked.some((a) => a.startsWith("POST") && a.endsWith("/shape")));
  await until(page, "coverage-0", "25 %");
  t.same(errors, []);
});

t.test("a token leaves the address, nonsense on the wire is refused", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page, errors } = await stand(t, "#token=abc");
  t.ok(daemon.asked.some((a) => a.startsWith("POST") && a.includes("/session")));
  t.notMatch(page.url(), "token");
  for (const bytes of [[0xc1], [0x93, 1, 2, 3], [0x81, 0xa1, 0x74, 0xa4, 0x74, 0x69, 0x6c, 0x65]]) daemon.raw(new Uint8Array(bytes));
  daemon.grow(13);
  await until(page, "coverage-0", "10 %");
  await page.keyboard.press("s");
  await page.getByText(/3 messages refused/).waitFor();
  t.same(errors, []);
});

t.test("pausing holds the picture while the scan goes on", { ...here, timeout: 240_000 }, async (t) => {
  const { daemon, page } = await stand(t);
  daemon.grow(13);
  await until(page, "coverage-0", "10 %");
  await page.keyboard.press(" ");
  await page.getByText("view paused").waitFor();
  daemon.grow(64);
  await page.getByText("77 / 128 rows").waitFor();
  t.match(await text(page, "coverage-0"), "10 %");
  await page.keyboard.press(" ");
  await until(page, "coverage-0", "59 %");
});

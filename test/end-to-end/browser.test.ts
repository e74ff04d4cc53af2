import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import t from "tap";
import { CHROMIUM, openBrowser } from "../fixtures/browser.js";
import { startCommand } from "../fixtures/daemon.js";
import { needs } from "../fixtures/shared.js";

/** A cable between browser and daemon that can be pulled. */
async function aCable(): Promise<{ port: number; to(port: number): void; pull(): void; plug(): void; close(): void }> {
  let target = 0;
  let plugged = true;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (!plugged) {
      near.destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    for (const [a, b] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(a);
      a.on("error", () => b.destroy());
      a.on("close", () => {
        sockets.delete(a);
        b.destroy();
      });
      a.pipe(b);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as { port: number }).port,
    to: (port) => {
      target = port;
    },
    pull: () => {
      plugged = false;
      for (const s of sockets) s.destroy();
    },
    plug: () => {
      plugged = true;
    },
    close: () => {
      for (const s of sockets) s.destroy();
      server.close();
    },
  };
}

const text = (page: Page, id: string): Promise<string> => page.getByTestId(id).first().innerText();
const percent = async (page: Page): Promise<number> =>
  Number.parseFloat((/([\d.]+)\s*%/.exec(await text(page, "coverage-0")) ?? ["", "0"])[1] as string);

/** Asks until it is so. */
async function until(what: string, ask: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await ask()); ) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}

t.test("a scan appears in a real browser, and a pulled cable heals", { ...needs(CHROMIUM, "Chromium"), timeout: 240_000 }, async (t) => {
  const cable = await aCable();
  const folder = await mkdtemp(join(tmpdir(), "braggstream-"));
  const config = join(folder, "braggstream.toml");
  await writeFile(config, `[http]\nallowed_hosts = ["127.0.0.1:${cable.port}"]\n[denoise]\nmethod = "off"\n`);
  const demo = startCommand([
    "demo",
    "--scan",
    "64x64",
    "--fps",
    "300",
    "--config",
    config,
    "--http",
    "127.0.0.1:0",
    "--log-level",
    "warn",
  ]);
  const browser = await openBrowser();
  t.teardown(async () => {
    await browser.close();
    await demo.stop();
    cable.close();
    await rm(folder, { recursive: true });
  });
  const [, port] = await demo.printed(/dashboard\s+http:\/\/127\.0\.0\.1:(\d+)/);
  cable.to(Number(port));
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const complaints: string[] = [];
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("console", (m) => {
    if (m.type() === "error" && !/WebSocket|net::ERR|Failed to load resource/.test(m.text())) complaints.push(m.text());
  });
  await page.goto(`http://127.0.0.1:${cable.port}/`);

  await page.getByTestId("screen-live").waitFor();
  await until("the scan is live", async () => /live/i.test(await text(page, "state-badge")));
  const before = await percent(page);
  await until("rows grow", async () => (await percent(page)) > before + 3);

  const box = await page.getByTestId("map-tile-0").locator("canvas").first().boundingBox();
  t.ok(box, "the map has a place");
  if (box) await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.06);
  await until("hovering shows a pattern", async () => /\d/.test(await text(page, "pattern-readout")));

  await page.getByRole("button", { name: "denoised", exact: true }).click();
  await page.getByText(/this series is not denoised: denoising is switched off/).waitFor();
  await page.getByRole("button", { name: "raw", exact: true }).click();
  await until("the raw pattern is back", async () => /\d/.test(await text(page, "pattern-readout")));

  cable.pull();
  await until("the page says that it is offline", async () =>
    /offline|reconnect|connection/i.test(
      `${await text(page, "state-badge")} ${(await page.getByTestId("banner").count()) > 0 ? await text(page, "banner") : ""}`,
    ),
  );
  const stale = await percent(page);
  t.ok(stale > 0, "what was known stays visible");
  cable.plug();
  await until(
    "the page is live again and rows grow",
    async () => /live|finished|catching/i.test(await text(page, "state-badge")) && (await percent(page)) !== stale,
  );

  // What the page has is what the daemon has: nothing was lost with the cable.
  const served = await fetch(`http://127.0.0.1:${port}/api/v1/series`).then((r) => r.json());
  t.match(served, { series: [{ state: /live|finished/, shape: [64, 64] }] });
  t.same(complaints, [], "no errors on the page");
  await page.close();
  t.equal(await demo.stop(), 0, "the demo ends on SIGINT with 0");
});

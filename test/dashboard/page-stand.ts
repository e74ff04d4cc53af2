import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import t, { type Test } from "tap";
import type { PageCounters } from "../../dashboard/lib/counters.js";
import { CHROMIUM, openBrowser } from "../fixtures/browser.js";
import { needs } from "../fixtures/shared.js";
import { type FakeDaemon, startFakeDaemon } from "./fake-daemon.js";

declare global {
  interface Window {
    readonly __braggstream?: PageCounters;
  }
}

const BUNDLE = fileURLToPath(new URL("../../dashboard", import.meta.url));
export const here = needs(CHROMIUM && existsSync(`${BUNDLE}/index.html`), "Chromium with the built dashboard");

interface Stand {
  readonly daemon: FakeDaemon;
  readonly page: Page;
  /** Errors of the console and of the page itself. */
  readonly errors: string[];
}

let browser: Browser | undefined;
t.teardown(() => browser?.close());

export async function stand(t: Test, address = ""): Promise<Stand> {
  browser ??= await openBrowser();
  const daemon = await startFakeDaemon(BUNDLE);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(PATIENCE_MS);
  t.teardown(async () => {
    await page.close();
    await daemon.close();
  });
  const errors: string[] = [];
  page.on("console", (m) => {
    if (m.type() === "error") errors.push(m.text());
  });
  page.on("pageerror", (e) => errors.push(e.message));
  await page.goto(daemon.url + address);
  await poll("the connection", () => page.evaluate(() => window.__braggstream?.connected === true));
  return { daemon, page, errors };
}

/** A busy machine paints late; a page that is wrong stays wrong. */
const PATIENCE_MS = 60_000;

export const text = (page: Page, id: string): Promise<string | null> => page.getByTestId(id).textContent();
/** Playwright's own waiting for a function needs eval, which the policy of the page forbids. */
export async function poll(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}
export const until = (page: Page, id: string, wanted: string): Promise<void> =>
  poll(`${wanted} in ${id}`, async () => (await page.getByTestId(id).textContent())?.includes(wanted) === true);
/** Colours of the first map at some positions of the scan (row, col). */
export const colours = (page: Page, at: readonly (readonly [number, number])[]): Promise<string[]> =>
  page.evaluate((list) => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="map-tile-0"] canvas');
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen) return [];
    const scale = Math.min(canvas.width, canvas.height) / 128;
    return list.map(([row, col]) => {
      const x = (canvas.width - 128 * scale) / 2 + ((col ?? 0) + 0.5) * scale;
      const y = (canvas.height - 128 * scale) / 2 + ((row ?? 0) + 0.5) * scale;
      return [...pen.getImageData(x, y, 1, 1).data.subarray(0, 3)].join(" ");
    });
  }, at);
export async function hover(page: Page, row: number, col: number): Promise<void> {
  const box = await page.locator('[data-testid="map-tile-0"] .map-over').boundingBox();
  if (!box) throw new Error("the map has no box");
  const scale = Math.min(box.width, box.height) / 128;
  const x = box.x + (box.width - 128 * scale) / 2 + (col + 0.5) * scale;
  await page.mouse.move(x, box.y + (box.height - 128 * scale) / 2 + (row + 0.5) * scale);
}

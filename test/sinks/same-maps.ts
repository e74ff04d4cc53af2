import type { Test } from "tap";
import { get } from "./ask.js";
import { readNpy } from "./read-npy.js";
import type { Stand } from "./stand.js";
import { PATIENCE_MS, type Viewer } from "./viewer.js";

/** What a page has put together is what HTTP gives, bit for bit. */
export async function sameMaps(t: Test, { store, base }: Stand, v: Viewer, series: string): Promise<void> {
  const kept = store.get(series);
  const layers = typeof kept === "object" ? kept.layers() : [];
  t.ok(layers.length > 0, "there is something to compare");
  for (const { name } of layers) {
    const { values } = readNpy((await get(base, `/api/v1/series/${series}/layers/${name}.npy`)).body);
    const map = v.maps.get(`${series}/${name}`);
    t.ok(map && values.length === map.length && values.every((x, i) => Object.is(x, map[i])), `${name} is the same`);
  }
}

/** Waits for something that no message tells. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !condition(); await new Promise((r) => setTimeout(r, 5)))
    if (performance.now() > end) throw new Error(`never: ${what}`);
}

import { seededRandom } from "../../networks/train-bank.js";
import type { Entries } from "./read-scan.js";

/** Counts of a frame, dealt out at random. */
export interface Thinned {
  readonly kept: Entries;
  readonly rest: Entries;
}

const COUNTS_AT = 25;

/** Each electron is kept with the chance `share`: both parts are Poisson again, and independent. The same seed deals the same. */
export function thinCounts(entries: Entries, share: number, seed: number): Thinned {
  const random = seededRandom(seed);
  const kept = new Uint32Array(entries.length);
  const rest = new Uint32Array(entries.length);
  let [k, r] = [0, 0];
  for (const e of entries) {
    const counts = e >>> COUNTS_AT;
    let n = 0;
    for (let i = 0; i < counts; i++) if (random() < share) n++;
    const pixel = e & 0x1ffffff;
    if (n > 0) kept[k++] = (pixel | (n << COUNTS_AT)) >>> 0;
    if (n < counts) rest[r++] = (pixel | ((counts - n) << COUNTS_AT)) >>> 0;
  }
  return { kept: kept.slice(0, k), rest: rest.slice(0, r) };
}

import { JUDGED_PIXELS } from "../denoise/judged-columns.js";
import { BANK } from "../denoise/method.js";
import type { BlindBank } from "../denoise/row-estimate.js";

/** Part of the pixels of a position, as if the detector had no more. */
export interface ThinnedBank {
  readonly bank: BlindBank;
  /** Non-zero where one of its pixels is valid. */
  readonly used: Uint8Array;
}

/**
 * One pixel in so many that about JUDGED_PIXELS are left, beginning with another one each time: estimates of a large frame are judged as well
 * by some of its pixels, and of more positions. As many pixels every time, so that networks always compute the same.
 */
export function thinned(bank: BlindBank, used: Uint8Array, shift: number): ThinnedBank {
  const stride = Math.max(1, Math.round(used.length / JUDGED_PIXELS));
  if (stride === 1) return { bank, used };
  const n = Math.floor(used.length / stride);
  const from = shift % stride;
  const planes = new Float32Array(BANK * n);
  for (let k = 0, to = 0; k < BANK; k++)
    for (let i = 0, p = k * used.length + from; i < n; i++, p += stride, to++) planes[to] = bank.planes[p] as number;
  const own = { counts: new Float32Array(n), used: new Uint8Array(n) };
  for (let i = 0, p = from; i < n; i++, p += stride) {
    own.counts[i] = bank.counts[p] as number;
    own.used[i] = used[p] as number;
  }
  return { bank: { ...bank, planes, counts: own.counts }, used: own.used };
}

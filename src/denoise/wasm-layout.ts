import type { DenoiseVariant } from "../core/wire.js";
import { MIX_STRIDE } from "../kernels/mix-planes.js";
import { WINDOW_FRAME } from "../kernels/window-frame.js";
import { GUIDE_TAPS, MEMBER_TAPS } from "./bank.js";
import type { EstimatorSetup } from "./estimator.js";
import { BANK, MOST_MEMBERS } from "./method.js";
import { KINDS, MIX_ROWS, mixColumns, SUMMED } from "./mixing.js";
import { MOST_ENTRIES } from "./plain-estimator.js";

/** Vectors reach past the ends of arrays. */
const PAD = 64;
/** The averages of the windows, after the own frame: the planes that frames are spread over. */
const SPREAD = 4;
/** What a frame has a share in them by, in words: the addresses of its entries and of their end, and from `weights` on SPREAD float32. */
export const SHARE = { words: 8, weights: 4 } as const;

/** Of the members, and then of the guide. */
export const BLURS = [...MEMBER_TAPS, GUIDE_TAPS];

/** Where everything lies in the memory of the kernels, from `base` on; `bins`: those of a frame. */
export function layOutEstimator(base: number, { height, width, seats }: EstimatorSetup, bins: number) {
  const pixels = height * width;
  const pitch = Math.ceil((4 * pixels) / PAD + 1) * PAD;
  let end = Math.ceil(base / PAD) * PAD;
  const take = (bytes: number): number => {
    const at = end;
    end = Math.ceil((end + bytes) / PAD + 1) * PAD;
    return at;
  };
  const table = (variant: DenoiseVariant): number => take(4 * MIX_STRIDE * mixColumns(variant) * MIX_ROWS);
  const taps = BLURS.map((t) => take(4 * (t?.length ?? 0)));
  const at = {
    tables: { full: table("full"), cheap: table("cheap") },
    used: take(pixels),
    bin: take(2 * pixels),
    basis: take(4 * WINDOW_FRAME.scores * bins),
    noise: take(8 * bins),
    binned: take(4 * bins),
    frames: take(WINDOW_FRAME.bytes * seats),
    members: take(4 * MOST_MEMBERS),
    weights: take(4 * MOST_MEMBERS),
    shares: take(4 * SHARE.words * MOST_MEMBERS),
    room: take(8 * (width + 64)),
    learnt: take(4 * SUMMED * SUMMED * KINDS),
    planes: take(pitch * BANK),
    guide: take(pitch),
    around: take(pitch),
    estimate: take(pitch),
    sums: take(SPREAD * pitch),
    frame: take(4 * pixels),
    list: take(4 * MOST_ENTRIES * pixels),
  };
  return { ...at, pitch, taps, end };
}

export type EstimatorLayout = ReturnType<typeof layOutEstimator>;

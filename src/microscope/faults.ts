import { Fault } from "../core/fault.js";
import type { Random } from "./random.js";

/** What goes wrong on purpose. */
export interface Faults {
  /** Shares of images: never sent, sent twice, exchanged with the next one, damaged. */
  readonly loss: number;
  readonly duplicate: number;
  readonly swap: number;
  readonly corrupt: number;
  /** Share of the series after which it ends early; null: never. */
  readonly abort: number | null;
  /** Share of the series after which the detector begins anew without having ended; null: never. */
  readonly restart: number | null;
  /** The end message is left out. */
  readonly noEnd: boolean;
}

export const NO_FAULTS: Faults = { loss: 0, duplicate: 0, swap: 0, corrupt: 0, abort: null, restart: null, noEnd: false };

/** The grammar, for help pages. */
export const FAULTS_HELP = `  loss=P        an image is not sent, with probability P (0 to 1)
  duplicate=P   an image is sent twice
  swap=P        an image changes places with the next one
  corrupt=P     an image's compressed bytes are damaged
  abort=S       the series ends early, with an end message, after the share S of its images
  restart=S     after the share S the detector begins anew: new unique id, no end message before it
  no-end        the end message is left out`;

const SHARES = ["loss", "duplicate", "swap", "corrupt", "abort", "restart"] as const;
type Share = (typeof SHARES)[number];

/**
 * Reads e.g. `loss=0.05,swap=0.01,no-end`; empty text: no faults.
 * @throws Fault "bad-usage" naming the entry
 */
export function parseFaults(text: string): Faults {
  const faults: Record<Share, number> & { noEnd: boolean } = {
    loss: 0,
    duplicate: 0,
    swap: 0,
    corrupt: 0,
    abort: -1,
    restart: -1,
    noEnd: false,
  };
  for (const entry of text.split(",").map((e) => e.trim())) {
    if (entry === "") continue;
    if (entry === "no-end") {
      faults.noEnd = true;
      continue;
    }
    const [name, value, ...more] = entry.split("=");
    const share = SHARES.find((s) => s === name);
    if (!share)
      throw new Fault(
        "bad-usage",
        "--faults",
        `--faults: unknown fault ${JSON.stringify(entry)}; known are ${SHARES.join("=, ")}= and no-end`,
      );
    const number = value?.trim() ? Number(value) : Number.NaN;
    if (more.length > 0 || !(number >= 0 && number <= 1)) {
      throw new Fault(
        "bad-usage",
        "--faults",
        `--faults: ${share} needs a number from 0 to 1, as in ${share}=0.05, not ${JSON.stringify(entry)}`,
      );
    }
    faults[share] = number;
  }
  const { abort, restart, ...rest } = faults;
  return { ...rest, abort: abort < 0 ? null : abort, restart: restart < 0 ? null : restart };
}

/** What the detector does, in order. Every image, a lost one too, takes one tick of its clock; a copy follows at once. */
export type Step =
  | { readonly kind: "begin" }
  | { readonly kind: "end" }
  | { readonly kind: "lost"; readonly image: number }
  | { readonly kind: "copy"; readonly image: number }
  | { readonly kind: "image"; readonly image: number; readonly corrupt: boolean; readonly swapped: boolean };

/** Lays down one scan of so many images, faults included: one series, or two with a restart. */
export function* planScan(faults: Faults, images: number, random: Random): Generator<Step> {
  yield { kind: "begin" };
  if (faults.restart !== null) {
    yield* planImages(faults, images, Math.floor(images * faults.restart), random);
    yield { kind: "begin" };
  }
  yield* planImages(faults, images, faults.abort === null ? images : Math.floor(images * faults.abort), random);
  if (!faults.noEnd) yield { kind: "end" };
}

/** The first `count` of `images` images. */
function* planImages(faults: Faults, images: number, count: number, random: Random): Generator<Step> {
  let late = -1;
  for (let n = 0; n < Math.min(count, images); n++) {
    if (late < 0 && n + 1 < count && random.uniform() < faults.swap) {
      late = n;
      continue;
    }
    yield* planImage(faults, n, false, random);
    if (late < 0) continue;
    yield* planImage(faults, late, true, random);
    late = -1;
  }
}

function* planImage(faults: Faults, image: number, swapped: boolean, random: Random): Generator<Step> {
  if (random.uniform() < faults.loss) {
    yield { kind: "lost", image };
    return;
  }
  yield { kind: "image", image, corrupt: random.uniform() < faults.corrupt, swapped };
  if (random.uniform() < faults.duplicate) yield { kind: "copy", image };
}

/** A copy whose first block announces more bytes than there are: no decoder can take it. */
export function damaged(payload: Uint8Array): Uint8Array {
  const copy = payload.slice();
  copy.fill(0xff, Math.min(12, copy.length), Math.min(16, copy.length));
  return copy;
}

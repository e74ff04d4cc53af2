import type { DenoiseVariant } from "../core/wire.js";
import type { KernelInstance } from "../kernels/kernel-module.js";
import { MIX_STRIDE, type MixTable } from "../kernels/mix-planes.js";
import { CENTRES, MEMBER_TAPS, MOST_OWN, othersOf, ownShares } from "./bank.js";
import type { DenoiseModel, Members } from "./estimator.js";
import {
  AVERAGE,
  BANK,
  CLASSES,
  FEATURE_WINDOW,
  GUIDE,
  KEPT_WINDOW,
  LEAST_SHARE,
  MEMBERS,
  MIDDLE,
  PRIOR,
  RISES,
  VARIANTS,
  WINDOWS,
} from "./method.js";
import { KINDS, LEAST_RATE, MARGIN, type Mixing, SUMMED } from "./mixing.js";
import { BLURS, type EstimatorLayout, SHARE } from "./wasm-layout.js";

/** Seats as a bank needs them: addresses of their entries. */
interface BankSeats {
  readonly from: (seat: number) => number;
  readonly to: (seat: number) => number;
}

/**
 * The bank of a position in the memory of the kernels: averages over its windows, blurred, and what is made of them. `weigh`: weights of the
 * members of a window, written to `at.weights`.
 */
export function createWasmBank(
  kernels: KernelInstance,
  at: EstimatorLayout,
  { height, width, seats }: { readonly height: number; readonly width: number; readonly seats: number },
  { from, to }: BankSeats,
  weigh: (members: Members, kappa: number) => number,
) {
  const { run } = kernels;
  const pixels = height * width;
  // Views last until memory grows.
  const floats = (address: number, length: number): Float32Array => kernels.floats().subarray(address / 4, address / 4 + length);
  const plane = (k: number): number => at.planes + k * at.pitch;
  /** Weight of the own frame in each of WINDOWS, or what is in place of it. */
  const own = new Array<number>(WINDOWS.length).fill(1);
  const place = new Int32Array(seats);
  let masked: readonly [from: number, to: number] = [0, 0];
  let filled: DenoiseVariant = "full";
  let model: DenoiseModel | null = null;

  const modelInUse = (): DenoiseModel => {
    if (!model) throw new Error("no model is set");
    return model;
  };
  const writeTable = ({ weights }: MixTable, to: number): void => floats(to, weights.length).set(weights);

  /** Frames in the order of the largest window: their weights in each, after 1 for the own frame itself. Answers their effective number. */
  function shareOut(variant: DenoiseVariant, windows: readonly Members[], blind: boolean): number {
    const { windows: shapes } = VARIANTS[variant];
    const all = windows[windows.length - 1] as Members;
    const skipped = WINDOWS.length - shapes.length;
    const [words, numbers] = [kernels.words(), kernels.floats()];
    const [first, weights] = [at.shares / 4, at.weights / 4];
    let effective = 0;
    numbers.fill(0, first, first + SHARE.words * all.length);
    for (let j = 0, share = first; j < all.length; j++, share += SHARE.words) {
      place[all[j] as number] = share + SHARE.weights;
      words[share] = from(all[j] as number);
      words[share + 1] = to(all[j] as number);
    }
    numbers[first + SHARE.weights] = blind ? 0 : 1;
    for (let i = 0; i < windows.length; i++) {
      const members = windows[i] as Members;
      const n = weigh(members, shapes[i]?.kappa ?? 1);
      const share = numbers[weights] as number;
      own[skipped + i] = share;
      if (i === Math.min(FEATURE_WINDOW, shapes.length - 1)) effective = blind ? othersOf(n, share) : n;
      const scale = blind ? 1 / (1 - share) : 1;
      for (let j = blind ? 1 : 0; j < members.length; j++)
        numbers[(place[members[j] as number] as number) + skipped + i + 1] = scale * (numbers[weights + j] as number);
    }
    return blind && Math.max(...own.slice(skipped)) > MOST_OWN ? 0 : effective;
  }

  const [a, b, c, d] = [0, ...AVERAGE].map(plane) as [number, number, number, number];
  const averages = [a, b, c, d] as const;
  /** The own frame and the averages of all windows in one go. */
  function spreadAll(end: number): readonly number[] {
    run.spreadShares(at.shares, end, pixels, at.sums);
    run.partSums(at.sums, pixels, a, b, c, d);
    return averages;
  }

  /** The own frame in one plane, and the average of the only window in the next. */
  function spreadOne(end: number, first: number): readonly number[] {
    const [x, e] = [plane(first), plane(first + 1)];
    run.sumShares(at.shares, end, 0, pixels, x);
    run.sumShares(at.shares, end, WINDOWS.length, pixels, e);
    return [x, e];
  }

  function blur(from: number, tap: number, to: number): void {
    const taps = BLURS[tap];
    run.blurPlane(from, height, width, at.taps[tap] as number, (taps?.length ?? 1) - 1, at.room, to);
  }

  const copyPlane = (from: number, to: number): void => void kernels.bytes().copyWithin(to, from, from + 4 * pixels);

  function guide(first: number): void {
    const share = own[MEMBERS[GUIDE]?.window ?? 0] as number;
    if (share > MOST_OWN) {
      copyPlane(plane(GUIDE), at.guide);
      return;
    }
    blur(plane(first), BANK, at.guide);
    run.blindGuide(plane(GUIDE), at.guide, share, pixels, at.guide);
  }

  /** What is around each pixel: in the widest plane, but for what the own pixel counted. */
  function surroundings(first: number, last: number): void {
    const share = own[MEMBERS[last]?.window ?? 0] as number;
    const counted = Math.min(MOST_OWN, share * (CENTRES[last] as number));
    run.blindGuide(plane(last), plane(first), counted, pixels, at.around);
  }

  function mixAll(): void {
    const { first, dark, columns, weights } = modelInUse().mix[filled];
    const { own: from, last, rises } = VARIANTS[filled];
    const [table, rows] = [at.tables[filled], weights.length / (MIX_STRIDE * columns)];
    const around = rises ? at.around : 0;
    const [members, floor] = [last - from + 1, plane(last)];
    run.mixPlanes(plane(from), at.pitch, members, at.guide, around, table, rows - 1, first, dark, floor, LEAST_SHARE, pixels, at.estimate);
    const total = run.sumUsed(plane(AVERAGE[KEPT_WINDOW] as number), at.used, pixels);
    run.keepCounts(at.estimate, at.used, pixels, total);
  }

  for (const [i, taps] of BLURS.entries()) if (taps) floats(at.taps[i] as number, taps.length).set(taps);
  return {
    /** Addresses of the list of masked pixels. */
    setMasked(list: readonly [from: number, to: number]): void {
      masked = list;
    },
    setModel(next: DenoiseModel): void {
      model = next;
      writeTable(next.mix.full, at.tables.full);
      writeTable(next.mix.cheap, at.tables.cheap);
    },
    /** See `Estimator`. */
    fill(variant: DenoiseVariant, windows: readonly Members[], blind: boolean): number {
      const { own: first, last, rises } = VARIANTS[variant];
      filled = variant;
      const effective = shareOut(variant, windows, blind);
      if (effective === 0) return 0;
      const end = at.shares + 4 * SHARE.words * (windows[windows.length - 1] as Members).length;
      const made = windows.length > 1 ? spreadAll(end) : spreadOne(end, first);
      if (masked[1] > masked[0]) for (const p of made) run.fillMasked(p, ...masked);
      for (let k = first + 1; k <= last; k++) if (MEMBER_TAPS[k]) blur(plane(MEMBERS[k]?.from ?? 0), k, plane(k));
      if (blind) {
        copyPlane(plane(PRIOR), plane(first));
        copyPlane(plane(GUIDE), at.guide);
        copyPlane(plane(last), at.around);
      } else {
        guide(first);
        if (rises) surroundings(first, last);
      }
      return effective;
    },
    learn(mixing: Mixing): void {
      const { mean } = modelInUse();
      if (!(mean > 0)) return;
      const first = Math.log2(mean) - MIDDLE;
      const shape = [at.pitch, BANK, at.guide, at.around, at.used, height, width] as const;
      run.learnMixing(plane(0), ...shape, MARGIN, first, LEAST_RATE * mean, CLASSES, RISES, at.learnt);
      mixing.addSums(floats(at.learnt, SUMMED * SUMMED * KINDS), ownShares(own));
    },
    mix(out: Float32Array): void {
      mixAll();
      out.set(floats(at.estimate, pixels));
      const words = kernels.words();
      // As `listMasked` has them.
      for (let i = masked[0] / 4; i < masked[1] / 4; i += 2 + (words[i + 1] as number)) out[words[i] as number] = Number.NaN;
    },
    bank(out: Float32Array): void {
      mixAll();
      for (let k = 1; k < BANK; k++) out.set(floats(plane(k), pixels), (k - 1) * pixels);
      out.set(floats(at.estimate, pixels), (BANK - 1) * pixels);
    },
  };
}

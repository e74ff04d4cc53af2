import { readFileSync } from "node:fs";
import { BYTES_PER_PIXEL } from "../src/core/frame.js";
import { compileKernels } from "../src/kernels/kernel-module.js";
import { MEASURES, type PixelLane } from "../src/kernels/pixel-lane.js";
import { createPlainLane } from "../src/kernels/plain-lane.js";
import { createWasmLane } from "../src/kernels/wasm-lane.js";
import type { Replay } from "./frames.js";
import { bestMicroseconds } from "./timing.js";

/** What this machine can do at this moment with these frames; µs of CPU per frame. */
export interface Limits {
  /** Copying memory, GB/s. */
  readonly copyGBs: number;
  /** Copying the packed frame once. */
  readonly copy: number;
  /** The LZ4 part of decoding alone. */
  readonly lz4: number;
}

const COPY_BYTES = 1 << 24;
const WINDOWS = 3;
const PLAIN_TURNS = 3;

export interface Calibration {
  /** A few tens of milliseconds; the best so far. */
  look(): Limits;
  /** Decoding, measuring and summing up in plain TypeScript, without features; µs. */
  plain(): number;
}

export function createCalibration({ kind, payloads }: Replay): Calibration {
  const lane = createWasmLane(compileKernels(readFileSync(new URL("../wasm/kernels.wasm", import.meta.url))));
  const element = BYTES_PER_PIXEL[kind.type];
  const size = { height: kind.size, width: kind.size, type: kind.type };
  const shape = { ...size, encoding: "bslz4" as const, element, bigEndian: false };
  // The same container, read without the bit transpose.
  const packed = { ...shape, encoding: "lz4-hdf5" as const };
  const bytes = payloads.reduce((n, p) => n + p.length, 0) / payloads.length;
  const [from, to] = [new Uint8Array(COPY_BYTES).fill(1), new Uint8Array(COPY_BYTES)];
  let turn = 0;
  const next = (): Uint8Array => payloads[turn++ % payloads.length] as Uint8Array;
  const decode = (l: PixelLane, s: typeof shape | typeof packed): void => {
    if (l.decode(next(), s) !== 0) throw new Error("a frame of the bench does not decode");
  };
  let best: Limits = { copyGBs: 0, copy: Number.POSITIVE_INFINITY, lz4: Number.POSITIVE_INFINITY };
  return {
    look() {
      const copyGBs = COPY_BYTES / bestMicroseconds(() => to.set(from), WINDOWS) / 1000;
      const lz4 = bestMicroseconds(() => decode(lane, packed), WINDOWS);
      best = {
        copyGBs: Math.max(best.copyGBs, copyGBs),
        copy: Math.min(best.copy, bytes / copyGBs / 1000),
        lz4: Math.min(best.lz4, lz4),
      };
      return best;
    },
    plain() {
      const plain = createPlainLane();
      plain.configure({ ...size, mask: null, low: 0, high: 2 ** (8 * element) - 2 });
      const out = new Float64Array(MEASURES.length);
      const centre = (kind.size - 1) / 2;
      const once = (): void => {
        decode(plain, shape);
        plain.measure(out, 0, centre, centre, kind.size / 16);
        plain.accumulate();
      };
      // The compiler may still be at work in the first turn.
      return Math.min(...Array.from({ length: PLAIN_TURNS }, () => bestMicroseconds(once, WINDOWS)));
    },
  };
}

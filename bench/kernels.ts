// Pixel kernels on 192x192 frames, WebAssembly and the plain twin in the same run: microseconds per frame, best of several windows.
// `lz4`: the LZ4 part of decoding alone; `copy`: copying the decoded frame. Both say how fast the machine is at the moment.
import { readFileSync } from "node:fs";
import type { PixelArray, PixelType } from "../src/core/frame.js";
import { BYTES_PER_PIXEL, pixelArray } from "../src/core/frame.js";
import { encodeBslz4 } from "../src/kernels/encode-bslz4.js";
import { compileKernels } from "../src/kernels/kernel-module.js";
import { MEASURES, type PixelLane } from "../src/kernels/pixel-lane.js";
import { createPlainLane } from "../src/kernels/plain-lane.js";
import { createWasmLane } from "../src/kernels/wasm-lane.js";
import { options } from "./options.js";
import { createTable } from "./table.js";
import { bestMicroseconds } from "./timing.js";

const { quick } = options();
const TYPES: readonly PixelType[] = quick ? ["uint8", "uint16"] : ["uint8", "uint16", "uint32"];
const DOSES = quick ? [0.01, 0.1] : [0.01, 0.1, 1, 5];
const [WINDOWS, PLAIN_WINDOWS] = quick ? [3, 1] : [8, 2];
const SIZE = 192;
const RADIUS = 8;

/** A bright disk with 80 more in a lattice over a diffuse background, `counts` per pixel on average, as a detector would send it. */
function aPattern(type: PixelType, counts: number, seed: number): PixelArray {
  const pixels = pixelArray(type, SIZE * SIZE);
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  for (let electron = 0; electron < counts * SIZE * SIZE; electron++) {
    const kind = random();
    const [h, k] = kind < 0.4 ? [0, 0] : [Math.floor(random() * 9) - 4, Math.floor(random() * 9) - 4];
    const distance = RADIUS * Math.sqrt(random());
    const angle = 2 * Math.PI * random();
    const row = kind < 0.8 ? 95.5 + 20 * h + distance * Math.sin(angle) : random() * SIZE;
    const col = kind < 0.8 ? 95.5 + 20 * k + distance * Math.cos(angle) : random() * SIZE;
    const at = Math.floor(row) * SIZE + Math.floor(col);
    pixels[at] = (pixels[at] as number) + 1;
  }
  return pixels;
}

/** As many different frames as it takes for the processor not to learn their branches by heart. */
const FRAMES = 32;

const POLAR = { rings: 32, sectors: 64, inner: 0, outer: SIZE / 2, ratio: 1, angle: 0, batch: 64 };

interface Times {
  readonly decode: number;
  readonly measure: number;
  readonly accumulate: number;
  /** All three in one call. */
  readonly process: number;
  /** Polar counts, on top of that. */
  readonly polar: number;
  /** Reading the same payload as LZ4 blocks without a bit transpose. */
  readonly lz4: number;
}

function timesOf(lane: PixelLane, type: PixelType, payloads: readonly Uint8Array[], windows: number): Times {
  const element = BYTES_PER_PIXEL[type];
  const shape = { height: SIZE, width: SIZE, type, encoding: "bslz4" as const, element, bigEndian: false };
  lane.configure({ height: SIZE, width: SIZE, type, mask: null, low: 0, high: 2 ** (8 * element) - 2 });
  lane.setPolar(POLAR);
  const out = new Float64Array(MEASURES.length);
  let frame = 0;
  const next = (): Uint8Array => payloads[frame++ % payloads.length] as Uint8Array;
  const decoded = (code: number): void => {
    if (code !== 0) throw new Error("the payload does not decode");
  };
  const process = (polarRow: () => number): void => decoded(lane.process(next(), shape, true, out, 0, 95.3, 96.1, RADIUS, polarRow()));
  const without = (): void => process(() => -1);
  const withPolar = (): void => process(() => frame % POLAR.batch);
  const best = { without: Number.POSITIVE_INFINITY, with: Number.POSITIVE_INFINITY };
  for (let i = 0; i < windows; i++) {
    best.without = Math.min(best.without, bestMicroseconds(without, 1));
    best.with = Math.min(best.with, bestMicroseconds(withPolar, 1));
  }
  const decode = bestMicroseconds(() => decoded(lane.decode(next(), shape)), windows);
  return {
    decode,
    measure: bestMicroseconds(() => lane.measure(out, 0, 95.3, 96.1, RADIUS), windows),
    accumulate: bestMicroseconds(() => lane.accumulate(), windows),
    process: best.without,
    polar: best.with - best.without,
    lz4: bestMicroseconds(() => decoded(lane.decode(next(), { ...shape, encoding: "lz4-hdf5" })), windows),
  };
}

const wasm = createWasmLane(compileKernels(readFileSync(new URL("../wasm/kernels.wasm", import.meta.url))));
const plain = createPlainLane();
const table = createTable(
  ["type", "counts/px", "bytes", "decode", "measure", "summary", "apart", "one call", "apart/one", "plain/one"].concat([
    "polar",
    "plain/polar",
    "all",
    "all/lz4",
    "lz4",
    "copy",
    "encode",
  ]),
);

table.head();
for (const type of TYPES)
  for (const counts of DOSES) {
    const frames = Array.from({ length: FRAMES }, (_, i) => aPattern(type, counts, i + 1));
    const payloads = frames.map((pixels) => encodeBslz4(pixels, BYTES_PER_PIXEL[type]));
    const fast = timesOf(wasm, type, payloads, WINDOWS);
    const slow = timesOf(plain, type, payloads, PLAIN_WINDOWS);
    const encode = bestMicroseconds(() => encodeBslz4(frames[0] as PixelArray, BYTES_PER_PIXEL[type]), 4);
    const to = pixelArray(type, SIZE * SIZE);
    const copy = bestMicroseconds(() => to.set(frames[0] as PixelArray), 4);
    const bytes = Math.round(payloads.reduce((sum, p) => sum + p.length, 0) / FRAMES);
    const { decode, measure, accumulate, process: one, polar, lz4 } = fast;
    const apart = decode + measure + accumulate;
    const all = one + polar;
    const ratios = [apart / one, slow.process / one, polar, slow.polar / polar];
    table.row([type, counts, bytes, decode, measure, accumulate, apart, one, ...ratios, all, all / lz4, lz4, copy, encode]);
  }

import type { FrameShape, PixelArray } from "../core/frame.js";
import { BYTES_PER_PIXEL, frameBytes, PIXEL_TYPES, pixelArray, sameFrame } from "../core/frame.js";
import { emptySummary } from "./accumulate-frame.js";
import type { KernelInstance, KernelModule } from "./kernel-module.js";
import { instantiateKernels } from "./kernel-module.js";
import { squaredRadius, writeMeasures } from "./measure-frame.js";
import type { LaneSetup, PixelLane } from "./pixel-lane.js";
import {
  ADF_EDGE,
  checkSetup,
  checkShape,
  DECODED,
  DISK_EDGE,
  MAX_LANE_PIXELS,
  MEASURES,
  payloadLimit,
  SIZE_MISMATCH,
  TOO_LARGE,
  TRUNCATED,
} from "./pixel-lane.js";
import type { Summary } from "./summarise.js";

/** Bytes after each buffer that vectors may touch (PAD in wasm/codes.ts). */
const PAD = 64;

/** Addresses in the memory of the kernels: [answers | mask | summary | frame | payload | scratch]; the last two move with each payload. */
interface Layout {
  readonly mask: number;
  readonly sum: number;
  readonly squares: number;
  readonly max: number;
  readonly missed: number;
  readonly quickSum: number;
  readonly quickSquares: number;
  readonly frame: number;
}

/** Room for bytes and their padding, in whole vectors. */
const room = (bytes: number): number => Math.ceil(bytes / 16) * 16 + PAD;

function layOut(base: number, setup: LaneSetup): Layout {
  const size = BYTES_PER_PIXEL[setup.type];
  // Tail vectors span up to 16 pixels, in each of the arrays.
  const count = setup.height * setup.width + 16;
  let end = base;
  const take = (bytes: number): number => {
    const at = end;
    end += room(bytes);
    return at;
  };
  const mask = take(count * size);
  const [sum, squares, max, missed] = [take(8 * count), take(8 * count), take(size * count), take(4 * count)];
  const small = size < 4 ? count : 0;
  const [quickSum, quickSquares] = [take(4 * small), take(4 * size * small)];
  return { mask, sum, squares, max, missed, quickSum, quickSquares, frame: end };
}

class WasmLane implements PixelLane {
  readonly #kernels: KernelInstance;
  readonly #answers: number;
  #setup: LaneSetup | null = null;
  /** null: nothing set up, or no memory for it. */
  #layout: Layout | null = null;
  #decoded: FrameShape | null = null;
  /** Where decoded pixels go. */
  #frame: number;
  /** Pixels that the mask admits. */
  #admitted = 0;
  #frames = 0;
  /** Frames for which the masked pixels are already counted as missed: the mask may change under way. */
  #counted = 0;

  constructor(module: KernelModule) {
    this.#kernels = instantiateKernels(module);
    this.#answers = Math.ceil(this.#kernels.run.base() / 16) * 16;
    this.#frame = this.#answers + room(8 * MEASURES.length);
  }

  configure(next: LaneSetup): void {
    checkSetup(next);
    const same = this.#setup !== null && sameFrame(this.#setup, next);
    this.#decoded = null;
    if (same) this.#countMasked();
    this.#setup = { ...next, mask: next.mask === null ? null : next.mask.slice() };
    if (!same) this.#layOut(this.#setup);
    if (this.#layout === null) return;
    this.#writeMask(this.#layout, this.#setup);
    const { height, width, type, low, high } = next;
    this.#kernels.run.setUp(PIXEL_TYPES.indexOf(type), height, width, low, high, this.#layout.mask, this.#frame);
    if (!same) this.resetSummary();
  }

  decode(payload: Uint8Array, shape: FrameShape): number {
    this.#decoded = null;
    const fault = checkShape(shape);
    if (fault !== DECODED) return fault;
    if (payload.length > payloadLimit(shape)) return SIZE_MISMATCH;
    const bytes = frameBytes(shape);
    const packed = this.#frame + room(bytes);
    const scratch = packed + room(payload.length);
    const refused = this.#layout === null && this.#setup !== null && sameFrame(this.#setup, shape);
    if (refused || !this.#kernels.reserve(scratch + room(bytes))) return TOO_LARGE;
    const code = this.#unpack(payload, shape, bytes, packed, scratch);
    if (code !== DECODED) return code;
    if (shape.bigEndian) this.#kernels.run.swapBytes(this.#frame, bytes, BYTES_PER_PIXEL[shape.type]);
    this.#decoded = shape;
    return DECODED;
  }

  pixels(): PixelArray {
    const shape = this.#decoded;
    if (shape === null) throw new Error("no decoded frame");
    return pixelArray(shape.type, shape.height * shape.width, this.#kernels.bytes().buffer, this.#frame);
  }

  measure(out: Float64Array, offset: number, row: number, col: number, radius: number): void {
    this.#ready();
    const adf = squaredRadius(ADF_EDGE * radius);
    this.#kernels.run.measure(row, col, squaredRadius(radius), adf, squaredRadius(DISK_EDGE * radius), this.#answers);
    const found = new Float64Array(this.#kernels.bytes().buffer, this.#answers, MEASURES.length);
    if (found[9] === this.#admitted) found[8] = Number.NaN;
    writeMeasures(found, row, col, out, offset);
  }

  accumulate(): void {
    this.#ready();
    this.#kernels.run.accumulate();
    this.#frames++;
  }

  summary(): Summary {
    const [setup, layout] = [this.#setup, this.#layout];
    if (setup === null || layout === null) return emptySummary(0, 0);
    const { height, width, type, mask } = setup;
    const count = height * width;
    this.#kernels.run.settle();
    const { buffer } = this.#kernels.bytes();
    const missed = new Uint32Array(buffer, layout.missed, count);
    const valid = new Uint32Array(count);
    const max = Float64Array.from(pixelArray(type, count, buffer, layout.max));
    for (let i = 0; i < count; i++) {
      const masked = mask !== null && mask[i] !== 0 ? this.#frames - this.#counted : 0;
      valid[i] = this.#frames - missed[i] - masked;
      if (valid[i] === 0) max[i] = Number.NaN;
    }
    const sum = new Float64Array(buffer, layout.sum, count).slice();
    const squares = new Float64Array(buffer, layout.squares, count).slice();
    return { height, width, frames: this.#frames, sum, squares, max, valid };
  }

  resetSummary(): void {
    this.#frames = 0;
    this.#counted = 0;
    if (this.#layout === null) return;
    this.#kernels.bytes().fill(0, this.#layout.sum, this.#layout.frame);
    this.#kernels.run.begin();
  }

  #layOut(setup: LaneSetup): void {
    const start = this.#answers + room(8 * MEASURES.length);
    const layout = setup.height * setup.width <= MAX_LANE_PIXELS ? layOut(start, setup) : null;
    this.#layout = layout !== null && this.#kernels.reserve(layout.frame) ? layout : null;
    this.#frame = this.#layout?.frame ?? start;
    if (this.#layout === null) return;
    const { sum, squares, quickSum, quickSquares, max, missed } = this.#layout;
    this.#kernels.run.setSummary(sum, squares, quickSum, quickSquares, max, missed);
  }

  #writeMask({ mask: at }: Layout, { height, width, type, mask }: LaneSetup): void {
    const size = BYTES_PER_PIXEL[type];
    const bytes = this.#kernels.bytes();
    this.#admitted = height * width;
    bytes.fill(0, at, at + size * height * width);
    for (let i = 0; mask !== null && i < mask.length; i++) {
      if (mask[i] === 0) continue;
      bytes.fill(255, at + size * i, at + size * (i + 1));
      this.#admitted--;
    }
  }

  /** Counts the frames of the mask that is about to go as missed by its pixels. */
  #countMasked(): void {
    const [setup, layout] = [this.#setup, this.#layout];
    const frames = this.#frames - this.#counted;
    this.#counted = this.#frames;
    if (layout === null || setup === null || setup.mask === null) return;
    const missed = new Uint32Array(this.#kernels.bytes().buffer, layout.missed, setup.mask.length);
    for (let i = 0; i < missed.length; i++) if (setup.mask[i] !== 0) missed[i] += frames;
  }

  #unpack(payload: Uint8Array, shape: FrameShape, bytes: number, packed: number, scratch: number): number {
    const { bytes: memory, run } = this.#kernels;
    const { length } = payload;
    if (shape.encoding === "none") {
      if (length !== bytes) return length < bytes ? TRUNCATED : SIZE_MISMATCH;
      memory().set(payload, this.#frame);
      return DECODED;
    }
    memory().set(payload, packed);
    switch (shape.encoding) {
      case "lz4-block":
        return run.decodeLz4(packed, packed + length, this.#frame, bytes);
      case "lz4-hdf5":
        return run.decodeLz4Hdf5(packed, length, this.#frame, bytes);
      case "bslz4":
        return run.decodeBslz4(packed, length, this.#frame, bytes, scratch, shape.element);
    }
  }

  #ready(): void {
    if (this.#setup === null || this.#decoded === null || !sameFrame(this.#setup, this.#decoded))
      throw new Error("no decoded frame of the kind that was set up");
  }
}

/**
 * A pixel lane in WebAssembly (wasm/): the fast one. `module`: compiled dist/wasm/kernels.wasm, see compileKernels.
 * Holds about 30 bytes per pixel once set up, and grows with the frames and payloads it is given.
 */
export const createWasmLane = (module: KernelModule): PixelLane => new WasmLane(module);

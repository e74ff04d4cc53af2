import type { FrameShape, PixelArray } from "../core/frame.js";
import { BYTES_PER_PIXEL, frameBytes, PIXEL_TYPES, pixelArray, sameFrame } from "../core/frame.js";
import { emptySummary } from "./accumulate-frame.js";
import type { KernelInstance, KernelModule } from "./kernel-module.js";
import { instantiateKernels } from "./kernel-module.js";
import { type Layout, layOut, looksSparse, room } from "./lane-layout.js";
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

/** What the kernels answer to a frame that is not sparse (wasm/codes.ts). */
const CROWDED = 1;
/** Frames that are not even tried after one that looked sparse and was not. */
const CROWDED_FRAMES = 255;

class WasmLane implements PixelLane {
  readonly #kernels: KernelInstance;
  readonly #answers: number;
  /** What the kernels answer, in a memory that moves when it grows. */
  #found: Float64Array = new Float64Array();
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
  /** Frames still to be done the dense way. */
  #crowded = 0;

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
    const fault = this.#reserve(payload, shape);
    return fault === DECODED ? this.#decode(payload, shape) : fault;
  }

  #decode(payload: Uint8Array, shape: FrameShape): number {
    const code = this.#unpack(payload, shape);
    if (code !== DECODED) return code;
    if (shape.bigEndian) this.#kernels.run.swapBytes(this.#frame, frameBytes(shape), BYTES_PER_PIXEL[shape.type]);
    this.#decoded = shape;
    return DECODED;
  }

  process(
    payload: Uint8Array,
    shape: FrameShape,
    accumulate: boolean,
    out: Float64Array,
    offset: number,
    row: number,
    col: number,
    radius: number,
  ): number {
    this.#decoded = null;
    const fault = this.#reserve(payload, shape);
    if (fault !== DECODED) return fault;
    if (this.#isSparse(payload, shape)) {
      const code = this.#processSparse(payload, shape, accumulate, out, offset, row, col, radius);
      if (code !== CROWDED) return code;
      this.#crowded = CROWDED_FRAMES;
    }
    const code = this.#decode(payload, shape);
    if (code !== DECODED) return code;
    this.#measure(accumulate, out, offset, row, col, radius);
    this.#decoded = null;
    return DECODED;
  }

  pixels(): PixelArray {
    const shape = this.#decoded;
    if (shape === null) throw new Error("no decoded frame");
    return pixelArray(shape.type, shape.height * shape.width, this.#kernels.bytes().buffer, this.#frame);
  }

  measure(out: Float64Array, offset: number, row: number, col: number, radius: number): void {
    this.#measure(false, out, offset, row, col, radius);
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
    this.#kernels.bytes().fill(0, this.#layout.sum, this.#layout.planes);
    this.#kernels.run.begin();
  }

  #layOut(setup: LaneSetup): void {
    const start = this.#answers + room(8 * MEASURES.length);
    const layout = setup.height * setup.width <= MAX_LANE_PIXELS ? layOut(start, setup) : null;
    this.#layout = layout !== null && this.#kernels.reserve(layout.frame) ? layout : null;
    this.#frame = this.#layout?.frame ?? start;
    if (this.#layout === null) return;
    const { sum, squares, quickSum, quickSquares, max, missed, tally, planes, ones, admitted, events, capacity } = this.#layout;
    this.#kernels.run.setSummary(sum, squares, quickSum, quickSquares, max, missed, tally);
    this.#kernels.run.setPlanes(setup.height * setup.width, planes, ones, admitted, events, capacity);
    this.#crowded = 0;
  }

  #writeMask({ mask: at, admitted, capacity }: Layout, { height, width, type, mask }: LaneSetup): void {
    const size = BYTES_PER_PIXEL[type];
    const bytes = this.#kernels.bytes();
    this.#admitted = height * width;
    bytes.fill(0, at, at + size * height * width);
    if (capacity > 0) bytes.fill(255, admitted, admitted + Math.ceil((height * width) / 8));
    for (let i = 0; mask !== null && i < mask.length; i++) {
      if (mask[i] === 0) continue;
      bytes.fill(255, at + size * i, at + size * (i + 1));
      if (capacity > 0) bytes[admitted + (i >> 3)] &= ~(1 << (i & 7));
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

  /** Memory for a payload and its frame: 0, or a code of DECODE_ERRORS. */
  #reserve(payload: Uint8Array, shape: FrameShape): number {
    const fault = checkShape(shape);
    if (fault !== DECODED) return fault;
    if (payload.length > payloadLimit(shape)) return SIZE_MISMATCH;
    const refused = this.#layout === null && this.#setup !== null && sameFrame(this.#setup, shape);
    const end = this.#scratch(payload, shape) + room(frameBytes(shape));
    return refused || !this.#kernels.reserve(end) ? TOO_LARGE : DECODED;
  }

  #packed = (shape: FrameShape): number => this.#frame + room(frameBytes(shape));
  #scratch = (payload: Uint8Array, shape: FrameShape): number => this.#packed(shape) + room(payload.length);

  #unpack(payload: Uint8Array, shape: FrameShape): number {
    const { bytes: memory, run } = this.#kernels;
    const { length } = payload;
    const bytes = frameBytes(shape);
    if (shape.encoding === "none") {
      if (length !== bytes) return length < bytes ? TRUNCATED : SIZE_MISMATCH;
      memory().set(payload, this.#frame);
      return DECODED;
    }
    const packed = this.#packed(shape);
    memory().set(payload, packed);
    switch (shape.encoding) {
      case "lz4-block":
        return run.decodeLz4(packed, packed + length, this.#frame, bytes);
      case "lz4-hdf5":
        return run.decodeLz4Hdf5(packed, length, this.#frame, bytes);
      case "bslz4":
        return run.decodeBslz4(packed, length, this.#frame, bytes, this.#scratch(payload, shape), shape.element);
    }
  }

  #isSparse({ length }: Uint8Array, shape: FrameShape): boolean {
    if (this.#crowded > 0) {
      this.#crowded--;
      return false;
    }
    return this.#layout !== null && this.#setup !== null && sameFrame(this.#setup, shape) && looksSparse(length, shape);
  }

  #processSparse(
    payload: Uint8Array,
    shape: FrameShape,
    accumulate: boolean,
    out: Float64Array,
    offset: number,
    row: number,
    col: number,
    radius: number,
  ): number {
    const packed = this.#packed(shape);
    const scratch = this.#scratch(payload, shape);
    this.#kernels.bytes().set(payload, packed);
    const [bf, adf, disk] = [squaredRadius(radius), squaredRadius(ADF_EDGE * radius), squaredRadius(DISK_EDGE * radius)];
    const code = this.#kernels.run.processSparse(
      packed,
      payload.length,
      scratch,
      row,
      col,
      bf,
      adf,
      disk,
      accumulate ? 1 : 0,
      this.#answers,
    );
    if (code !== DECODED) return code;
    this.#answer(row, col, out, offset);
    if (accumulate) this.#frames++;
    return DECODED;
  }

  /** Measures the decoded frame and, if `add`, adds it to the summary. */
  #measure(add: boolean, out: Float64Array, offset: number, row: number, col: number, radius: number): void {
    this.#ready();
    const [bf, adf, disk] = [squaredRadius(radius), squaredRadius(ADF_EDGE * radius), squaredRadius(DISK_EDGE * radius)];
    this.#kernels.run.measure(row, col, bf, adf, disk, add ? 1 : 0, this.#answers);
    this.#answer(row, col, out, offset);
    if (add) this.#frames++;
  }

  /** From what the kernels have found to MEASURES. */
  #answer(row: number, col: number, out: Float64Array, offset: number): void {
    const { buffer } = this.#kernels.bytes();
    if (this.#found.buffer !== buffer) this.#found = new Float64Array(buffer, this.#answers, MEASURES.length);
    if (this.#found[9] === this.#admitted) this.#found[8] = Number.NaN;
    writeMeasures(this.#found, row, col, out, offset);
  }

  #ready(): void {
    if (this.#setup === null || this.#decoded === null || !sameFrame(this.#setup, this.#decoded))
      throw new Error("no decoded frame of the kind that was set up");
  }
}

/**
 * A pixel lane in WebAssembly (wasm/): the fast one. `module`: compiled dist/wasm/kernels.wasm, see compileKernels.
 * Holds about 40 bytes per pixel once set up, and grows with the frames and payloads it is given.
 */
export const createWasmLane = (module: KernelModule): PixelLane => new WasmLane(module);

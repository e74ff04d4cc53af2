import type { FrameShape, PixelArray } from "../core/frame.js";
import { frameBytes, PIXEL_TYPES, pixelArray, sameFrame } from "../core/frame.js";
import { emptySummary } from "./accumulate-frame.js";
import type { KernelInstance, KernelModule } from "./kernel-module.js";
import { instantiateKernels } from "./kernel-module.js";
import { type Layout, layOut, looksSparse, readSummary, room, writeMask } from "./lane-layout.js";
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
} from "./pixel-lane.js";
import type { PolarSetup } from "./polar-bins.js";
import type { Summary } from "./summarise.js";
import { unpackPayload } from "./unpack-payload.js";
import { WasmPolar } from "./wasm-polar.js";

/** What the kernels answer to a frame that is not sparse (wasm/codes.ts). */
const CROWDED = 1;
/** Measured without being built. */
const SPARSE = 2;
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
  #polar: WasmPolar | null = null;
  /** Frames still to be done the dense way. */
  #crowded = 0;

  constructor(module: KernelModule) {
    this.#kernels = instantiateKernels(module);
    this.#answers = Math.ceil(this.#kernels.run.base() / 16) * 16;
    this.#frame = this.#start();
  }

  configure(next: LaneSetup): void {
    checkSetup(next);
    const same = this.#setup !== null && sameFrame(this.#setup, next);
    this.#decoded = null;
    if (same) this.#countMasked();
    this.#setup = { ...next, mask: next.mask === null ? null : next.mask.slice() };
    this.#polar?.forgetPixels();
    if (!same) this.#layOut(this.#setup);
    if (this.#layout === null) return;
    this.#admitted = writeMask(this.#kernels.bytes(), this.#layout, this.#setup);
    this.#setUp(next, this.#layout);
    if (!same) this.resetSummary();
  }

  decode(payload: Uint8Array, shape: FrameShape): number {
    this.#decoded = null;
    const fault = this.#reserve(payload, shape);
    return fault === DECODED ? this.#decode(payload, shape) : fault;
  }

  #decode(payload: Uint8Array, shape: FrameShape): number {
    const code = unpackPayload(this.#kernels, payload, shape, this.#frame, this.#packed(payload, shape), this.#scratch(payload, shape));
    if (code === DECODED) this.#decoded = shape;
    return code;
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
    polarRow: number,
  ): number {
    const polar = polarRow < 0 ? null : this.#bins();
    polar?.check(polarRow);
    const code = polar?.ready === false ? TOO_LARGE : this.#process(payload, shape, accumulate, out, offset, row, col, radius);
    if (code < 0) polar?.clear(polarRow);
    else polar?.count(polarRow, code === SPARSE, row, col, out[offset]);
    return Math.min(code, DECODED);
  }

  /** A negative code of DECODE_ERRORS, DECODED, or SPARSE. */
  #process(
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
      if (code !== CROWDED) return code === DECODED ? SPARSE : code;
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

  setPolar(setup: PolarSetup | null): void {
    this.#polar = setup === null ? null : new WasmPolar(this.#kernels, setup);
    this.#decoded = null;
    this.#placePolar();
    if (this.#setup !== null && this.#layout !== null) this.#setUp(this.#setup, this.#layout);
  }

  polarBatch(): Float32Array {
    return this.#bins().batch();
  }

  polarPixels(row: number, col: number): Float32Array {
    if (this.#setup === null) throw new Error("no frame set up");
    return this.#bins().pixels(this.#setup, row, col);
  }

  polarEvents(polarRow: number, out: Uint16Array): number {
    return this.#bins().events(polarRow, out);
  }

  summary(): Summary {
    const [setup, layout] = [this.#setup, this.#layout];
    if (setup === null || layout === null) return emptySummary(0, 0);
    this.#kernels.run.settle();
    return readSummary(this.#kernels.bytes(), layout, setup, this.#frames, this.#counted);
  }

  resetSummary(): void {
    this.#frames = 0;
    this.#counted = 0;
    if (this.#layout === null) return;
    this.#kernels.bytes().fill(0, this.#layout.sum, this.#layout.planes);
    this.#kernels.run.begin();
  }

  #layOut(setup: LaneSetup): void {
    const layout = setup.height * setup.width <= MAX_LANE_PIXELS ? layOut(this.#start(), setup) : null;
    this.#layout = layout !== null && this.#kernels.reserve(layout.frame) ? layout : null;
    this.#placePolar();
    if (this.#layout === null) return;
    const { sum, squares, quickSum, quickSquares, max, missed, tally, planes, ones, admitted, events, capacity } = this.#layout;
    this.#kernels.run.setSummary(sum, squares, quickSum, quickSquares, max, missed, tally);
    this.#kernels.run.setPlanes(setup.height * setup.width, planes, ones, admitted, events, capacity);
    this.#crowded = 0;
  }

  #start = (): number => this.#answers + room(8 * MEASURES.length);

  /** Frames lie behind the polar bins. */
  #placePolar(): void {
    const end = this.#layout?.frame ?? this.#start();
    this.#frame = this.#polar?.place(end) ?? end;
  }

  #setUp({ height, width, type, low, high }: LaneSetup, { mask }: Layout): void {
    this.#kernels.run.setUp(PIXEL_TYPES.indexOf(type), height, width, low, high, mask, this.#frame);
  }

  #bins(): WasmPolar {
    if (this.#polar === null) throw new Error("no polar bins set up");
    return this.#polar;
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

  /** Where the payload is copied to: as far from a multiple of 8 as it was, or shared memory is copied byte by byte (measured: 0.9 µs for 5 kB). */
  #packed = ({ byteOffset }: Uint8Array, shape: FrameShape): number => this.#frame + room(frameBytes(shape)) + (byteOffset & 7);
  #scratch = ({ length }: Uint8Array, shape: FrameShape): number => this.#frame + room(frameBytes(shape)) + room(length + 8);

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
    const packed = this.#packed(payload, shape);
    const scratch = this.#scratch(payload, shape);
    this.#kernels.bytes().set(payload, packed);
    const code = this.#kernels.run.processSparse(
      packed,
      payload.length,
      scratch,
      row,
      col,
      squaredRadius(radius),
      squaredRadius(ADF_EDGE * radius),
      squaredRadius(DISK_EDGE * radius),
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
    const bf = squaredRadius(radius);
    const adf = squaredRadius(ADF_EDGE * radius);
    const disk = squaredRadius(DISK_EDGE * radius);
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

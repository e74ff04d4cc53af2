import type { FrameShape, PixelArray } from "../core/frame.js";
import { frameBytes, PIXEL_TYPES, pixelArray, sameFrame } from "../core/frame.js";
import type { KernelInstance, KernelModule } from "./kernel-module.js";
import { instantiateKernels } from "./kernel-module.js";
import { LaneAnswers } from "./lane-answers.js";
import { ABOUT, type Layout, layOut, room, writeMask } from "./lane-layout.js";
import type { LaneSetup, PixelLane } from "./pixel-lane.js";
import { checkSetup, checkShape, checkStaged, DECODED, MAX_LANE_PIXELS, payloadLimit, SIZE_MISMATCH, TOO_LARGE } from "./pixel-lane.js";
import type { PolarSetup } from "./polar-bins.js";
import { SparseWay } from "./sparse-way.js";
import { StagedBytes } from "./staged-bytes.js";
import type { Summary } from "./summarise.js";
import { unpackPayload } from "./unpack-payload.js";
import { WasmPolar } from "./wasm-polar.js";
import { WasmSummary } from "./wasm-summary.js";

/** What the kernels answer to a frame that is not sparse (wasm/codes.ts). */
const CROWDED = 1;
/** Measured without being built. */
const SPARSE = 2;
const NOT_SET_UP = "no decoded frame of the kind that was set up";

class WasmLane implements PixelLane {
  readonly #kernels: KernelInstance;
  readonly #answers: LaneAnswers;
  #setup: LaneSetup | null = null;
  /** null: nothing set up, or no memory for it. */
  #layout: Layout | null = null;
  #decoded: FrameShape | null = null;
  /** Where decoded pixels go. */
  #frame: number;
  /** Pixels that the mask admits. */
  #admitted = 0;
  readonly #summary: WasmSummary;
  #polar: WasmPolar | null = null;
  readonly #way = new SparseWay();
  #sparse = 0;
  readonly #staged: StagedBytes;
  readonly #centre = new Float64Array(2);

  constructor(module: KernelModule) {
    this.#kernels = instantiateKernels(module);
    this.#summary = new WasmSummary(this.#kernels);
    this.#staged = new StagedBytes(this.#kernels);
    this.#answers = new LaneAnswers(this.#kernels);
    this.#frame = this.#start();
  }

  configure(next: LaneSetup): void {
    checkSetup(next);
    const same = this.#setup !== null && sameFrame(this.#setup, next);
    this.#decoded = null;
    if (same) this.#summary.countMasked(this.#setup, this.#layout);
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
    const staged = this.#staged;
    staged.length = 0;
    const fault = this.#check(payload.length, shape);
    if (fault !== DECODED) return fault;
    return staged.put(payload, this.#frame, frameBytes(shape)) ? this.#decode(staged.packed, payload.length, shape) : TOO_LARGE;
  }

  #decode(packed: number, length: number, shape: FrameShape): number {
    const code = unpackPayload(this.#kernels, length, shape, this.#frame, packed, this.#staged.scratch);
    if (code === DECODED) this.#decoded = shape;
    return code;
  }

  stage(bytes: Uint8Array, radius: number): boolean {
    this.#decoded = null;
    if (this.#setup === null) throw new Error(NOT_SET_UP);
    const fits = this.#layout !== null && this.#staged.put(bytes, this.#frame, frameBytes(this.#setup));
    this.#staged.length = fits ? bytes.length : 0;
    this.#answers.radius = radius;
    return fits;
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
    if (!(polarRow < 0)) this.#bins().check(polarRow);
    // What is too large is not copied to find that out.
    const fault = this.#check(payload.length, shape);
    const staged = fault === DECODED && this.stage(payload, radius);
    this.#centre[0] = row;
    this.#centre[1] = col;
    const code = fault === DECODED && !staged ? TOO_LARGE : fault;
    return this.#processAt(code, 0, payload.length, shape, accumulate, out, offset, this.#centre, 0, polarRow);
  }

  processAt(
    from: number,
    length: number,
    shape: FrameShape,
    accumulate: boolean,
    out: Float64Array,
    offset: number,
    centre: Float64Array,
    at: number,
    polarRow: number,
  ): number {
    checkStaged(from, length, this.#staged.length);
    return this.#processAt(this.#check(length, shape), from, length, shape, accumulate, out, offset, centre, at, polarRow);
  }

  #processAt(
    fault: number,
    from: number,
    length: number,
    shape: FrameShape,
    accumulate: boolean,
    out: Float64Array,
    offset: number,
    centre: Float64Array,
    at: number,
    polarRow: number,
  ): number {
    const polar = polarRow < 0 ? null : this.#bins();
    polar?.check(polarRow);
    let code = polar?.ready === false ? TOO_LARGE : fault;
    if (code === DECODED) {
      this.#answers.ask(centre, at);
      code = this.#process(from, length, shape, accumulate);
    }
    if (code < 0) polar?.clear(polarRow);
    else {
      this.#answers.write(out, offset, this.#admitted);
      polar?.count(polarRow, code === SPARSE, this.#answers);
    }
    return Math.min(code, DECODED);
  }

  /** A negative code of DECODE_ERRORS, DECODED, or SPARSE. Makes nothing per frame: numbers that are no small integers go by way of the memory of the kernels. */
  #process(from: number, length: number, shape: FrameShape, accumulate: boolean): number {
    this.#decoded = null;
    if (this.#setup === null || !sameFrame(this.#setup, shape)) throw new Error(NOT_SET_UP);
    const { packed: first, scratch } = this.#staged;
    const packed = first + from;
    const add = accumulate ? 1 : 0;
    const { run } = this.#kernels;
    let code = CROWDED;
    if (this.#way.takes(length, shape)) {
      code = run.processSparse(packed, length, scratch, add, this.#answers.at);
      if (code === CROWDED) this.#way.crowded();
      else if (code === DECODED) {
        code = SPARSE;
        this.#sparse++;
      }
    }
    if (code === CROWDED) {
      code = this.#decode(packed, length, shape);
      this.#decoded = null;
      if (code === DECODED) run.measure(add, this.#answers.at);
    }
    if (accumulate && code >= 0) this.#summary.added();
    return code;
  }

  pixels(): PixelArray {
    const shape = this.#decoded;
    if (shape === null) throw new Error("no decoded frame");
    return pixelArray(shape.type, shape.height * shape.width, this.#kernels.bytes().buffer, this.#frame);
  }

  measure(out: Float64Array, offset: number, row: number, col: number, radius: number): void {
    this.#ready();
    this.#answers.radius = radius;
    this.#centre[0] = row;
    this.#centre[1] = col;
    this.#answers.ask(this.#centre, 0);
    this.#kernels.run.measure(0, this.#answers.at);
    this.#answers.write(out, offset, this.#admitted);
  }

  accumulate(): void {
    this.#ready();
    this.#kernels.run.accumulate();
    this.#summary.added();
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

  polarBytes(rows: number): Uint8Array | null {
    return this.#bins().bytes(rows);
  }

  polarPixels(row: number, col: number): Float32Array {
    if (this.#setup === null) throw new Error("no frame set up");
    return this.#bins().pixels(this.#setup, row, col);
  }

  polarEvents(polarRow: number, out: Uint16Array): number {
    return this.#bins().events(polarRow, out);
  }

  summary(): Summary {
    return this.#summary.read(this.#setup, this.#layout);
  }

  get sparseFrames(): number {
    return this.#sparse;
  }

  resetSummary(): void {
    this.#way.reset();
    this.#summary.reset(this.#layout);
  }

  #layOut(setup: LaneSetup): void {
    const layout = setup.height * setup.width <= MAX_LANE_PIXELS ? layOut(this.#start(), setup) : null;
    this.#layout = layout !== null && this.#kernels.reserve(layout.frame) ? layout : null;
    this.#placePolar();
    if (this.#layout === null) return;
    const { sum, squares, quickSum, quickSquares, max, missed, tally, planes, ones, admitted, events, capacity } = this.#layout;
    this.#kernels.run.setSummary(sum, squares, quickSum, quickSquares, max, missed, tally);
    this.#kernels.run.setPlanes(setup.height * setup.width, planes, ones, admitted, events, capacity);
  }

  #start = (): number => this.#answers.at + room(8 * ABOUT.count);

  /** Frames lie behind the polar bins. */
  #placePolar(): void {
    this.#staged.length = 0;
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

  /** What can be said of a payload by its length: 0, or a code of DECODE_ERRORS. */
  #check(length: number, shape: FrameShape): number {
    const fault = checkShape(shape);
    if (fault !== DECODED) return fault;
    if (length > payloadLimit(shape)) return SIZE_MISMATCH;
    const refused = this.#layout === null && this.#setup !== null && sameFrame(this.#setup, shape);
    return refused ? TOO_LARGE : DECODED;
  }

  #ready(): void {
    if (this.#setup === null || this.#decoded === null || !sameFrame(this.#setup, this.#decoded)) throw new Error(NOT_SET_UP);
  }
}

/**
 * A pixel lane in WebAssembly (wasm/): the fast one. `module`: compiled dist/wasm/kernels.wasm, see compileKernels.
 * Holds about 40 bytes per pixel once set up, and grows with the frames and payloads it is given.
 */
export const createWasmLane = (module: KernelModule): PixelLane => new WasmLane(module);

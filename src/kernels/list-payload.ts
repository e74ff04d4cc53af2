import type { FrameShape } from "../core/frame.js";
import { frameBytes, PIXEL_TYPES, pixelArray, sameFrame } from "../core/frame.js";
import type { KernelInstance } from "./kernel-module.js";
import { type Layout, layOut, room, sparseness, writeMask } from "./lane-layout.js";
import { listCounts } from "./list-counts.js";
import { checkSetup, checkShape, DECODED, type LaneSetup, payloadLimit } from "./pixel-lane.js";
import { unpackPayload } from "./unpack-payload.js";

/** Entries per pixel for which room is made; more: the pixels are no counts of electrons. */
const MOST_ENTRIES = 64;
/** Highest value of a pixel of 32 bits. */
const HIGHEST = 2 ** 32 - 1;

/** Lists the counts of frames as they were received; sparse ones are not built. The order is that of listCounts. */
export class PayloadLister {
  readonly #kernels: KernelInstance;
  #setup: LaneSetup | null = null;
  #layout: Layout | null = null;
  #kept = 0;
  #high = 0;
  /** Entries that fit. */
  #entries = 0;

  /** `kernels`: an instance that nothing else uses. */
  constructor(kernels: KernelInstance) {
    this.#kernels = kernels;
  }

  /** Frames of this size and type; `high` and mask say which pixels count. Throws RangeError on a set-up that cannot be. */
  configure(setup: LaneSetup): void {
    checkSetup(setup);
    const { height, width, type, mask } = setup;
    const count = height * width;
    const { run } = this.#kernels;
    const layout = layOut(Math.ceil(run.base() / 16) * 16, setup);
    this.#kept = layout.frame;
    const frame = this.#kept + room(count);
    this.#setup = setup;
    this.#layout = this.#kernels.reserve(frame) ? { ...layout, frame } : null;
    this.#entries = count;
    this.#high = Math.max(0, Math.min(HIGHEST, Math.floor(setup.high)));
    if (!this.#layout) return;
    const bytes = this.#kernels.bytes();
    bytes.fill(0, layout.mask, this.#kept);
    writeMask(bytes, layout, setup);
    for (let p = 0; p < count; p++) bytes[this.#kept + p] = mask === null || mask[p] === 0 ? 1 : 0;
    run.setPlanes(count, layout.planes, layout.ones, layout.admitted, layout.events, layout.capacity);
    run.setUp(PIXEL_TYPES.indexOf(type), height, width, 0, setup.high, layout.mask, frame);
  }

  /** The entries of a frame, until the next one is listed; null: it is not of the kind that was set up, cannot be decoded, holds what is no count, or there is no memory. */
  list(payload: Uint8Array, shape: FrameShape): Uint32Array | null {
    const [setup, layout] = [this.#setup, this.#layout];
    if (!setup || !layout || !sameFrame(setup, shape) || checkShape(shape) !== DECODED || payload.length > payloadLimit(shape)) return null;
    const most = MOST_ENTRIES * setup.height * setup.width;
    for (; this.#entries <= most; this.#entries *= 4) {
      const packed = layout.frame + room(frameBytes(shape));
      const scratch = packed + room(payload.length);
      const out = scratch + room(frameBytes(shape));
      if (!this.#kernels.reserve(out + 4 * this.#entries)) return null;
      const n = this.#list(payload, shape, layout, packed, scratch, out);
      if (n === null) return null;
      if (n >= 0) return new Uint32Array(this.#kernels.bytes().buffer, out, n);
    }
    this.#entries = setup.height * setup.width;
    return null;
  }

  /** How many there are; -1: they do not fit; null: the payload cannot be decoded. */
  #list(payload: Uint8Array, shape: FrameShape, layout: Layout, packed: number, scratch: number, out: number): number | null {
    const { run } = this.#kernels;
    this.#kernels.bytes().set(payload, packed);
    if (sparseness(payload.length, shape) < 1) {
      const n = run.listSparse(packed, payload.length, scratch, out, this.#entries);
      if (n >= 0) return n;
    }
    if (unpackPayload(this.#kernels, payload.length, shape, layout.frame, packed, scratch) !== DECODED) return null;
    const count = shape.height * shape.width;
    const type = PIXEL_TYPES.indexOf(shape.type);
    if (shape.type.startsWith("uint")) return run.listCounts(type, layout.frame, this.#kept, count, this.#high, out, this.#entries);
    const { buffer } = this.#kernels.bytes();
    const pixels = pixelArray(shape.type, count, buffer, layout.frame);
    return listCounts(pixels, new Uint8Array(buffer, this.#kept, count), this.#high, new Uint32Array(buffer, out, this.#entries));
  }
}

import type { FrameShape } from "../core/frame.js";
import { encodeBslz4 } from "../kernels/encode-bslz4.js";
import { FrameGatherer, type HeldFrames } from "./held-frames.js";
import { REF, SlabReader, SlabWriter, slabControl } from "./slab.js";

const [ROWS, COLUMNS, SIZE, RADIUS] = [40, 64, 120, 6];
const MIDDLE = (SIZE - 1) / 2;
const ELECTRONS = 300;
/** Shares of a frame: in the direct beam, and in its disks. The rest is anywhere. */
const DIRECT = 0.5;
const SPOTS = 0.9;
/** Axes of the crystals in disk radii, and their turns, rad; one in each quarter of the scan. */
const GRAINS = [
  [3.2, 3.2, 0.1],
  [3.2, 3.2, 0.6],
  [2.7, 4.4, 0.3],
  [4.1, 4.1, 0.9],
] as const;
/** Frames of each grain: its positions have them in turn. */
const FRAMES = 16;
const SEGMENT = 2 ** 20;

const shape: FrameShape = { height: SIZE, width: SIZE, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };

/** A scan that no microscope made: a few grains on a small detector, in a slab of its own. It is the same every time. */
export function madeUpScan() {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  function frame([a, b, turn]: readonly [number, number, number]): Uint16Array {
    const counts = new Uint16Array(SIZE * SIZE);
    for (let i = 0; i < ELECTRONS; i++) {
      const u = random();
      const order = (): number => Math.floor(3 * random()) - 1;
      const [x, y] = u < DIRECT || u >= SPOTS ? [0, 0] : [a * order(), b * order()];
      const reach = u < SPOTS ? RADIUS * Math.sqrt(random()) : MIDDLE * random();
      const angle = 2 * Math.PI * random();
      const row = MIDDLE + RADIUS * (x * Math.sin(turn) + y * Math.cos(turn)) + reach * Math.sin(angle);
      const col = MIDDLE + RADIUS * (x * Math.cos(turn) - y * Math.sin(turn)) + reach * Math.cos(angle);
      if (Math.abs(row - MIDDLE) < MIDDLE && Math.abs(col - MIDDLE) < MIDDLE)
        (counts[Math.round(row) * SIZE + Math.round(col)] as number) += 1;
    }
    return counts;
  }
  const control = slabControl();
  const slab = new SlabReader(control);
  const onBuffer = (slot: number, buffer: SharedArrayBuffer): void => slab.adopt(slot, buffer);
  const writer = new SlabWriter({ control, limitBytes: SEGMENT, keepBytes: SEGMENT, segmentBytes: SEGMENT, onBuffer });
  const refs = new Int32Array(REF.width * GRAINS.length * FRAMES);
  for (const [g, grain] of GRAINS.entries())
    for (let i = 0; i < FRAMES; i++) writer.append(encodeBslz4(frame(grain), 2), refs, REF.width * (g * FRAMES + i));
  const grainAt = (row: number, column: number): number => 2 * Number(2 * row >= ROWS) + Number(2 * column >= COLUMNS);
  const gatherer = new FrameGatherer(COLUMNS);
  const centre = Float64Array.of(MIDDLE, MIDDLE);
  return {
    rows: ROWS,
    columns: COLUMNS,
    radius: RADIUS,
    shape,
    slab,
    centre,
    /** [rows * columns] Number of the grain of each position. */
    grains: Int32Array.from({ length: ROWS * COLUMNS }, (_, at) => grainAt(Math.floor(at / COLUMNS), at % COLUMNS)),
    /** The frames of a row, until the next is asked for. */
    row(row: number): HeldFrames {
      gatherer.clear();
      for (let c = 0; c < COLUMNS; c++) {
        const at = REF.width * (grainAt(row, c) * FRAMES + ((7 * row + c) % FRAMES));
        gatherer.add(row, c, refs.subarray(at, at + REF.width), shape, centre);
      }
      return gatherer.held;
    },
  };
}

import { PLAIN_RASTER, type ScanGrid } from "../../src/core/scan.js";
import type { Knowledge } from "../../src/line/denoise-run.js";
import type { LaneSeries } from "../../src/line/messages.js";
import { REF, SlabReader, SlabWriter, slabControl } from "../../src/line/slab.js";
import { MapStore } from "../../src/maps/store.js";
import type { ScanFixture } from "../fixtures/scan.js";

const ROOM = 2 ** 26;
export const HIGH = 65533;

/** What a lane has to know of a scan. */
export const aboutScan = ({ size }: ScanFixture, series = 0): LaneSeries => ({
  series,
  height: size,
  width: size,
  type: "uint16",
  low: 0,
  high: HIGH,
  mount: { flipRows: false, flipCols: false, transpose: false },
  ellipse: [1, 0],
});

const aGrid = ({ rows, columns }: ScanFixture): ScanGrid => ({
  rows,
  columns,
  ...PLAIN_RASTER,
});

/** The frames of a scan in a slab, one image per position. */
export function framesInSlab(scan: ScanFixture) {
  const control = slabControl();
  const slab = new SlabReader(control);
  const onBuffer = (slot: number, buffer: SharedArrayBuffer): void => slab.adopt(slot, buffer);
  const writer = new SlabWriter({ control, limitBytes: ROOM, keepBytes: ROOM, segmentBytes: 2 ** 20, onBuffer });
  const refs = new Int32Array(REF.width * scan.payloads.length);
  for (const [i, payload] of scan.payloads.entries()) writer.append(payload, refs, REF.width * i);
  const store = new MapStore();
  return {
    slab,
    /** REF.width numbers per image. */
    refs,
    store,
    /** What whoever takes rows of the scan needs of it. */
    rows: {
      about: aboutScan(scan),
      grid: aGrid(scan),
      maps: store.add("a", scan.rows, scan.columns, () => ({}) as never),
      revisionBase: 0,
      slab,
      eachImage: (at: number, visit: (image: number) => void) => visit(at),
      ref: (image: number, out: Int32Array, at: number) => {
        out.set(refs.subarray(REF.width * image, REF.width * (image + 1)), at);
        return true;
      },
      shape: () => scan.shape,
      centreOf: (_: number, at: number, out: Float64Array, i: number) => out.set(scan.centre.subarray(2 * at, 2 * at + 2), 2 * i),
      onCrash: (e: unknown) => {
        throw e;
      },
    },
    known: (epoch = 0): Knowledge => ({
      mask: { version: 0, mask: null },
      radius: scan.radius,
      epoch,
      centreOf: (_: number, at: number, out: Float64Array, i: number) => out.set(scan.centre.subarray(2 * at, 2 * at + 2), 2 * i),
    }),
    /** Frames that are no longer kept. */
    lose: (...images: number[]): void => {
      for (const image of images) refs[REF.width * image + REF.serial] = -1;
    },
  };
}

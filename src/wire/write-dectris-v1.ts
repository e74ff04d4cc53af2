import type { FrameShape, PixelType } from "../core/frame.js";
import { bitDepth, writeEncoding } from "./encoding-name.js";
import { jsonPart } from "./write-json.js";

export interface HeaderMessage {
  readonly series: number;
  /** all: with flat field (ones), pixel mask and count-rate table (identity). */
  readonly detail: "none" | "basic" | "all";
  /** Images per trigger. */
  readonly images: number;
  readonly triggers: number;
  readonly triggerMode: "ints" | "exts" | "exte" | "inte";
  readonly height: number;
  readonly width: number;
  readonly type: PixelType;
  /** s */
  readonly countTime: number;
  /** s */
  readonly frameTime: number;
  readonly energyEv: number;
  /** Non-zero is masked; height * width; sent with detail all only. Absent: zeros. */
  readonly mask?: Uint8Array;
  /** header_appendix: text as it is, anything else as JSON. Absent: no such part. */
  readonly appendix?: unknown;
}

const appendixPart = (appendix: unknown): Uint8Array =>
  appendix instanceof Uint8Array ? appendix : typeof appendix === "string" ? new TextEncoder().encode(appendix) : jsonPart(appendix);

/** The header of a series: 1, 2 or 8 parts, and one more with an appendix. */
export function headerMessage(o: HeaderMessage): Uint8Array[] {
  const parts = [jsonPart({ header_detail: o.detail, htype: "dheader-1.0", series: o.series })];
  if (o.detail !== "none") {
    parts.push(
      jsonPart({
        bit_depth_image: bitDepth(o.type),
        count_time: o.countTime,
        frame_time: o.frameTime,
        nimages: o.images,
        ntrigger: o.triggers,
        photon_energy: o.energyEv,
        trigger_mode: o.triggerMode,
        x_pixels_in_detector: o.width,
        y_pixels_in_detector: o.height,
      }),
    );
  }
  if (o.detail === "all") parts.push(...arrayParts(o));
  if (o.appendix !== undefined) parts.push(appendixPart(o.appendix));
  return parts;
}

function arrayParts(o: HeaderMessage): Uint8Array[] {
  const count = o.height * o.width;
  const shape = [o.width, o.height];
  const mask = new Uint8Array(count * 4);
  if (o.mask) for (let i = 0; i < count; i++) if (o.mask[i]) mask[i * 4] = 2;
  return [
    jsonPart({ htype: "dflatfield-1.0", shape, type: "float32" }),
    floats(count, () => 1),
    jsonPart({ htype: "dpixelmask-1.0", shape, type: "uint32" }),
    mask,
    jsonPart({ htype: "dcountrate_table-1.0", shape: [2, 2], type: "float32" }),
    floats(4, (i) => (i & 1) * 65535),
  ];
}

/** Little-endian float32, whatever this machine is. */
function floats(count: number, value: (i: number) => number): Uint8Array {
  const view = new DataView(new ArrayBuffer(count * 4));
  for (let i = 0; i < count; i++) view.setFloat32(i * 4, value(i), true);
  return new Uint8Array(view.buffer);
}

export interface ImageMessage {
  readonly series: number;
  /** From 0. */
  readonly frame: number;
  readonly shape: FrameShape;
  readonly payload: Uint8Array;
  /** ns of the detector's clock. */
  readonly startTimeNs?: number;
  readonly stopTimeNs?: number;
  /** image_appendix. */
  readonly appendix?: unknown;
}

/** An image: 4 parts, 5 with an appendix. The payload is not copied. */
export function imageMessage(o: ImageMessage): Uint8Array[] {
  const start = o.startTimeNs ?? 0;
  const stop = o.stopTimeNs ?? start;
  const { height, width, type } = o.shape;
  const parts = [
    jsonPart({ frame: o.frame, hash: "0".repeat(32), htype: "dimage-1.0", series: o.series }),
    jsonPart({ encoding: writeEncoding(o.shape), htype: "dimage_d-1.0", shape: [width, height], size: o.payload.length, type }),
    o.payload,
    jsonPart({ htype: "dconfig-1.0", real_time: stop - start, start_time: start, stop_time: stop }),
  ];
  if (o.appendix !== undefined) parts.push(appendixPart(o.appendix));
  return parts;
}

/** The end of a series: one part. */
export const endMessage = (o: { readonly series: number }): Uint8Array[] => [jsonPart({ htype: "dseries_end-1.0", series: o.series })];

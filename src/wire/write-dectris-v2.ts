import type { FrameShape, PixelType } from "../core/frame.js";
import { COMPRESSION, ROW_MAJOR, SELF_DESCRIBED, typedArrayTag } from "./typed-array.js";
import { type CborWriter, cborWriter } from "./write-cbor.js";

/** DECTRIS ticks of start_time and stop_time per second. */
export const TICKS_PER_SECOND = 50_000_000;

export interface StartMessage {
  readonly series: number;
  readonly uniqueId: string;
  /** Images announced. */
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly type: PixelType;
  /** Sent as it is: text, map or null. Absent: no such key. */
  readonly userData?: unknown;
  /** Non-zero is masked; height * width. Sent for every channel. */
  readonly mask?: Uint8Array;
  /** Default: threshold_1. */
  readonly channels?: readonly string[];
  /** s */
  readonly countTime: number;
  /** s */
  readonly frameTime: number;
  readonly energyEv: number;
  /** Counts at and above this are not data. */
  readonly saturation?: number;
}

/** The start message of a series: one part. */
export function startMessage(o: StartMessage): Uint8Array[] {
  const channels = o.channels ?? ["threshold_1"];
  const extra = (o.userData === undefined ? 0 : 1) + (o.mask ? 1 : 0) + (o.saturation === undefined ? 0 : 1);
  const w = cborWriter(1024 + (o.mask ? o.mask.length * 4 * channels.length : 0));
  w.tag(SELF_DESCRIBED).map(12 + extra);
  w.text("type").text("start").text("series_id").int(o.series).text("series_unique_id").text(o.uniqueId);
  w.text("channels").value(channels);
  w.text("count_time").float(o.countTime).text("frame_time").float(o.frameTime);
  w.text("image_dtype").text(o.type).text("image_size_x").int(o.width).text("image_size_y").int(o.height);
  w.text("incident_energy").float(o.energyEv).text("number_of_images").int(o.images);
  w.text("pixel_mask_enabled").value(o.mask !== undefined);
  if (o.saturation !== undefined) w.text("saturation_value").int(o.saturation);
  if (o.userData !== undefined) w.text("user_data").value(o.userData);
  if (o.mask) {
    w.text("pixel_mask").map(channels.length);
    for (const channel of channels) writeMask(w.text(channel), o.mask, o.height, o.width);
  }
  return [w.finish()];
}

/** uint32, bit 1 set: dead. */
function writeMask(w: CborWriter, mask: Uint8Array, height: number, width: number): void {
  const bytes = new Uint8Array(mask.length * 4);
  for (let i = 0; i < mask.length; i++) if (mask[i]) bytes[i * 4] = 2;
  w.tag(ROW_MAJOR).array(2).array(2).int(height).int(width).tag(typedArrayTag("uint32", false)).bytes(bytes);
}

export interface ImageMessage {
  readonly series: number;
  readonly uniqueId: string;
  /** From 0. */
  readonly image: number;
  /** In the order in which they are to stand on the wire. */
  readonly channels: readonly { readonly name: string; readonly shape: FrameShape; readonly payload: Uint8Array }[];
  /** Since the begin of the series, 50 MHz. */
  readonly startTimeTicks?: number;
  readonly stopTimeTicks?: number;
}

/** An image of all its channels: one part. Payloads are copied. */
export function imageMessage(o: ImageMessage): Uint8Array[] {
  const start = o.startTimeTicks ?? 0;
  const stop = o.stopTimeTicks ?? start;
  const w = cborWriter(512 + o.channels.reduce((n, c) => n + c.payload.length + c.name.length + 64, 0));
  w.tag(SELF_DESCRIBED).map(8);
  w.text("type").text("image").text("series_id").int(o.series).text("series_unique_id").text(o.uniqueId);
  w.text("image_id").int(o.image);
  w.text("real_time").value([stop - start, TICKS_PER_SECOND]);
  w.text("start_time").value([start, TICKS_PER_SECOND]).text("stop_time").value([stop, TICKS_PER_SECOND]);
  w.text("data").map(o.channels.length);
  for (const c of o.channels) writeArray(w.text(c.name), c.shape, c.payload);
  return [w.finish()];
}

function writeArray(w: CborWriter, shape: FrameShape, payload: Uint8Array): void {
  w.tag(ROW_MAJOR).array(2).array(2).int(shape.height).int(shape.width);
  w.tag(typedArrayTag(shape.type, shape.bigEndian));
  switch (shape.encoding) {
    case "none":
      w.bytes(payload);
      break;
    case "bslz4":
      w.tag(COMPRESSION).array(3).text("bslz4").int(shape.element).bytes(payload);
      break;
    case "lz4-hdf5":
      w.tag(COMPRESSION).array(3).text("lz4").int(0).bytes(payload);
      break;
    case "lz4-block":
      throw new Error("DECTRIS v2 has no bare LZ4 blocks");
  }
}

export interface EndMessage {
  readonly series: number;
  readonly uniqueId: string;
}

/** The end message of a series: one part. */
export function endMessage(o: EndMessage): Uint8Array[] {
  const w = cborWriter(128).tag(SELF_DESCRIBED).map(3).text("type").text("end");
  return [w.text("series_id").int(o.series).text("series_unique_id").text(o.uniqueId).finish()];
}

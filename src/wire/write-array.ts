import type { FrameShape } from "../core/frame.js";
import { writeEncoding } from "./encoding-name.js";
import { jsonPart } from "./write-json.js";

export interface ArrayMessage {
  readonly frame: number;
  readonly shape: FrameShape;
  readonly payload: Uint8Array;
  readonly source: string;
}

/** An htypes array-1.0 frame: 2 parts. Packed pixels are named as DECTRIS v1 names them. The payload is not copied. */
export function arrayMessage(o: ArrayMessage): Uint8Array[] {
  const { height, width, type, encoding, bigEndian } = o.shape;
  const header = {
    encoding: encoding === "none" ? "" : writeEncoding(o.shape),
    endianness: bigEndian ? "big" : "little",
    frame: o.frame,
    htype: "array-1.0",
    shape: [height, width],
    source: o.source,
    type,
  };
  return [jsonPart(header), o.payload];
}

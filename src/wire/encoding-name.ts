import { BYTES_PER_PIXEL, type Encoding, type FrameShape, type PixelType } from "../core/frame.js";
import { Problem, quoted } from "./problem.js";

/** How pixels are packed, without their shape. */
export type Packing = Pick<FrameShape, "encoding" | "element" | "bigEndian">;

const GRAMMAR = /^(?:bs(8|16|32))?-?(lz4)?([<>]?)$/;

/**
 * Reads the encoding of DECTRIS v1: `[bs<8|16|32>][-][lz4]<endian>`, e.g. `bs16-lz4<`, `lz4<`, `<`.
 * @param bigEndian where the text does not end in `<` or `>`.
 */
export function readEncoding(text: string, bigEndian = false): Packing | Problem {
  const m = text.length <= 16 ? GRAMMAR.exec(text) : null;
  if (!m) return new Problem("bad-encoding", `unknown encoding ${quoted(text)}`);
  const big = m[3] === "" ? bigEndian : m[3] === ">";
  if (m[1] !== undefined && m[2] === undefined) return new Problem("bad-encoding", `bit transpose without compression: ${quoted(text)}`);
  const encoding: Encoding = m[1] !== undefined ? "bslz4" : m[2] !== undefined ? "lz4-block" : "none";
  return { encoding, element: m[1] === undefined ? 0 : Number(m[1]) / 8, bigEndian: big };
}

/** The v1 text of a packing. */
export function writeEncoding(shape: FrameShape): string {
  const order = shape.bigEndian ? ">" : "<";
  switch (shape.encoding) {
    case "none":
      return order;
    case "lz4-block":
      return `lz4${order}`;
    case "bslz4":
      return `bs${shape.element * 8}-lz4${order}`;
    case "lz4-hdf5":
      throw new Error("DECTRIS v1 has no framed LZ4");
  }
}

/** Bits per pixel of a type, as v1 headers say them. */
export const bitDepth = (type: PixelType): number => BYTES_PER_PIXEL[type] * 8;

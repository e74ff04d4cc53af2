import type { FrameShape } from "../core/frame.js";
import { checkPayload, fitsElement, readSides } from "./check-frame.js";
import type { Packing } from "./encoding-name.js";
import { Problem, quoted } from "./problem.js";
import type { DescribedArray } from "./typed-array.js";

/** The frame that a described array of the wire holds: its shape; the pixels stay packed. `what` names it in the problem. */
export function frameOf(array: DescribedArray, what: string): FrameShape | Problem {
  const { type, bigEndian } = array.element;
  if (type === null) return new Problem("bad-type", `${what}: elements of ${array.element.bytes} bytes are no pixel type that we read`);
  const sides = readSides(array.dims);
  if (sides instanceof Problem) return sides;
  const [height, width] = sides;
  // one row or one column is the same in both orders
  if (!array.rowMajor && height !== 1 && width !== 1) return new Problem("bad-encoding", `${what}: column-major pixels`);
  const packing = packingOf(array, what);
  if (packing instanceof Problem) return packing;
  const shape: FrameShape = { height, width, type, bigEndian, ...packing };
  if (shape.encoding === "bslz4" && !fitsElement(type, shape.element)) {
    return new Problem("bad-encoding", `${what}: bit transpose of ${shape.element}-byte elements over ${type}`);
  }
  return checkPayload(shape, array.payload) ?? shape;
}

function packingOf(array: DescribedArray, what: string): Omit<Packing, "bigEndian"> | Problem {
  if (!array.compression) return { encoding: "none", element: 0 };
  const { algorithm, modifier } = array.compression;
  if (algorithm === "bslz4") return { encoding: "bslz4", element: modifier };
  if (algorithm === "lz4") return { encoding: "lz4-hdf5", element: 0 };
  return new Problem("bad-encoding", `${what}: unknown compression ${quoted(algorithm)}`);
}

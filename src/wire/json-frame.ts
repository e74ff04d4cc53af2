import type { FrameShape } from "../core/frame.js";
import { checkPayload, fitsElement, isCount, readPixelType, readSides } from "./check-frame.js";
import type { Packing } from "./encoding-name.js";
import { Problem, quoted } from "./problem.js";
import { field, type JsonObject } from "./read-json.js";

/** How a JSON protocol writes its two sides. */
type SideOrder = "width first" | "height first";

/** The frame that a JSON part describes, checked against its payload. */
export function jsonFrame(sides: unknown, order: SideOrder, type: unknown, packing: Packing, payload: Uint8Array): FrameShape | Problem {
  const s = readSides(sides);
  if (s instanceof Problem) return s;
  const t = readPixelType(type);
  if (t instanceof Problem) return t;
  const [height, width] = order === "height first" ? s : [s[1], s[0]];
  const shape: FrameShape = { height, width, type: t, ...packing };
  if (shape.encoding === "bslz4" && !fitsElement(t, shape.element)) {
    return new Problem("bad-encoding", `bit transpose of ${shape.element}-byte elements over ${t}`);
  }
  return checkPayload(shape, payload) ?? shape;
}

/** A count that must be there: image and series numbers. */
export function requireCount(o: JsonObject, key: string): number | Problem {
  const v = field(o, key);
  if (isCount(v)) return v;
  return v === undefined ? new Problem("missing-field", `no ${key}`) : new Problem("bad-field", `${key} is ${quoted(v)}`);
}

/** A text that must be there. */
export function requireText(o: JsonObject, key: string): string | Problem {
  const v = field(o, key);
  if (typeof v === "string") return v;
  return v === undefined ? new Problem("missing-field", `no ${key}`) : new Problem("bad-field", `${key} is ${quoted(v)}`);
}

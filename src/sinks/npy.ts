import type { PixelArray } from "../core/frame.js";

/** NumPy names of our element types; all little endian. */
function descriptor(values: PixelArray): string {
  if (values instanceof Uint8Array) return "|u1";
  if (values instanceof Uint16Array) return "<u2";
  if (values instanceof Uint32Array) return "<u4";
  if (values instanceof Int16Array) return "<i2";
  return values instanceof Int32Array ? "<i4" : "<f4";
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
/** Header and values start at multiples of this, so that a file can be mapped into memory. */
const ALIGN = 64;

/**
 * A .npy file, format 1.0: C order, little endian. Copies the values: they may change while the reply is on its way.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function encodeNpy(shape: readonly number[], values: PixelArray): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${descriptor(values)}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const prefix = MAGIC.length + 2;
  const length = Math.ceil((prefix + text.length + 1) / ALIGN) * ALIGN;
  const out = new Uint8Array(length + values.byteLength).fill(0x20, prefix, length);
  out.set(MAGIC);
  new DataView(out.buffer).setUint16(MAGIC.length, length - prefix, true);
  for (let i = 0; i < text.length; i++) out[prefix + i] = text.charCodeAt(i);
  out[length - 1] = 0x0a;
  out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length);
  return out;
}

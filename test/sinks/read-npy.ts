/** Reads .npy as the format is written down, independent of our writer. */
export function readNpy(bytes: Uint8Array): { descr: string; shape: number[]; values: number[]; offset: number } {
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\x93NUMPY" || v.getUint8(6) !== 1 || v.getUint8(7) !== 0) throw new Error("no .npy of version 1.0");
  const offset = 10 + v.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, offset));
  const m = /^\{'descr': '([|<][uif]\d)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \} *\n$/.exec(header);
  if (!m) throw new Error(`odd header: ${header}`);
  const descr = m[1] ?? "";
  const shape = (m[2] ?? "")
    .split(",")
    .map((s) => s.trim())
    .filter((s) => s !== "")
    .map(Number);
  const count = shape.reduce((a, b) => a * b, 1);
  const size = Number(descr[2]);
  if (bytes.length !== offset + count * size) throw new Error("size does not fit the shape");
  const readers: Record<string, (i: number) => number> = {
    "|u1": (i) => v.getUint8(offset + i),
    "<u2": (i) => v.getUint16(offset + 2 * i, true),
    "<u4": (i) => v.getUint32(offset + 4 * i, true),
    "<i2": (i) => v.getInt16(offset + 2 * i, true),
    "<i4": (i) => v.getInt32(offset + 4 * i, true),
    "<f4": (i) => v.getFloat32(offset + 4 * i, true),
  };
  const read = readers[descr];
  if (!read) throw new Error(`odd type ${descr}`);
  return { descr, shape, values: Array.from({ length: count }, (_, i) => read(i)), offset };
}

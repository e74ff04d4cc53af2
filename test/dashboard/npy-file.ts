/** A .npy file of version 1.0, written independently of the daemon's writer. */
export function npyFile(
  shape: readonly number[],
  data: Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array | Float32Array,
): Buffer {
  const code =
    data instanceof Float32Array
      ? "<f4"
      : data instanceof Int16Array || data instanceof Int32Array
        ? `<i${data.BYTES_PER_ELEMENT}`
        : data.BYTES_PER_ELEMENT === 1
          ? "|u1"
          : `<u${data.BYTES_PER_ELEMENT}`;
  const text = `{'descr': '${code}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, Buffer.from(header, "latin1"), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

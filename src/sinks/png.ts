import { promisify } from "node:util";
import { deflate } from "node:zlib";

/** 256 RGBA entries. */
export type Palette = Uint8Array;
/** The palette entry of "no data". */
export const NO_DATA = 0;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const deflated = promisify<Uint8Array, { level: number }, Buffer>(deflate);

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(data: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of data) c = (CRC[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8);
  return ~c >>> 0;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(name, 4, "latin1");
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** Compresses on another thread. `index`: [height, width], entries of the palette. Format: ISO/IEC 15948, colour type 3. */
export async function encodePng(height: number, width: number, index: Uint8Array, palette: Palette): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = new Uint8Array(256 * 3);
  const alpha = new Uint8Array(256);
  for (let i = 0; i < 256; i++) {
    colours.set(palette.subarray(4 * i, 4 * i + 3), 3 * i);
    alpha[i] = palette[4 * i + 3] ?? 255;
  }
  // Every line starts with its filter: none.
  const lines = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) lines.set(index.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("tRNS", alpha),
    chunk("IDAT", await deflated(lines, { level: 6 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

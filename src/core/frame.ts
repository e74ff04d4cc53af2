/** Pixel types that a detector may send. Codes travel in columns between threads. */
export const PIXEL_TYPES = ["uint8", "uint16", "uint32", "int16", "int32", "float32"] as const;
export type PixelType = (typeof PIXEL_TYPES)[number];
export const BYTES_PER_PIXEL: Readonly<Record<PixelType, number>> = {
  uint8: 1,
  uint16: 2,
  uint32: 4,
  int16: 2,
  int32: 4,
  float32: 4,
};

/**
 * How the pixels of a frame are packed.
 * `lz4-block`: one bare LZ4 block (DECTRIS v1). `lz4-hdf5`: 12-byte header, then blocks of u32be length + bytes; a block
 * whose length equals its plain length is stored (DECTRIS v2). `bslz4`: the same header, bit-transposed before LZ4.
 */
export const ENCODINGS = ["none", "lz4-block", "lz4-hdf5", "bslz4"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Everything needed to turn a payload into pixels. All frames of a series share one. */
export interface FrameShape {
  readonly height: number;
  readonly width: number;
  readonly type: PixelType;
  readonly encoding: Encoding;
  /** Element size of the bit transpose in bytes (1, 2, 4); equals the pixel size in practice. 0 unless bslz4. */
  readonly element: number;
  /** Pixels (after decompression) are big-endian. */
  readonly bigEndian: boolean;
}

export type PixelArray = Uint8Array | Uint16Array | Uint32Array | Int16Array | Int32Array | Float32Array;

export const frameBytes = (s: FrameKind): number => s.height * s.width * BYTES_PER_PIXEL[s.type];

/** What a frame is once it is decoded. */
export type FrameKind = Pick<FrameShape, "height" | "width" | "type">;

export const sameFrame = (a: FrameKind, b: FrameKind): boolean => a.height === b.height && a.width === b.width && a.type === b.type;

/** An owned array of `count` pixels over a buffer, or a fresh one. */
export function pixelArray(type: PixelType, count: number, buffer?: ArrayBufferLike, offset = 0): PixelArray {
  const b = buffer ?? new ArrayBuffer(count * BYTES_PER_PIXEL[type]);
  switch (type) {
    case "uint8":
      return new Uint8Array(b, offset, count);
    case "uint16":
      return new Uint16Array(b, offset, count);
    case "uint32":
      return new Uint32Array(b, offset, count);
    case "int16":
      return new Int16Array(b, offset, count);
    case "int32":
      return new Int32Array(b, offset, count);
    case "float32":
      return new Float32Array(b, offset, count);
  }
}

/** Largest frame that we accept, in pixels per side and bytes; everything announced beyond it is malformed. */
export const MAX_SIDE = 16384;
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** Element types of Zarr version 2; all little endian. */
export type ZarrType = "|u1" | "<u2" | "<u4" | "<i2" | "<i4" | "<i8" | "<f4";
export const ZARR_BYTES: Readonly<Record<ZarrType, number>> = { "|u1": 1, "<u2": 2, "<u4": 4, "<i2": 2, "<i4": 4, "<i8": 8, "<f4": 4 };

export interface ArraySpec {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly type: ZarrType;
  /** Of chunks that are not there. */
  readonly fill: number;
  /** Level of zlib; 0: chunks are stored as they are. */
  readonly level?: number;
}

/** .zarray of a spec. Format: https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html */
export const zarrayOf = ({ shape, chunks, type, fill, level = 0 }: ArraySpec) => ({
  zarr_format: 2,
  shape,
  chunks,
  dtype: type,
  order: "C",
  fill_value: Number.isNaN(fill) ? "NaN" : fill,
  filters: null,
  compressor: level > 0 ? { id: "zlib", level } : null,
  dimension_separator: "/",
});

const isThere = (e: unknown): boolean => e instanceof Error && "code" in e && e.code === "EEXIST";
const isAbsent = (e: unknown): boolean => e instanceof Error && "code" in e && e.code === "ENOENT";

/** Writes bytes at a place of an open file, all of them. */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
}

/** A Zarr version 2 store in a folder. Whoever reads meanwhile, or after a crash, finds each file whole: as it was, or as it is. */
export class ZarrStore {
  readonly path: string;
  #written = 0;

  /** Makes the folder, which must not be there. */
  constructor(path: string) {
    mkdirSync(path);
    this.path = path;
    this.json(".zgroup", { zarr_format: 2 });
  }

  /** Bytes so far. */
  get written(): number {
    return this.#written;
  }

  count(bytes: number): void {
    this.#written += bytes;
  }

  /** The folder of a file inside; made where it is not there, but never the store itself: it may have been taken away. */
  folder(inside: string): void {
    const names = inside.split("/");
    for (let n = 1; n <= names.length; n++)
      try {
        mkdirSync(join(this.path, ...names.slice(0, n)));
      } catch (e) {
        if (!isThere(e)) throw e;
      }
  }

  /** Writes a file as a whole. */
  file(inside: string, bytes: Uint8Array): void {
    const path = join(this.path, inside);
    const part = `${path}.part`;
    let fd: number;
    try {
      fd = openSync(part, "w");
    } catch (e) {
      if (!isAbsent(e)) throw e;
      this.folder(dirname(inside));
      fd = openSync(part, "w");
    }
    try {
      writeAll(fd, bytes, null);
    } catch (e) {
      closeSync(fd);
      unlinkSync(part);
      throw e;
    }
    closeSync(fd);
    renameSync(part, path);
    this.#written += bytes.length;
  }

  json(inside: string, value: unknown): void {
    this.text(inside, JSON.stringify(value));
  }

  /** JSON: zarr-python 2 reads nothing but ASCII. */
  text(inside: string, json: string): void {
    this.file(inside, Buffer.from(json.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)));
  }

  /** A group; groups around it must be there. */
  group(inside: string, attributes: object = {}): void {
    this.json(`${inside}/.zgroup`, { zarr_format: 2 });
    this.json(`${inside}/.zattrs`, attributes);
  }

  array(inside: string, spec: ArraySpec, attributes: object = {}): void {
    this.json(`${inside}/.zattrs`, attributes);
    this.json(`${inside}/.zarray`, zarrayOf(spec));
  }

  /** The same array with another length. */
  reshape(inside: string, spec: ArraySpec): void {
    this.json(`${inside}/.zarray`, zarrayOf(spec));
  }

  chunk(inside: string, index: readonly number[], bytes: Uint8Array): void {
    this.file(`${inside}/${index.join("/")}`, bytes);
  }

  /** A chunk that was written. */
  readChunk(inside: string, index: readonly number[]): Uint8Array {
    return readFileSync(join(this.path, inside, ...index.map(String)));
  }

  /** A group or an array is no longer there. */
  remove(inside: string): void {
    rmSync(join(this.path, inside), { recursive: true, force: true });
  }
}

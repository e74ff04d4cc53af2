import { closeSync, ftruncateSync, openSync, readSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAll, ZARR_BYTES, type ZarrStore, type ZarrType } from "./zarr-store.js";

/**
 * A one-dimensional array that grows. Chunks have their full length from the start, as holes of the file, and are filled in place: what is
 * appended counts from `commit` on, which writes the new length.
 */
export class AppendedArray {
  readonly #store: ZarrStore;
  readonly #inside: string;
  readonly #type: ZarrType;
  readonly #perChunk: number;
  readonly #size: number;
  readonly #attributes: object;
  #length = 0;
  #committed = -1;
  /** The chunk that is being filled. */
  #chunk = -1;
  #fd = -1;

  constructor(store: ZarrStore, inside: string, type: ZarrType, perChunk: number, attributes: object = {}) {
    [this.#store, this.#inside, this.#type, this.#perChunk] = [store, inside, type, perChunk];
    this.#size = ZARR_BYTES[type];
    this.#attributes = attributes;
    this.commit();
  }

  /** Elements, committed or not. */
  get length(): number {
    return this.#length;
  }

  /** Whole elements. */
  append(bytes: Uint8Array): void {
    const chunkBytes = this.#perChunk * this.#size;
    for (let from = 0; from < bytes.length; ) {
      const at = this.#length * this.#size;
      const within = at % chunkBytes;
      const count = Math.min(chunkBytes - within, bytes.length - from);
      this.#open(Math.floor(at / chunkBytes), chunkBytes);
      writeAll(this.#fd, bytes.subarray(from, from + count), within);
      this.#store.count(count);
      this.#length += count / this.#size;
      from += count;
    }
  }

  /** Reads elements that were appended. */
  read(from: number, count: number): Uint8Array {
    const out = new Uint8Array(count * this.#size);
    readElements(join(this.#store.path, this.#inside), this.#size, this.#perChunk, from, out);
    return out;
  }

  /** What was appended counts from now on. */
  commit(): void {
    if (this.#committed === this.#length) return;
    const spec = { shape: [this.#length], chunks: [this.#perChunk], type: this.#type, fill: 0 };
    if (this.#committed < 0) this.#store.array(this.#inside, spec, this.#attributes);
    else this.#store.reshape(this.#inside, spec);
    this.#committed = this.#length;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#chunk = -1;
  }

  #open(chunk: number, bytes: number): void {
    if (chunk === this.#chunk) return;
    this.close();
    const inside = `${this.#inside}/${chunk}`;
    this.#store.folder(dirname(inside));
    const path = join(this.#store.path, inside);
    this.#fd = openSync(`${path}.part`, "w");
    ftruncateSync(this.#fd, bytes);
    renameSync(`${path}.part`, path);
    this.#chunk = chunk;
  }
}

/** Fills `out` with the elements of a one-dimensional uncompressed array from `from` on. */
export function readElements(path: string, size: number, perChunk: number, from: number, out: Uint8Array): void {
  const chunkBytes = perChunk * size;
  for (let done = 0; done < out.length; ) {
    const at = from * size + done;
    const count = Math.min(chunkBytes - (at % chunkBytes), out.length - done);
    const fd = openSync(join(path, String(Math.floor(at / chunkBytes))), "r");
    const got = readSync(fd, out, done, count, at % chunkBytes);
    closeSync(fd);
    if (got !== count) throw new RangeError(`${path}: chunk ${Math.floor(at / chunkBytes)} is cut short`);
    done += count;
  }
}

import { readRaw } from "../../sinks/archive/read-raw.js";
import type { ScanFile } from "./scan-file.js";

/** The name of an archive. */
export const isArchive = (path: string): boolean => /\.zspy\/*$/.test(path);

/** An archive as the frames that came. Faults: bad-file. */
export function archiveFile(path: string): ScanFile {
  const stored = readRaw(path);
  const { begin, grid } = stored;
  const { key, channel } = begin;
  return {
    path,
    grid,
    *arrivals() {
      yield begin;
      for (const { image, position, complete, shape, bytes } of stored.frames())
        yield { key, image, channel, drives: true, shape, bytes, from: 0, length: bytes.length, complete, at: position };
    },
  };
}

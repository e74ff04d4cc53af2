import type { ArchiveInfo, ArchiveStats } from "../../src/core/archive.js";

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;
function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${UNITS[unit]}`;
}

const STATE = { writing: "being written", closed: "complete", stopped: "stopped" } as const;

/** Where a scan is archived, how much of it is on disk, and how much room is left; the disk is that of the newest scan. */
export function archiveWords(archive: ArchiveInfo | null, disk: ArchiveStats | null): string {
  const free = disk?.free_bytes == null ? [] : [`${size(disk.free_bytes)} free`];
  if (!archive) return disk ? ["Begins with a scan", disk.directory, ...free].join(", ") : "Off";
  const state = archive.reason === null ? STATE[archive.state] : `${STATE[archive.state]}: ${archive.reason}`;
  const waiting = disk && disk.waiting_bytes > 0 ? [`${size(disk.waiting_bytes)} waiting`] : [];
  return [archive.path, `${size(archive.bytes)} written`, ...waiting, ...free, state].join(", ");
}

import type { Io } from "./command.js";

/** A line that is written over itself. */
export interface ProgressLine {
  /** Shows a new text; nothing where stderr is not a terminal. */
  show(text: string): void;
  /** What comes next on stderr stands below. */
  leave(): void;
}

/** Up one line and clear it. */
const OVER = "\x1b[1A\x1b[2K";

export function progressLine(io: Pick<Io, "err" | "tty">): ProgressLine {
  let shown = false;
  return {
    show(text) {
      if (!io.tty) return;
      io.err((shown ? OVER : "") + text);
      shown = true;
    },
    leave() {
      shown = false;
    },
  };
}

/** Bytes for people: 1.2 MB. */
export function byteText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return `${at === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[at]}`;
}

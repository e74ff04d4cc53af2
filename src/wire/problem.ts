import type { MalformedReason } from "../core/detector.js";

/** What is wrong with a message or a part of it: a value, never thrown. */
export class Problem {
  readonly reason: MalformedReason;
  readonly detail: string;
  constructor(reason: MalformedReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/** Text of the wire inside our own sentences: short, printable, quoted. */
export function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : typeof value === "object" ? typeof value : String(value);
  const short = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return `'${short.replace(/[^\x20-\x7e]/g, "?")}'`;
}

/** Variable with the name of the file that the probe of the garbage collector writes. */
export const GC_LOG = "BRAGGSTREAM_BENCH_GC_LOG";

/** What the collector of one thread has done since the thread began. */
export interface GcWork {
  readonly scavenges: number;
  readonly scavengeMs: number;
  readonly marks: number;
  readonly markMs: number;
  /** Allocated on the heap. */
  readonly bytes: number;
}
export interface GcLine extends GcWork {
  readonly thread: string;
  /** ms since 1970. */
  readonly at: number;
}

const FIELDS = ["scavenges", "scavengeMs", "marks", "markMs", "bytes"] as const satisfies readonly (keyof GcWork)[];

function readLine(text: string): GcLine | null {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null && "thread" in line && "at" in line ? (line as GcLine) : null;
  } catch {
    // The last line may be half written.
    return null;
  }
}

/** Work per second of each thread between two moments, from the looks that lie between them. A thread with fewer than two is left out. */
export function gcBetween(log: string, from: number, to: number): ReadonlyMap<string, GcWork> {
  const ends = new Map<string, { first: GcLine; last: GcLine }>();
  for (const text of log.split("\n")) {
    const line = readLine(text);
    if (!line || line.at < from || line.at > to) continue;
    ends.set(line.thread, { first: ends.get(line.thread)?.first ?? line, last: line });
  }
  const work = new Map<string, GcWork>();
  for (const [thread, { first, last }] of [...ends].sort(([a], [b]) => a.localeCompare(b))) {
    const seconds = (last.at - first.at) / 1000;
    if (seconds <= 0) continue;
    const per = Object.fromEntries(FIELDS.map((f) => [f, (last[f] - first[f]) / seconds]));
    work.set(thread, per as unknown as GcWork);
  }
  return work;
}

/** One kind of event that repeats: how often, since the first was told. */
export interface BurstSummary {
  readonly code: string;
  /** Occurrences after the first. */
  readonly more: number;
  /** ms from the first to the last occurrence. */
  readonly within: number;
  /** Detail of the last occurrence. */
  readonly last: string;
}

interface BurstOptions {
  /** Monotonic ms. */
  readonly now: () => number;
  /** A burst is over after so many ms without a further occurrence. */
  readonly quiet?: number;
  /** A burst that does not end is summarised so often, ms. */
  readonly longest?: number;
  readonly first: (code: string, detail: string) => void;
  readonly summary: (s: BurstSummary) => void;
}

interface Burst {
  /** Tells the first occurrence at once, counts the others. */
  hit(code: string, detail: string): void;
  /** Call about once a second: summarises what is over. */
  tick(): void;
  /** Summarises everything, whether over or not. */
  flush(): void;
}

interface Open {
  begun: number;
  newest: number;
  more: number;
  last: string;
}

/** Codes come from a closed list; should one ever carry data, they are counted under one name beyond this many. */
const MAX_CODES = 256;
const OTHERS = "others";

/** Keeps a repeating fault from flooding the log: the first at once, then one line per burst. */
export function createBurst(options: BurstOptions): Burst {
  const { now, quiet = 5_000, longest = 60_000, first, summary } = options;
  const open = new Map<string, Open>();

  function tell(code: string, b: Open): void {
    if (b.more > 0) summary({ code, more: b.more, within: b.newest - b.begun, last: b.last });
  }
  return {
    hit(code, detail) {
      const key = open.has(code) || open.size < MAX_CODES ? code : OTHERS;
      const at = now();
      const b = open.get(key);
      if (b && at - b.newest < quiet) {
        b.more++;
        b.newest = at;
        b.last = detail;
        return;
      }
      if (b) tell(key, b);
      open.set(key, { begun: at, newest: at, more: 0, last: detail });
      first(code, detail);
    },
    tick() {
      const at = now();
      for (const [code, b] of open) {
        if (at - b.newest >= quiet) {
          tell(code, b);
          open.delete(code);
        } else if (at - b.begun >= longest) {
          tell(code, b);
          b.begun = at;
          b.more = 0;
        }
      }
    },
    flush() {
      for (const [code, b] of open) tell(code, b);
      open.clear();
    },
  };
}

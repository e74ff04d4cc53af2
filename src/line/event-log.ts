import type { EventLevel, LogEvent } from "../core/wire.js";
import { createBurst } from "../telemetry/burst.js";
import type { Log } from "../telemetry/logger.js";

/** Events kept for people who come later. */
const KEPT = 200;
/** Bursts that may be open at once. */
const REMEMBERED = 256;

/** What happened, for the log and for every dashboard. A repeated event is told once, and once more when its burst is over. */
export function createEventLog(log: Log, now: () => number) {
  const events: LogEvent[] = [];
  const listeners = new Set<(e: LogEvent) => void>();
  const about = new Map<string, { level: EventLevel; code: string; series: string | null }>();
  let id = 0;

  function tell(level: EventLevel, code: string, message: string, series: string | null): void {
    const e: LogEvent = { id: ++id, at: Date.now(), level, code, message, series };
    events.push(e);
    if (events.length > KEPT) events.shift();
    log[level]({ code, ...(series ? { series } : {}) }, message);
    for (const l of listeners) l(e);
  }
  const burst = createBurst({
    now,
    first: (key, message) => {
      const a = about.get(key);
      if (a) tell(a.level, a.code, message, a.series);
    },
    summary: (s) => {
      const a = about.get(s.code);
      if (a) tell(a.level, a.code, `${s.more} more within ${(s.within / 1000).toFixed(1)} s; the last: ${s.last}`, a.series);
    },
  });

  return {
    events: (): readonly LogEvent[] => events,
    /** Something that happens once. */
    tell,
    /** Something that may repeat thousands of times a second. */
    repeat(level: EventLevel, code: string, message: string, series: string | null): void {
      // Bursts are told apart by series: the fault of one must not hide that of the next.
      const key = `${code} ${series ?? ""}`;
      about.delete(key);
      about.set(key, { level, code, series });
      if (about.size > REMEMBERED)
        for (const first of about.keys()) {
          about.delete(first);
          break;
        }
      burst.hit(key, message);
    },
    on(listener: (e: LogEvent) => void): () => void {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    tick: () => burst.tick(),
    flush: () => burst.flush(),
  };
}
export type EventLogWriter = ReturnType<typeof createEventLog>;

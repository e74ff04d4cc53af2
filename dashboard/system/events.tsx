import { useState } from "preact/hooks";
import type { EventLevel } from "../../src/core/wire.js";
import { Segmented } from "../parts/segmented.js";
import { events } from "../state/daemon.js";

const LEVELS: readonly (readonly ["all" | EventLevel, string])[] = [
  ["all", "All"],
  ["warn", "Warnings and errors"],
  ["error", "Errors"],
];
const time = (at: number): string => new Date(at).toLocaleTimeString([], { hour12: false });

/** The last events of the daemon, newest first. */
export function Events() {
  const [level, setLevel] = useState<"all" | EventLevel>("all");
  const shown = events.value.filter((e) => level === "all" || e.level === "error" || (level === "warn" && e.level === "warn")).reverse();
  return (
    <div class="events-box">
      <Segmented label="Level" value={level} options={LEVELS} pick={setLevel} />
      <ol class="events" data-testid="events">
        {shown.map((e) => (
          <li key={e.id} data-level={e.level}>
            <time dateTime={new Date(e.at).toISOString()}>{time(e.at)}</time>
            <span class="level">{e.level}</span>
            <code>{e.code}</code>
            <span class="message breakable">{e.message}</span>
          </li>
        ))}
        {shown.length === 0 ? <li class="muted">Nothing to report</li> : null}
      </ol>
    </div>
  );
}

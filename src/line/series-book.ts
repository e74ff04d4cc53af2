import type { MapStore } from "../maps/store.js";
import { collectGarbage } from "./collect-garbage.js";
import type { EndKind } from "./ending.js";
import type { EventLogWriter } from "./event-log.js";
import type { IngestMessage, ReceivedFrames } from "./messages.js";
import type { SeriesNeeds } from "./series-needs.js";
import { SeriesRun } from "./series-run.js";

/** After the last expected image an end message has so long to come, ms. */
const END_GRACE_MS = 1000;
/** A series of which no image came yet may wait this many silences: the detector is armed, the scan not begun. */
const WAITING_SILENCES = 30;
/** A stalled series has as long again before it is ended, but at most so long, ms. */
const STALL_MS = 5000;

export interface SeriesBookOptions {
  readonly store: MapStore;
  readonly needs: SeriesNeeds;
  readonly events: EventLogWriter;
  /** Finished series that stay queryable. */
  readonly keep: number;
  /** s */
  readonly silence: number;
  /** ms since 1970. */
  readonly now: () => number;
  /** Tells the ingest lane that a series was ended by count or silence. */
  readonly stopTaking: (series: number) => void;
}

/** The series that are kept: which one is open, how each begins and ends. */
export class SeriesBook {
  readonly #o: SeriesBookOptions;
  readonly #byId = new Map<string, SeriesRun>();
  #open: SeriesRun | null = null;
  #count = 0;

  constructor(o: SeriesBookOptions) {
    this.#o = o;
  }

  get open(): SeriesRun | null {
    return this.#open;
  }
  get latest(): SeriesRun | null {
    return [...this.#byId.values()].at(-1) ?? null;
  }
  get(id: string): SeriesRun | undefined {
    return this.#byId.get(id);
  }
  /** Series of which frames are still on their way. */
  running(): SeriesRun[] {
    return [...this.#byId.values()].filter((s) => !s.over);
  }

  begin(m: Extract<IngestMessage, { kind: "begin" }>): void {
    const { store, needs, events } = this.#o;
    const at = this.#o.now();
    const id = `${new Date(at).toISOString().replace(/[-:]|\.\d+/g, "")}-${++this.#count}`;
    const s = new SeriesRun(id, m.series, m.begin, at, store, needs);
    this.#open = s;
    this.#byId.set(id, s);
    const announced = m.begin.expected === null ? "" : `, ${m.begin.expected} images announced`;
    events.tell(
      "info",
      "series-begun",
      `series ${id} begun${announced}, scan ${s.plan.grid.rows} x ${s.plan.grid.columns} (${s.plan.from})`,
      id,
    );
    s.maps.commit();
    this.#cut(s);
    this.evict();
  }

  /**
   * Newer series wait: of what is left of older ones, classes are not looked for any more, nor patterns made but for an archive. These are left,
   * the oldest first, only where series take more memory than they may.
   */
  #cut(newest: SeriesRun): void {
    let bytes = [...this.#byId.values()].reduce((n, s) => n + s.bytes, 0);
    for (const old of this.running()) {
      if (newest.number - old.number <= 1) continue;
      old.work?.cutClasses();
      if (old.archive?.state === "writing" && bytes <= this.#o.needs.scan.mostMapBytes) continue;
      old.work?.cutPatterns();
      bytes -= old.bytes;
    }
  }

  /** False: the series is not open any more. */
  frames(m: ReceivedFrames): boolean {
    if (this.#open?.number !== m.series) return false;
    this.#open.frames(m);
    return true;
  }

  malformed(m: Extract<IngestMessage, { kind: "malformed" }>): void {
    if (this.#open && this.#open.number === m.series) this.#open.malformed(m, this.#o.now());
  }

  /** The wire's word that a series is over. */
  end(m: Extract<IngestMessage, { kind: "end" }>): void {
    const s = this.#open;
    if (s?.number !== m.series) return;
    this.close(s, m.how === "superseded" && s.account.complete ? "count" : m.how);
  }

  close(s: SeriesRun, how: EndKind): void {
    if (this.#open === s) this.#open = null;
    s.end(how, this.#o.now());
  }

  /** Lets the oldest finished series go when more than `keep` are held, or more memory than they may take; one that is still catching up stays. */
  evict(): void {
    const { keep, needs } = this.#o;
    const { pool, onCrash, scan } = needs;
    const all = [...this.#byId.values()];
    const over = all.filter((s) => s.over);
    let [count, bytes] = [over.length, all.reduce((n, s) => n + s.mapBytes, 0)];
    for (const s of over) {
      if (count <= keep && bytes <= scan.mostMapBytes) break;
      count--;
      bytes -= s.mapBytes;
      this.#byId.delete(s.id);
      this.#o.store.drop(s.id);
      s.drop();
      pool.forget(s.number);
      pool.askAll("close", { series: s.number }).catch(onCrash);
      // When nothing refers to it any more.
      setImmediate(collectGarbage);
    }
  }

  /** Nothing of a newer series than this one waits. */
  mayCatchUp(series: number): boolean {
    return this.#open === null || this.#open.number <= series || this.#open.queued === 0;
  }

  /** One series after the other is classified, so that ids go on in their order. */
  mayClassify(series: number): boolean {
    return this.running().every((s) => s.number >= series || s.work?.classified);
  }

  /** Lets the series go on that wait for a newer one. */
  advance(): void {
    for (const s of this.running()) s.advance();
  }

  /** Ends the open series by count or silence. The only clock that decides anything, and what it decides is an event. */
  tick(): void {
    const s = this.#open;
    if (!s) return;
    const quiet = this.#o.now() - s.lastMessage;
    const silence = this.#o.silence * 1000;
    if (s.account.complete) {
      if (quiet >= Math.min(END_GRACE_MS, silence)) this.#stop(s, "count");
    } else if (quiet >= silence) {
      const waiting = s.account.received === 0;
      s.stall(`${waiting ? "armed, no image yet" : "no image"} for ${(quiet / 1000).toFixed(quiet < 10_000 ? 1 : 0)} s`);
      if (quiet >= (waiting ? silence * WAITING_SILENCES : silence + Math.min(silence, STALL_MS))) this.#stop(s, "silence");
    }
  }

  #stop(s: SeriesRun, how: EndKind): void {
    this.#o.stopTaking(s.number);
    this.close(s, how);
  }

  /** Memory is full and nothing moves: lines that wait for missing images are worked on without them. */
  force(): void {
    for (const s of this.running()) {
      if (s.queued === 0 || !s.force()) continue;
      this.#o.events.repeat("warn", "line-forced", "memory is full: an incomplete line is worked on without its missing images", s.id);
    }
  }
}

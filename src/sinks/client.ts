import type { WebSocket } from "ws";
import { isOver } from "../core/series.js";
import type { LineView, MapsView, SeriesView } from "../core/sink.js";
import type { Hello, ServerMessage } from "../core/wire.js";
import { createFeed, type Feed, type Run } from "./feed.js";

/** Above this many unsent bytes a client gets nothing new: rows wait in the store, where newer values replace them. */
export const FULL_BYTES = 1 << 20;
/** The account of a running series is told at most so often, ms. State and shape are told at once. */
const ACCOUNT_MS = 250;
/** Events that a new client is told. */
const PAST_EVENTS = 200;

/** Messages packed once and shared by all clients of one pass. */
export interface Press {
  tile(series: SeriesView, run: Run): Uint8Array;
  message(message: ServerMessage): Uint8Array;
  series(series: SeriesView): Told;
}

/** A series as told to clients. One object per change of the series: the same object means no news. */
export interface Told {
  /** State, shape, layers: told at once when they differ. */
  readonly urgent: string;
  /** Everything but the sequence number. */
  readonly whole: () => string;
  readonly packed: () => Uint8Array;
}

export interface Client {
  readonly socket: WebSocket;
  hello(hello: Hello): void;
  mark(series: string): void;
  /** There are newer statistics. */
  stats(): void;
  /** Sends what is due; returns when it wants to be asked again (ms), or Infinity. */
  pump(now: number, press: Press): number;
  readonly greeted: boolean;
}

interface ClientOptions {
  readonly socket: WebSocket;
  readonly maps: MapsView;
  readonly line: LineView;
  /** The socket has room again. */
  readonly drained: () => void;
}

/** One connected dashboard: what it has been told, what it waits for, how fast it may be told. */
export function createClient({ socket, maps, line, drained }: ClientOptions): Client {
  let layers: readonly string[] = [];
  let interval = Number.POSITIVE_INFINITY;
  let due = 0;
  let greeted = false;
  let full = false;
  let thinned = false;
  /** A round was cut short because the socket was full. */
  let unfinished = false;
  let statsDue = false;
  let lastEvent = -1;
  const feeds = new Map<string, Feed>();
  const told = new Map<string, { news: Told; at: number }>();

  function send(bytes: Uint8Array): void {
    socket.send(bytes, () => {
      if (full && socket.bufferedAmount < FULL_BYTES / 2) {
        full = false;
        drained();
      }
    });
    if (socket.bufferedAmount >= FULL_BYTES) full = true;
  }

  function forget(): void {
    for (const book of [told, feeds]) for (const id of book.keys()) if (typeof maps.get(id) !== "object") book.delete(id);
  }

  /** Tells what a series is, if that is news; returns when the rest of the news may be told. */
  function introduce(series: SeriesView, now: number, press: Press): number {
    const news = press.series(series);
    const before = told.get(series.id);
    if (before?.news === news) return Number.POSITIVE_INFINITY;
    if (before && before.news.urgent === news.urgent) {
      if (now < before.at + ACCOUNT_MS) return before.at + ACCOUNT_MS;
      if (before.news.whole() === news.whole()) {
        before.news = news;
        return Number.POSITIVE_INFINITY;
      }
    }
    told.set(series.id, { news, at: now });
    send(news.packed());
    return Number.POSITIVE_INFINITY;
  }

  function talk(press: Press): void {
    const events = line.events();
    if ((events.at(-1)?.id ?? -1) > lastEvent)
      for (const e of events.slice(-PAST_EVENTS)) {
        if (e.id <= lastEvent) continue;
        if (full) return;
        send(press.message({ t: "event", ...e }));
        lastEvent = e.id;
      }
    if (statsDue && !full) {
      statsDue = false;
      send(press.message({ t: "stats", ...line.stats(), ...(thinned ? { reduced_rate: true } : {}) }));
      thinned = false;
    }
  }

  /** Newest series first. True when every feed has sent its round. */
  function tiles(press: Press): boolean {
    for (const series of [...maps.series()].reverse()) {
      const feed = feeds.get(series.id);
      while (feed?.pending()) {
        if (full) return false;
        const run = feed.next(series);
        if (!run) break;
        send(press.tile(series, run));
      }
    }
    return true;
  }

  const waiting = (): boolean => [...feeds.values()].some((f) => f.pending());

  return {
    socket,
    get greeted() {
      return greeted;
    },
    hello(hello) {
      layers = hello.layers;
      interval = 1000 / hello.max_rate_hz;
      for (const feed of feeds.values()) feed.want(layers);
      if (greeted) return;
      greeted = true;
      statsDue = true;
      const { since } = hello;
      const known = since ? maps.get(since.series) : undefined;
      if (since && typeof known === "object") feeds.set(known.id, createFeed(since.seq <= known.seq ? since.seq : 0, layers));
      for (const s of maps.series()) {
        const shown = s === maps.latest() || !isOver(s.info().state);
        if (shown && !feeds.has(s.id)) feeds.set(s.id, createFeed(0, layers));
      }
    },
    mark(series) {
      if (!greeted) return;
      const feed = feeds.get(series);
      if (feed) feed.mark();
      else feeds.set(series, createFeed(0, layers));
    },
    stats() {
      statsDue = true;
    },
    pump(now, press) {
      if (!greeted || socket.readyState !== socket.OPEN) return Number.POSITIVE_INFINITY;
      if (full) {
        thinned ||= now >= due;
        return Number.POSITIVE_INFINITY;
      }
      forget();
      let next = Number.POSITIVE_INFINITY;
      for (const s of maps.series()) if (!full) next = Math.min(next, introduce(s, now, press));
      talk(press);
      if (full || !waiting()) return next;
      if (now >= due || unfinished) {
        if (!unfinished) due = now + interval;
        unfinished = !tiles(press);
      }
      // What changed while a long round was under way is the next round.
      return waiting() && !full ? Math.min(next, due) : next;
    },
  };
}

import type { MapLayer } from "../core/map-layer.js";
import type { SeriesView } from "../core/sink.js";
import type { Tile } from "../core/wire.js";
import { codeRows, rowsPerTile } from "./tile-coding.js";

/** Rows of a layer that a client has not seen. */
export interface Run {
  readonly layer: MapLayer;
  readonly row: number;
  readonly rows: number;
  /** Part of a picture of the whole layer. */
  readonly snapshot: boolean;
  /** The client has everything up to this once it has the tile. */
  readonly seq: number;
}

/** What one client has of one series, and what it still has to get. */
export interface Feed {
  /** The series has changed. */
  mark(): void;
  /** Other layers are wanted; those that are new to the client are sent as a whole. */
  want(layers: readonly string[]): void;
  /** Anything to send, begun or not. */
  pending(): boolean;
  /** The next rows to send, or null when the client has everything of this round. */
  next(series: SeriesView): Run | null;
}

interface Round {
  readonly target: number;
  readonly runs: readonly Run[];
  at: number;
}

/** Contiguous rows above `seen`, cut to tiles. */
function dirtyRuns(layer: MapLayer, seen: number, seq: number): Run[] {
  const cuts: { row: number; rows: number }[] = [];
  const most = rowsPerTile(layer);
  let open: { row: number; rows: number } | null = null;
  let total = 0;
  for (let row = 0; row < layer.rows; row++) {
    if ((layer.rowSeq[row] ?? 0) <= seen) {
      open = null;
      continue;
    }
    total++;
    if (open && open.rows < most) open.rows++;
    else {
      open = { row, rows: 1 };
      cuts.push(open);
    }
  }
  return cuts.map((c) => ({ ...c, layer, seq, snapshot: total === layer.rows }));
}

/**
 * Rounds of tiles. A round is planned from the rows above what the client has (`since`), and sent as fast as the client reads;
 * values are taken when a tile is sent, so a slow client gets newer ones, and rows that change meanwhile belong to the next round.
 * Only the last tile of a round carries the round's number: a client that is cut off in the middle resumes from the number before
 * and misses nothing.
 */
export function createFeed(since: number, layers: readonly string[]): Feed {
  /** The client has every row up to this. */
  let seen = since;
  /** The number that the client knows. */
  let told = since;
  let wanted = new Set(layers);
  /** Wanted layers of which the client has nothing yet. */
  const fresh = new Set<string>();
  let dirty = true;
  let round: Round | null = null;

  const wants = (name: string): boolean => wanted.size === 0 || wanted.has(name);

  function plan(series: SeriesView): Round {
    const target = series.seq;
    const runs = series
      .layers()
      .filter((l) => wants(l.name))
      .flatMap((l) => dirtyRuns(l, fresh.has(l.name) ? 0 : seen, told));
    const last = runs.at(-1);
    if (last) runs[runs.length - 1] = { ...last, seq: target };
    return { target, runs, at: 0 };
  }

  return {
    mark() {
      dirty = true;
    },
    want(names) {
      const some = wanted.size > 0;
      if (some && names.length === 0) seen = 0;
      for (const n of names) if (some && !wanted.has(n)) fresh.add(n);
      wanted = new Set(names);
      for (const n of fresh) if (!wants(n)) fresh.delete(n);
      // Who is cut off before the new layers are complete has to begin again.
      if (seen === 0 || fresh.size > 0) told = 0;
      round = null;
      dirty = true;
    },
    pending: () => dirty || round !== null,
    next(series) {
      if (!round) {
        if (!dirty) return null;
        dirty = false;
        round = plan(series);
      }
      for (;;) {
        const run = round.runs[round.at++];
        if (!run) break;
        // Placed on another grid meanwhile: the new layer belongs to the next round.
        if (series.layer(run.layer.name) === run.layer) return run;
        dirty = true;
      }
      seen = round.target;
      told = round.target;
      fresh.clear();
      round = null;
      return null;
    },
  };
}

export function tileOf(series: string, run: Run): Tile {
  const { layer, row, rows, seq } = run;
  return {
    t: "tile",
    series,
    layer: layer.name,
    seq,
    revision: layer.maxRevision,
    row,
    col: 0,
    rows,
    cols: layer.columns,
    ...codeRows(layer, row, rows),
    ...(run.snapshot ? { snapshot: true } : {}),
  };
}

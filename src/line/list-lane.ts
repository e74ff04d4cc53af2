import { BinTables, EventBinner, type PlacedLists } from "../components/event-binner.js";
import type { FinalAnswer } from "../components/final-questions.js";
import type { KernelStock } from "../components/polar-kernels.js";
import { SuperpixelRows } from "../components/superpixel-rows.js";
import type { FrameShape } from "../core/frame.js";
import type { PayloadLister } from "../kernels/list-payload.js";
import type { PolarKernels } from "../kernels/polar-kernels.js";
import type { HeldFrames } from "./held-frames.js";
import type { ListAnswer, ListAsk, ListCalls } from "./list-calls.js";
import { REF, type SlabReader } from "./slab.js";

interface Open {
  readonly about: ListCalls["listOpen"]["ask"];
  /** From the first row with a frame on. */
  binner: EventBinner | null;
  grown: SuperpixelRows | null;
  /** What they are grown with, until they are. */
  kernels: PolarKernels | null;
  mask: Uint8Array | null;
  version: number;
}

/** Tables that are kept: scans follow one another with the same set-up, mostly. */
const MOST_TABLES = 2;
/** Memory for the events of a scan. */
const LIMITS = { mostBytes: 2 ** 30 } as const;

/** Lists the electrons of rows by polar bins, and grows superpixels of them, in the thread that it is called in. */
export function createListLane(slab: SlabReader, newLister: () => PayloadLister, stock: KernelStock, { mostBytes } = LIMITS) {
  const open = new Map<number, Open>();
  let lister: PayloadLister | null = null;
  let listed: { readonly series: Open; readonly version: number } | null = null;
  let refused = 0;
  let tables: BinTables[] = [];

  function* entriesOf(s: Open, { ref, shape }: HeldFrames, from: number, end: number): Generator<Uint32Array> {
    lister ??= newLister();
    if (listed?.series !== s || listed.version !== s.version) {
      lister.configure({ ...s.about, mask: s.mask });
      listed = { series: s, version: s.version };
    }
    for (let i = from; i < end; i++) {
      const r = i * REF.width;
      const payload = slab.bytes(ref[r + REF.slot] as number, ref[r + REF.offset] as number, ref[r + REF.length] as number);
      const list = lister.list(payload, shape[shape.length > 1 ? i : 0] as FrameShape);
      if (list) yield list;
      else refused++;
    }
  }

  /** The frames of a column at a time, asked for in the order of columns: they lie in scan order. */
  function framesOf(s: Open, frames: HeldFrames): (column: number) => PlacedLists | null {
    let i = 0;
    return (column) => {
      const from = i;
      while (i < frames.count && frames.column[i] === column) i++;
      if (i === from) return null;
      return { lists: entriesOf(s, frames, from, i), row: frames.centre[2 * from] as number, col: frames.centre[2 * from + 1] as number };
    };
  }

  function binnerOf(s: Open, scale: ListAsk["scale"]): EventBinner {
    if (s.binner) return s.binner;
    const setup = { height: s.about.height, width: s.about.width, scale, ellipse: s.about.ellipse };
    const own = tables.find((t) => t.fits(setup)) ?? new BinTables(setup);
    tables = [own, ...tables.filter((t) => t !== own)].slice(0, MOST_TABLES);
    s.binner = new EventBinner(setup, own);
    s.binner.setMask(s.mask);
    return s.binner;
  }

  function growing(s: Open, row: number, scale: ListAsk["scale"]): SuperpixelRows {
    if (s.grown) return s.grown;
    s.kernels = stock.take();
    s.grown = new SuperpixelRows(s.about.columns, s.about.rows, scale, s.kernels);
    for (let i = 0; i < row; i++) s.grown.skip();
    return s.grown;
  }

  function giveBack(s: Open): void {
    stock.give(s.kernels);
    s.kernels = null;
  }

  const calls = {
    listOpen(about: ListCalls["listOpen"]["ask"]): null {
      const before = open.get(about.series);
      if (before) giveBack(before);
      open.set(about.series, {
        about,
        binner: null,
        grown: null,
        kernels: null,
        mask: before?.mask ?? null,
        version: before?.version ?? -1,
      });
      return null;
    },
    listRow({ series, row, mask: { version, mask }, scale, frames }: ListAsk): ListAnswer {
      const began = performance.now();
      const s = open.get(series);
      if (!s) throw new Error(`frames of series ${series} are not listed`);
      if (mask !== undefined && version !== s.version) {
        s.version = version;
        s.mask = mask;
        s.binner?.setMask(mask);
      }
      refused = 0;
      const binner = binnerOf(s, scale);
      const grown = growing(s, row, scale);
      const events = grown.bytes > mostBytes ? null : grown.take(binner.row(s.about.columns, framesOf(s, frames)));
      return { events, refused, ms: performance.now() - began };
    },
    listEnd({ series }: { series: number }): readonly Int32Array[] {
      return open.get(series)?.grown?.finish() ?? [];
    },
    listJudge({ series, region, question }: ListCalls["listJudge"]["ask"]): FinalAnswer | null {
      return open.get(series)?.grown?.answer(region, question) ?? null;
    },
    listClose({ series }: { series: number }): null {
      const s = open.get(series);
      if (s) giveBack(s);
      open.delete(series);
      return null;
    },
  };
  return {
    calls,
    close(): void {
      for (const s of open.values()) giveBack(s);
    },
  };
}

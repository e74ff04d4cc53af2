import type { ComponentRows } from "../components/component-rows.js";
import { ComponentScan } from "../components/component-scan.js";
import { EventBinner, polarScale } from "../components/event-binner.js";
import { JoinedClasses } from "../components/joined-classes.js";
import type { PolarFrame } from "../components/polar-events.js";
import { rateImage } from "../components/rate-image.js";
import type { EarlierScan } from "../components/scan-setup.js";
import type { ClustersView } from "../core/components.js";
import type { FrameShape } from "../core/frame.js";
import type { Image } from "../core/sink.js";
import type { PayloadLister } from "../kernels/list-payload.js";
import type { PolarKernels } from "../kernels/polar-kernels.js";
import { ClassShelf } from "./class-shelf.js";
import type { ComponentAnswer, ComponentAsk, ComponentCalls, MapUpdate } from "./component-calls.js";
import { noRows, pieces } from "./component-pieces.js";
import type { HeldFrames } from "./held-frames.js";
import { decodeSession, encodeSession } from "./library-file.js";
import type { MaskVersion } from "./messages.js";
import {
  type ComponentFacts,
  clustersOf,
  type ExplainedFacts,
  explainedBy,
  factsOf,
  NO_CLUSTERS,
  NO_FACTS,
  seenAngle,
  seenOf,
} from "./seen-components.js";
import { REF, type SlabReader } from "./slab.js";

interface Open {
  readonly about: ComponentCalls["componentOpen"]["ask"];
  /** From the first row with a frame on. */
  scan: ComponentScan | null;
  binner: EventBinner | null;
  mask: Uint8Array | null;
  version: number;
  /** Rows before the first with a frame. */
  empty: number;
  /** What is left of the scan as it was taken before; null: it was not. */
  readonly earlier: EarlierScan | null;
  /** What was not answered yet, the oldest first. */
  readonly left: { readonly rows: ComponentRows; readonly update: MapUpdate | null }[];
  /** As answered. */
  ellipse: readonly [number, number] | null;
  full: number;
  /** There are classes, but of other camera lengths alone. */
  strange: boolean;
}

/** Memory for the events of a scan, and positions in one answer. */
const LIMITS = { mostBytes: 2 ** 30, mostAnswered: 1 << 15 } as const;

/** Finds components of series in the thread that it is called in. */
export function createComponentLane(
  slab: SlabReader,
  newLister: () => PayloadLister,
  newKernels: () => PolarKernels,
  { mostBytes, mostAnswered } = LIMITS,
) {
  const open = new Map<number, Open>();
  let lister: PayloadLister | null = null;
  let listed: { readonly series: Open; readonly version: number } | null = null;
  let refused = 0;
  /** Of scans that were finished: their ids go on. */
  const shelf = new ClassShelf();
  const joined = new JoinedClasses();
  /** The classes on the shelf stay as they are, and are all there are. */
  let closed = false;

  const seriesOf = (n: number): Open => {
    const s = open.get(n);
    if (!s) throw new Error(`components of series ${n} are not looked for`);
    return s;
  };

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

  /** The frame of each column, all frames of a position in one; they lie in scan order. */
  function framesOf(s: Open, binner: EventBinner, frames: HeldFrames): (PolarFrame | null)[] {
    const found = new Array<PolarFrame | null>(s.about.columns).fill(null);
    for (let i = 0; i < frames.count; ) {
      const column = frames.column[i] as number;
      let end = i + 1;
      while (end < frames.count && frames.column[end] === column) end++;
      found[column] = binner.frame(entriesOf(s, frames, i, end), frames.centre[2 * i] as number, frames.centre[2 * i + 1] as number);
      i = end;
    }
    return found;
  }

  function begin(s: Open, radius: number): { scan: ComponentScan; binner: EventBinner } {
    const { height, width, ellipse, columns, rows, most } = s.about;
    const measured = polarScale(height, width, radius);
    const known = shelf.near(measured);
    // Classes go on, so their rings stay.
    const scale = known?.scale ?? measured;
    s.binner ??= new EventBinner({ height, width, scale, ellipse });
    if (!s.scan) {
      s.binner.setMask(s.mask);
      const { earlier } = s;
      s.scan = new ComponentScan({ columns, rows, scale, library: known, closed, joined, most, earlier, kernels: newKernels() });
      s.scan.classes.reserve(shelf.highest);
      s.strange = known === null && shelf.libraries.length > 0;
      for (let i = 0; i < s.empty; i++) s.scan.takeRow(() => null);
    }
    return { scan: s.scan, binner: s.binner };
  }

  function setMask(s: Open, { version, mask }: MaskVersion): void {
    if (mask === undefined || version === s.version) return;
    s.version = version;
    s.mask = mask;
    s.binner?.setMask(mask);
  }

  function shown(s: Open, changed: ComponentRows): ComponentRows {
    const { sense } = seenOf(s.about.mount);
    const angle = changed.angle.map((v, i) => seenAngle(v, changed.fold[i] as number, sense));
    return { ...changed, angle };
  }

  /** `found`: by the method, not by an operator. */
  const answer = (s: Open, changed: ComponentRows, began: number, found = true): ComponentAnswer => {
    let update: MapUpdate | null = found ? { ...changed.churn, known: changed.knownChurn, after: s.scan?.shown.rows ?? 0 } : null;
    for (const rows of pieces(changed, Math.max(1, Math.floor(mostAnswered / s.about.columns)), s.about.columns)) {
      s.left.push({ rows, update });
      update = null;
    }
    const { label, grain } = changed.knownChurn;
    // All of it may wait.
    if (update && label + grain > 0) s.left.push({ rows: changed, update });
    const next = s.left.shift();
    return { ...head(s, began), changed: shown(s, next?.rows ?? noRows()), update: next?.update ?? null, more: s.left.length > 0 };
  };
  const head = (s: Open, began: number): Omit<ComponentAnswer, "changed" | "update" | "more"> => ({
    ellipse: s.ellipse,
    full: s.full,
    waiting: s.scan?.waiting ?? s.earlier?.map.waiting ?? 0,
    strange: s.strange,
    refused,
    ms: performance.now() - began,
  });

  const calls = {
    componentOpen(about: ComponentCalls["componentOpen"]["ask"]): null {
      const before = open.get(about.series);
      open.set(about.series, {
        about,
        scan: null,
        binner: null,
        mask: before?.mask ?? null,
        version: before?.version ?? -1,
        empty: 0,
        earlier: about.again && before ? (before.scan?.leave() ?? before.earlier) : null,
        left: [],
        ellipse: null,
        full: -1,
        strange: false,
      });
      return null;
    },
    componentRow({ series, row, mask, radius, frames }: ComponentAsk): ComponentAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      setMask(s, mask);
      refused = 0;
      if (!s.scan && frames.count === 0) {
        s.empty++;
        return answer(s, noRows(), began);
      }
      if (s.full < 0 && s.scan && s.scan.bytes > mostBytes) s.full = row;
      if (s.full >= 0) return answer(s, noRows(), began);
      const { scan, binner } = begin(s, radius);
      const of = framesOf(s, binner, frames);
      const before = scan.epoch;
      const changed = scan.takeRow((c) => of[c] ?? null);
      const [ratio] = s.about.ellipse;
      if (ratio === 1 && s.ellipse === null && scan.epoch > before) s.ellipse = scan.ellipse;
      return answer(s, changed, began);
    },
    componentEnd({ series }: { series: number }): ComponentAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      refused = 0;
      const last = s.scan?.finish() ?? noRows();
      if (s.scan && !closed) shelf.put(s.scan.classes.library());
      return answer(s, last, began);
    },
    componentMore({ series }: { series: number }): ComponentAnswer {
      return answer(seriesOf(series), noRows(), performance.now());
    },
    componentFacts({ series }: { series: number }): ComponentFacts {
      const s = seriesOf(series);
      return s.scan ? factsOf(s.scan, seenOf(s.about.mount)) : NO_FACTS;
    },
    componentClusters({ series, distance }: ComponentCalls["componentClusters"]["ask"]): ClustersView {
      const s = seriesOf(series);
      return s.scan ? clustersOf(s.scan, distance, seenOf(s.about.mount)) : NO_CLUSTERS;
    },
    componentExplain({ series, row, column }: ComponentCalls["componentExplain"]["ask"]): ExplainedFacts | null {
      const s = seriesOf(series);
      const found = s.scan?.explain(row, column);
      return found ? explainedBy(found, seenOf(s.about.mount)) : null;
    },
    componentMatch({ series, row, column, centre }: ComponentCalls["componentMatch"]["ask"]): Image | null {
      const s = seriesOf(series);
      const found = s.scan?.explain(row, column);
      if (!s.scan || !found) return null;
      const { height, width, ellipse } = s.about;
      const place = { scale: s.scan.scale, ellipse, row: centre[0], col: centre[1], height, width, mask: s.mask };
      return { height, width, pixels: rateImage(found.rate, place) };
    },
    componentJoin({ series, ids }: ComponentCalls["componentJoin"]["ask"]): ComponentAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      return answer(s, s.scan?.join(ids) ?? noRows(), began, false);
    },
    componentFreeze({ series, id, frozen }: ComponentCalls["componentFreeze"]["ask"]): null {
      seriesOf(series).scan?.classes.freeze(id, frozen);
      shelf.freeze(id, frozen);
      return null;
    },
    componentLoad({ bytes, freeze }: ComponentCalls["componentLoad"]["ask"]): null {
      const session = decodeSession(bytes);
      for (const library of session.libraries) shelf.put(library);
      shelf.reserve(...session.joined.map((j) => j.id), ...session.words.map((w) => w.id));
      joined.load(session.joined);
      closed = freeze;
      return null;
    },
    componentSave({ words }: ComponentCalls["componentSave"]["ask"]): ComponentCalls["componentSave"]["answer"] {
      const { libraries } = shelf;
      const classes = libraries.reduce((n, l) => n + l.classes.length, 0);
      return { bytes: encodeSession({ libraries, joined: joined.save(), words }), classes };
    },
    componentClose({ series }: { series: number }): null {
      open.delete(series);
      return null;
    },
  };
  return { calls };
}

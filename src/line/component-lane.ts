import { type ComponentRows, ComponentScan } from "../components/component-scan.js";
import { EventBinner, polarScale } from "../components/event-binner.js";
import type { GrainFacts } from "../components/grain-facts.js";
import { dendrogram, type Join, patternOf } from "../components/hierarchy.js";
import { JoinedClasses } from "../components/joined-classes.js";
import type { Library } from "../components/library.js";
import { GRID, type PolarFrame, type PolarScale } from "../components/polar-events.js";
import type { FrameShape } from "../core/frame.js";
import type { PayloadLister } from "../kernels/list-payload.js";
import type { PolarKernels } from "../kernels/polar-kernels.js";
import type { HeldFrames } from "./held-frames.js";
import type { LaneSeries, MaskVersion } from "./messages.js";
import { orientation } from "./mount.js";
import { REF, type SlabReader } from "./slab.js";

/** A complete row of a scan. */
export interface ComponentAsk {
  readonly series: number;
  readonly row: number;
  readonly mask: MaskVersion;
  /** Bright-field radius, px. */
  readonly radius: number;
  readonly frames: HeldFrames;
}

export interface ComponentAnswer {
  /** Angles as people read them: counter-clockwise in the mounted frame. */
  readonly changed: ComponentRows;
  /** There are more: componentMore has them, in this order. */
  readonly more: boolean;
  /** The ellipse that the rings of a round specimen lie on, where none was told and one was found: as calibration.ellipse. */
  readonly ellipse: readonly [number, number] | null;
  /** The row from which on nothing is taken, because the events of those before fill the memory for them; -1: none. */
  readonly full: number;
  /** Frames whose pixels are no counts. */
  readonly refused: number;
  /** ms of the lane's time. */
  readonly ms: number;
}

/** One class, as it is shown. */
export interface ClassFacts {
  readonly id: number;
  /** 0: no crystal, no angle. */
  readonly fold: number;
  /** Of the positions that have a class. */
  readonly share: number;
  readonly frozen: boolean;
}

export interface ComponentFacts {
  readonly classes: readonly ClassFacts[];
  /** [classes, rings, sectors] Mean counts per pixel and frame along the zero of the class; sectors counter-clockwise in the mounted frame. */
  readonly polar: Float32Array;
  readonly grains: readonly GrainFacts[];
  /** Joins of the classes, by their places in the list: patterns are clusters 0..n - 1, the i-th join makes cluster n + i. */
  readonly tree: readonly Join[];
  /** Where the rings lie, px; null: no row with a frame has come. */
  readonly scale: PolarScale | null;
}

/** Questions about components. */
export interface ComponentCalls {
  /** The scan begins, or begins anew with what is better known: nothing that was learnt before is used. */
  componentOpen: { ask: LaneSeries & { readonly columns: number; readonly most: number }; answer: null };
  componentRow: { ask: ComponentAsk; answer: ComponentAnswer };
  componentEnd: { ask: { series: number }; answer: ComponentAnswer };
  componentMore: { ask: { series: number }; answer: ComponentAnswer };
  componentFacts: { ask: { series: number }; answer: ComponentFacts };
  /** Shows some classes as one from now on, in later scans too. */
  componentJoin: { ask: { series: number; ids: readonly number[] }; answer: ComponentAnswer };
  /** Keeps a class as it is, or lets it go on. */
  componentFreeze: { ask: { series: number; id: number; frozen: boolean }; answer: null };
  componentClose: { ask: { series: number }; answer: null };
}

interface Open {
  readonly about: ComponentCalls["componentOpen"]["ask"];
  /** From the first row with a frame on. */
  scan: ComponentScan | null;
  binner: EventBinner | null;
  mask: Uint8Array | null;
  version: number;
  /** Rows before the first with a frame. */
  empty: number;
  /** What was not answered yet, the oldest first. */
  readonly left: ComponentRows[];
  /** As answered. */
  ellipse: readonly [number, number] | null;
  full: number;
}

/** 1: turns keep their sense, -1: they change it; then the quarter turn at which the sent +col is seen. */
interface Seen {
  readonly sense: 1 | -1;
  readonly quarter: number;
}

const TURN = 2 * Math.PI;
/** Memory for the events of a scan, and positions in one answer. */
const LIMITS = { mostBytes: 2 ** 30, mostAnswered: 1 << 15 } as const;
/** Radii of disks that differ less are those of one camera length. */
const SAME_RADIUS = 0.05;
const none = (): ComponentRows => ({
  rows: [],
  churn: { label: 0, grain: 0 },
  limited: false,
  label: new Int32Array(),
  grain: new Int32Array(),
  angle: new Float32Array(),
  fold: new Uint8Array(),
  confidence: new Float32Array(),
  boundary: new Float32Array(),
  novelty: new Float32Array(),
  components: [],
  weights: new Float32Array(),
});

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
  /** Of the scan that was finished last: its ids go on. */
  let library: Library | null = null;
  const joined = new JoinedClasses();

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
    const { height, width, ellipse, columns, most } = s.about;
    const measured = polarScale(height, width, radius);
    // The radius of a disk is measured anew in each scan, and a little different: classes go on, so their rings stay.
    const known = library !== null && isNear(library.scale, measured) ? library : null;
    const scale = known?.scale ?? measured;
    s.binner ??= new EventBinner({ height, width, scale, ellipse });
    if (!s.scan) {
      s.binner.setMask(s.mask);
      s.scan = new ComponentScan({ columns, scale, library: known, joined, most, kernels: newKernels() });
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

  /** Directions as people see them, counter-clockwise in the mounted frame, from those of the sent frame, from +col towards +row. */
  function seenOf({ about }: Open): Seen {
    const turn = orientation(about.mount);
    const [a, b] = turn(1, 0);
    const [c, d] = turn(0, 1);
    return { sense: a * d - b * c > 0 ? -1 : 1, quarter: (Math.round((2 * Math.atan2(-c, d)) / Math.PI) + 4) % 4 };
  }

  function shown(s: Open, changed: ComponentRows): ComponentRows {
    const { sense } = seenOf(s);
    const angle = changed.angle.map((v, i) => seenAngle(v, changed.fold[i] as number, sense));
    return { ...changed, angle };
  }

  const answer = (s: Open, changed: ComponentRows, began: number): ComponentAnswer => {
    s.left.push(...pieces(changed, Math.max(1, Math.floor(mostAnswered / s.about.columns)), s.about.columns));
    return { ...head(s, began), changed: shown(s, s.left.shift() ?? none()), more: s.left.length > 0 };
  };
  const head = (s: Open, began: number): Omit<ComponentAnswer, "changed" | "more"> => ({
    ellipse: s.ellipse,
    full: s.full,
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
        left: [],
        ellipse: null,
        full: -1,
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
        return answer(s, none(), began);
      }
      if (s.full < 0 && s.scan && s.scan.bytes > mostBytes) s.full = row;
      if (s.full >= 0) return answer(s, none(), began);
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
      const last = s.scan?.finish() ?? none();
      library = s.scan?.classes.library() ?? library;
      return answer(s, last, began);
    },
    componentMore({ series }: { series: number }): ComponentAnswer {
      return answer(seriesOf(series), none(), performance.now());
    },
    componentFacts({ series }: { series: number }): ComponentFacts {
      const s = seriesOf(series);
      return s.scan ? factsOf(s.scan, seenOf(s)) : { classes: [], polar: new Float32Array(), grains: [], tree: [], scale: null };
    },
    componentJoin({ series, ids }: ComponentCalls["componentJoin"]["ask"]): ComponentAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      return answer(s, s.scan?.join(ids) ?? none(), began);
    },
    componentFreeze({ series, id, frozen }: ComponentCalls["componentFreeze"]["ask"]): null {
      seriesOf(series).scan?.classes.freeze(id, frozen);
      return null;
    },
    componentClose({ series }: { series: number }): null {
      open.delete(series);
      return null;
    },
  };
  return { calls };
}

/** A map of many rows in parts of so many that do not keep the main thread for long. */
function* pieces(all: ComponentRows, rows: number, columns: number): Generator<ComponentRows> {
  for (let from = 0; from < all.rows.length; from += rows) {
    const part = <T extends Int32Array | Float32Array | Uint8Array>(a: T): T => a.slice(from * columns, (from + rows) * columns) as T;
    yield {
      rows: all.rows.slice(from, from + rows),
      churn: all.churn,
      limited: all.limited,
      label: part(all.label),
      grain: part(all.grain),
      angle: part(all.angle),
      fold: part(all.fold),
      confidence: part(all.confidence),
      boundary: part(all.boundary),
      novelty: part(all.novelty),
      components: all.components,
      weights: all.weights.slice(from * columns * all.components.length, (from + rows) * columns * all.components.length),
    };
  }
}

/** An angle as people read it, in [0, 2 pi / fold). */
function seenAngle(angle: number, fold: number, sense: 1 | -1): number {
  const period = TURN / Math.max(1, fold);
  const seen = (((sense * angle) % period) + period) % period;
  return Math.fround(seen) >= period ? 0 : seen;
}

function factsOf(scan: ComponentScan, seen: Seen): ComponentFacts {
  const grains = scan.grains().map((g) => ({ ...g, angle: seenAngle(g.angle, g.fold, seen.sense) }));
  const area = new Map<number, number>();
  for (const g of grains) area.set(g.class, (area.get(g.class) ?? 0) + g.area);
  const all = [...area.values()].reduce((a, b) => a + b, 0);
  const records = [...scan.classes.records.values()].filter((r) => area.has(r.id)).sort((a, b) => a.id - b.id);
  const polar = records.map((r) => polarOf(r.rate, seen));
  return {
    classes: records.map((r) => ({ id: r.id, fold: r.crystal?.fold ?? 0, share: (area.get(r.id) as number) / all, frozen: r.frozen })),
    polar: Float32Array.from(polar.flatMap((p) => [...p])),
    grains,
    tree: dendrogram(
      scan.classes.rotation,
      records.map((r) => patternOf(scan.classes.rotation, r.rate)),
    ),
    scale: scan.scale,
  };
}

const isNear = (a: PolarScale, b: PolarScale): boolean => Math.abs(a.radius / b.radius - 1) < SAME_RADIUS && a.outer === b.outer;

/** Sectors counted as people see them. */
function polarOf(rate: Float64Array, { sense, quarter }: Seen): Float32Array {
  const { rings, sectors } = GRID;
  const zero = (quarter * sectors) / 4;
  return Float32Array.from({ length: rings * sectors }, (_, i) => {
    const [ring, sector] = [Math.floor(i / sectors), i % sectors];
    const sent = sense > 0 ? sector - zero : zero - 1 - sector;
    return rate[ring * sectors + ((sent + 2 * sectors) % sectors)] as number;
  });
}

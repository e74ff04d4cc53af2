import type { ComponentRows } from "../components/component-rows.js";
import { ComponentScan } from "../components/component-scan.js";
import { polarScale } from "../components/event-binner.js";
import { JoinedClasses } from "../components/joined-classes.js";
import type { PolarScale } from "../components/polar-events.js";
import type { KernelStock } from "../components/polar-kernels.js";
import { rateImage } from "../components/rate-image.js";
import type { EarlierScan } from "../components/scan-setup.js";
import type { ClustersView } from "../core/components.js";
import type { Image } from "../core/sink.js";
import type { PolarKernels } from "../kernels/polar-kernels.js";
import { ClassShelf } from "./class-shelf.js";
import type { ComponentAnswer, ComponentAsk, ComponentCalls, MapUpdate } from "./component-calls.js";
import { noRows, pieces } from "./component-pieces.js";
import { Freezes } from "./freezes.js";
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
import { SharedEnding } from "./shared-ending.js";

interface Open {
  readonly about: ComponentCalls["componentOpen"]["ask"];
  /** From the first row with a frame on. */
  scan: ComponentScan | null;
  mask: Uint8Array | null;
  version: number;
  /** The first row that has a frame. */
  first: number;
  /** What is left of the scan as it was taken before; null: it was not. */
  readonly earlier: EarlierScan | null;
  readonly freezes: Freezes;
  /** From the last row on. */
  ending: SharedEnding | null;
  /** What was not answered yet, the oldest first. */
  readonly left: { readonly rows: ComponentRows; readonly update: MapUpdate | null }[];
  /** As answered. */
  ellipse: readonly [number, number] | null;
  full: number;
  /** There are classes, but of other camera lengths alone. */
  strange: boolean;
}

/** Positions in one answer. */
const LIMITS = { mostAnswered: 1 << 15 } as const;

/** Finds components of series in the thread that it is called in. */
export function createComponentLane(stock: KernelStock, { mostAnswered } = LIMITS) {
  const open = new Map<number, Open>();
  /** Of all scans: nothing of one is left in them when another one asks. */
  let kernels: PolarKernels | null = null;
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

  function begin(s: Open, radius: number, row: number): ComponentScan {
    const { height, width, columns, rows, most } = s.about;
    const measured = polarScale(height, width, radius);
    const known = shelf.near(measured);
    // Classes go on, so their rings stay.
    const scale = known?.scale ?? measured;
    const { earlier } = s;
    kernels ??= stock.take();
    const scan = new ComponentScan({
      columns,
      rows,
      scale,
      library: known,
      closed,
      joined,
      most,
      earlier,
      kernels,
      grown: true,
    });
    scan.classes.reserve(shelf.highest);
    s.strange = known === null && shelf.libraries.length > 0;
    s.first = row;
    for (let i = 0; i < row; i++) scan.takeRow(() => null);
    return scan;
  }

  function setMask(s: Open, { version, mask }: MaskVersion): void {
    if (mask === undefined || version === s.version) return;
    s.version = version;
    s.mask = mask;
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
    return { ...head(s, began, next?.rows), update: next?.update ?? null, more: s.left.length > 0 };
  };
  /** Nothing yet, as long as something is shared. */
  const settled = (s: Open, began: number): ComponentAnswer => {
    if (s.ending?.shared) return { ...head(s, began), shared: s.ending.shared };
    if (s.scan) s.freezes.renew(s.scan.classes, true);
    if (s.scan && !closed) shelf.put(s.scan.classes.library());
    return answer(s, s.ending?.rows ?? noRows(), began);
  };
  const head = (s: Open, began: number, changed = noRows()): ComponentAnswer => ({
    changed: shown(s, changed),
    update: null,
    more: false,
    shared: null,
    ellipse: s.ellipse,
    full: s.full,
    waiting: s.scan?.waiting ?? s.earlier?.map.waiting ?? 0,
    strange: s.strange,
    ms: performance.now() - began,
  });

  const calls = {
    componentOpen(about: ComponentCalls["componentOpen"]["ask"]): null {
      const before = open.get(about.series);
      open.set(about.series, {
        about,
        scan: null,
        mask: before?.mask ?? null,
        version: before?.version ?? -1,
        first: 0,
        earlier: about.again && before ? (before.scan?.leave() ?? before.earlier) : null,
        freezes: about.again && before ? new Freezes(before.freezes, before.scan?.classes.records) : new Freezes(),
        ending: null,
        left: [],
        ellipse: null,
        full: -1,
        strange: false,
      });
      return null;
    },
    componentBegin({ series, radius, row }: ComponentCalls["componentBegin"]["ask"]): PolarScale {
      const s = seriesOf(series);
      s.scan ??= begin(s, radius, row);
      return s.scan.scale;
    },
    componentRow({ series, row, mask, events }: ComponentAsk): ComponentAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      setMask(s, mask);
      const { scan } = s;
      if (!events) {
        // Rows before the first are there since the scan began, however late they come.
        if (scan && row >= s.first && s.full < 0) s.full = row;
        return answer(s, noRows(), began);
      }
      if (!scan) throw new Error(`components of series ${series} have not begun`);
      const before = scan.epoch;
      const changed = scan.takeRow(events);
      s.freezes.renew(scan.classes);
      const [ratio] = s.about.ellipse;
      if (ratio === 1 && s.ellipse === null && scan.epoch > before) s.ellipse = scan.ellipse;
      return answer(s, changed, began);
    },
    componentEnd({ series, superpixels }: ComponentCalls["componentEnd"]["ask"]): ComponentAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      s.ending = s.scan && new SharedEnding(s.scan, superpixels);
      return settled(s, began);
    },
    componentJudge({ series }: { series: number }): null {
      seriesOf(series).ending?.judge();
      return null;
    },
    componentSettle({ series, theirs }: ComponentCalls["componentSettle"]["ask"]): ComponentAnswer {
      const began = performance.now();
      const s = seriesOf(series);
      s.ending?.goOn(theirs);
      return settled(s, began);
    },
    componentMore({ series }: { series: number }): ComponentAnswer {
      return answer(seriesOf(series), noRows(), performance.now());
    },
    componentFacts({ series }: { series: number }): ComponentFacts {
      const s = seriesOf(series);
      if (!s.scan) return NO_FACTS;
      const facts = factsOf(s.scan, seenOf(s.about.mount));
      // Not as it was when it was last shown: of rows that are taken again, classes are shown before they are found.
      const { records } = s.scan.classes;
      const frozen = (id: number): boolean => records.get(id)?.frozen || s.freezes.has(id);
      return { ...facts, classes: facts.classes.map((c) => ({ ...c, frozen: frozen(c.id) })) };
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
      const { scan, freezes } = seriesOf(series);
      freezes.say(id, frozen, scan?.classes ?? null);
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
  return { calls, close: () => stock.give(kernels) };
}

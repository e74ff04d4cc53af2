import type { ComponentOptions } from "./component-options.js";
import { ComponentRun } from "./component-run.js";
import type { SeriesNeeds } from "./series-needs.js";
import { reasonNot, rowsOf, type SeriesParts } from "./series-parts.js";

type Notes = Pick<ComponentOptions, "onMissed" | "onAgain" | "onEllipse" | "onCut" | "onFull" | "onStrange" | "onLimited">;

/** What people are told of components. */
const notesTo = ({ event, mostComponents }: Pick<SeriesNeeds, "event" | "mostComponents">, id: string): Notes => ({
  onMissed: (frames) =>
    event("warn", "components-without", `${frames} frames were no longer kept, or are no counts: classes and grains do without them`, id),
  onAgain: (row) =>
    event("info", "components-again", `rows before ${row} are classified again: what they are measured with is better known`, id),
  onEllipse: (ratio, angle) =>
    event(
      "info",
      "ellipse-found",
      `rings lie on an ellipse of ${ratio.toFixed(3)} along ${((angle * 180) / Math.PI).toFixed(0)} degrees, which is undone for classes: [calibration] ellipse would say it for everything`,
      id,
    ),
  onCut: (positions) =>
    event(
      "warn",
      "components-cut",
      `${positions} positions are left without a final class: newer scans wait for theirs, and scans come faster than they are classified`,
      id,
    ),
  onFull: (row) =>
    event("warn", "components-full", `rows from ${row} on have no class: the electrons of those before fill the memory for them`, id),
  onStrange: () =>
    event(
      "warn",
      "library-other-scale",
      "the classes of earlier scans are of other camera lengths or detectors: they are not used for this scan",
      id,
    ),
  onLimited: () =>
    event(
      "info",
      "components-limited",
      `there would be more than ${mostComponents} classes: those that are least clearly two are one ([components] max)`,
      id,
    ),
});

/** What finds the components of a series; a string: why nothing does. */
export function openComponents(s: SeriesParts, onIdle: () => void): ComponentRun | string {
  const { images, needs: n } = s;
  if (n.mostComponents === 0) return "components are switched off: [components] max";
  const reason = reasonNot(s);
  if (reason !== null) return reason;
  return new ComponentRun({
    ...rowsOf(s),
    ...notesTo(n, s.id),
    most: n.mostComponents,
    hold: (end) => images.segments.hold(end, n.slab),
    mayGoOn: () => n.mayClassify(s.number),
    onRow: n.onComponents,
    onIdle,
    onCrash: n.onCrash,
  });
}

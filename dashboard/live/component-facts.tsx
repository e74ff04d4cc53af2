import { classFill } from "../lib/class-table.js";
import { angleWords, foldWords } from "../lib/component-words.js";
import type { Position } from "../lib/hash-state.js";
import { componentOf } from "../state/components.js";
import { currentMaps, valueAt } from "./tile-model.js";

/** Class, angle, fold, grain and confidence of a position; nothing where the scan has no classes. */
export function ComponentFacts({ at }: { readonly at: Position }) {
  const maps = currentMaps.value;
  maps?.changed.value;
  if (!maps?.layers.has("label")) return null;
  const value = (layer: string): number | null => {
    const v = valueAt(maps, layer, at.row, at.col);
    return v === null || Number.isNaN(v) ? null : v;
  };
  const label = value("label");
  const fold = value("fold") ?? 0;
  const confidence = value("confidence");
  const grain = value("grain");
  const known = componentOf(label);
  const facts: readonly (readonly [string, string])[] =
    label === null
      ? []
      : [
          ["Angle", angleWords(value("inplane_angle"), fold)],
          ["Fold", foldWords(fold)],
          ["Grain", grain === null ? "none" : String(grain)],
          ["Confidence", confidence === null ? "–" : confidence.toFixed(2)],
        ];
  return (
    <>
      <div class="facts-wide">
        <dt>Class</dt>
        <dd data-testid="class-at">
          {known ? <i class="swatch" style={{ background: classFill(known.id, known.color) }} /> : null}
          {label === null ? "no result" : (known?.name ?? `Class ${label}`)}
        </dd>
      </div>
      {facts.map(([k, v]) => (
        <div key={k}>
          <dt>{k}</dt>
          <dd>{v}</dd>
        </div>
      ))}
    </>
  );
}

import { CATEGORIES, COMPONENT_LAYERS, choiceOf, SHORT_TITLES } from "../lib/catalogue.js";
import { short } from "../lib/numbers.js";
import { currentSeries } from "../state/daemon.js";
import { cursor, tiles } from "../state/page.js";
import { ComponentFacts } from "./component-facts.js";
import { ExplainedBy } from "./explained-by.js";
import { currentMaps, isWaiting, layerChoices, valueAt } from "./tile-model.js";

function shown(layer: string, kind: string, unit: string, v: number | null): string {
  if (v === null || Number.isNaN(v)) return "no result";
  const word = CATEGORIES[layer]?.[v];
  if (word !== undefined) return word;
  return kind === "cyclic" ? `${((v * 180) / Math.PI).toFixed(0)}°` : `${short(v)}${unit === "" ? "" : ` ${unit}`}`;
}

/** Values of the maps on screen at the cursor. */
export function CursorReadout() {
  const at = cursor.value;
  const maps = currentMaps.value;
  maps?.changed.value;
  const s = currentSeries.value;
  if (!at || !s)
    return (
      <div class="readout" data-testid="cursor-readout">
        <p class="muted">No position under the cursor</p>
      </div>
    );
  const step = s.step_nm;
  const names = [...new Set([...tiles.value.map((t) => t.layer).filter((name) => !COMPONENT_LAYERS.has(name)), "frame_status"])];
  return (
    <div class="readout" data-testid="cursor-readout">
      <p>
        row <b>{at.row}</b>, column <b>{at.col}</b>
        {step ? <span class="muted">{`  y ${short(at.row * step)}, x ${short(at.col * step)} nm`}</span> : null}
      </p>
      <dl class="facts">
        {names.map((name) => {
          const c = choiceOf(layerChoices.value, name);
          const v = valueAt(maps, c.layer, at.row, at.col, c.channel);
          const waits = name !== "frame_status" && isWaiting(maps, c, at.row, at.col);
          return (
            <div key={name}>
              <dt title={c.about}>{SHORT_TITLES[name] ?? c.title}</dt>
              <dd>{waits ? "waiting" : shown(name, c.kind, c.unit, v)}</dd>
            </div>
          );
        })}
        <ComponentFacts at={at} />
      </dl>
      <ExplainedBy />
    </div>
  );
}

import { useMemo } from "preact/hooks";
import type { Grain } from "../../src/core/components.js";
import { classFill } from "../lib/class-table.js";
import { angleWords, placeOf } from "../lib/component-words.js";
import { short, whole } from "../lib/numbers.js";
import { currentMaps, valueAt } from "../live/tile-model.js";
import { componentOf, grains } from "../state/components.js";
import { currentSeries } from "../state/daemon.js";
import { cursor } from "../state/page.js";

/** Rows of the table. */
const MOST = 200;

function go(grain: Grain): void {
  const maps = currentMaps.peek();
  if (maps) cursor.value = placeOf(grain, maps.layers.get("grain")?.planes[0]?.values, maps.rows, maps.cols);
}

function Row({ of: g, step, current }: { readonly of: Grain; readonly step: number | null; readonly current: boolean }) {
  const c = componentOf(g.component);
  return (
    <tr data-current={current} onClick={() => go(g)}>
      <th scope="row">
        <button type="button" class="plain" title="Put the cursor there" aria-pressed={current}>
          {g.id}
        </button>
      </th>
      <td>
        <i class="swatch" style={c ? { background: classFill(c.id, c.color) } : {}} /> {c?.name ?? `Class ${g.component}`}
      </td>
      <td class="number">{step ? `${short(g.area * step * step)} nm²` : whole(g.area)}</td>
      <td class="number">{angleWords(g.angle, g.fold)}</td>
      <td class="number">
        {Math.round(g.row)}, {Math.round(g.column)}
      </td>
    </tr>
  );
}

/** Grains, the largest first. */
export function GrainTable() {
  const list = grains.value;
  const step = currentSeries.value?.step_nm ?? null;
  const sorted = useMemo(() => [...list].sort((a, b) => b.area - a.area || a.id - b.id), [list]);
  currentMaps.value?.changed.value;
  const at = cursor.value;
  const under = at ? valueAt(currentMaps.value, "grain", at.row, at.col) : null;
  return (
    <table class="table grains" data-testid="grain-table">
      <caption>
        {list.length > MOST ? `The ${MOST} largest of ${whole(list.length)}` : `${whole(list.length)} in all, the largest first`}
      </caption>
      <thead>
        <tr>
          <th scope="col">Grain</th>
          <th scope="col">Class</th>
          <th scope="col" class="number">
            {step ? "Area" : "Positions"}
          </th>
          <th scope="col" class="number">
            Mean angle
          </th>
          <th scope="col" class="number">
            Row, col
          </th>
        </tr>
      </thead>
      <tbody>
        {sorted.slice(0, MOST).map((g) => (
          <Row key={g.id} of={g} step={step} current={g.id === under} />
        ))}
      </tbody>
    </table>
  );
}

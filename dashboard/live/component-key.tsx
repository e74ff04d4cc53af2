import { classFill } from "../lib/class-table.js";
import { byShare } from "../lib/component-words.js";
import { percent, whole } from "../lib/numbers.js";
import { componentsAsked, shownComponents } from "../state/components.js";
import { currentMaps } from "./tile-model.js";

const NoResult = () => (
  <li class="muted">
    <i class="swatch no-result" />
    <span>no result</span>
  </li>
);

/** Names and shares of the classes of the scan, the largest first. */
export function ComponentKey() {
  const shown = byShare(shownComponents.value).filter((c) => c.share > 0);
  return (
    <ul class="classes class-names" data-testid="class-key">
      {shown.map((c) => (
        <li key={c.id} title={`${c.name}: ${percent(c.share, 1)} of the positions that have a class${c.background ? ", background" : ""}`}>
          <i class="swatch" style={{ background: classFill(c.id, c.color) }} />
          <span class="class-name">{c.name}</span>
          <span class="class-share">{percent(c.share, 1)}</span>
        </li>
      ))}
      <NoResult />
    </ul>
  );
}

/** Grains are too many for names. They are counted as often as components are asked for. */
export function GrainKey() {
  componentsAsked.value;
  const ids = new Set(currentMaps.value?.layers.get("grain")?.planes[0]?.values.filter((v) => !Number.isNaN(v)));
  return (
    <ul class="classes" data-testid="grain-key">
      <li>{ids.size === 1 ? "1 grain" : `${whole(ids.size)} grains`}</li>
      <li class="muted">Colours tell neighbours apart; they come again.</li>
      <NoResult />
    </ul>
  );
}

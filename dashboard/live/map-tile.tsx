import { type Choice, CLAIM_ABOUT, COMPONENT_LAYERS, lookKind, tablesFor } from "../lib/catalogue.js";
import type { TableName } from "../lib/colour-tables.js";
import { filledOf, lastFilledRow } from "../lib/layer-image.js";
import { CURVES } from "../lib/look.js";
import { age, percent } from "../lib/numbers.js";
import { Segmented } from "../parts/segmented.js";
import { situation } from "../parts/situation.js";
import { componentsMissing } from "../state/components.js";
import { clock, currentSeries, frameAge, lostAt } from "../state/daemon.js";
import { activeTile, changeTile } from "../state/page.js";
import { ColourKey } from "./colour-key.js";
import { MapBody } from "./map-body.js";
import { currentMaps, layerChoices, newestReceivedRow, type TileModel } from "./tile-model.js";

const CURVE_NAMES = { lin: "lin", sqrt: "√", log: "log" } as const;
const CURVE_ABOUT = { lin: "Linear", sqrt: "Square root", log: "Logarithm" } as const;

const options = (list: readonly Choice[]) =>
  list.map((c) => (
    <option key={c.name} value={c.name}>
      {c.title}
    </option>
  ));

function LayerSelect({ model }: { readonly model: TileModel }) {
  const { layer } = model.state.value;
  const all = layerChoices.value;
  const sections = [...new Set(all.map((c) => c.section))].filter((g) => g !== null);
  return (
    <select
      class="layer-select"
      aria-label={`Layer of map ${model.index + 1}`}
      title={model.choice.value.about}
      data-testid={`layer-select-${model.index}`}
      value={layer}
      onChange={(e) => {
        changeTile(model.index, { layer: e.currentTarget.value, limits: null, locked: false, table: null });
      }}
    >
      {options(all.filter((c) => c.section === null))}
      {sections.map((g) => (
        <optgroup key={g} label={g}>
          {options(all.filter((c) => c.section === g))}
        </optgroup>
      ))}
    </select>
  );
}

/** How much of the map is there, and how far it is behind the detector. */
function Coverage({ model }: { readonly model: TileModel }) {
  currentMaps.value?.changed.value;
  const image = model.image.value;
  const all = image ? image.rows * image.cols : 0;
  const lag = image ? Math.max(0, newestReceivedRow.value - lastFilledRow(image)) : 0;
  return (
    <>
      <span class="coverage" data-testid={`coverage-${model.index}`} title="Positions with a result">
        {image ? percent(filledOf(image), all) : "–"}
      </span>
      {lag > 0 ? (
        <span class="lag" title="Rows received that this map does not show yet">
          {lag} {lag === 1 ? "row" : "rows"} behind
        </span>
      ) : null}
    </>
  );
}

function Controls({ model }: { readonly model: TileModel }) {
  const state = model.state.value;
  const kind = lookKind(model.choice.value.kind);
  const fit = tablesFor(kind);
  const bent = kind === "sequence" || kind === "signed";
  return (
    <div class="tile-controls">
      {bent ? (
        <Segmented
          label="Curve"
          value={state.curve}
          options={CURVES.map((c) => [c, CURVE_NAMES[c], CURVE_ABOUT[c]] as const)}
          pick={(curve) => changeTile(model.index, { curve })}
        />
      ) : null}
      {fit.length > 1 ? (
        <select
          aria-label="Colour map"
          value={model.table.value}
          onChange={(e) => changeTile(model.index, { table: e.currentTarget.value as TableName })}
        >
          {fit.map((t) => (
            <option key={t} value={t}>
              {t}
            </option>
          ))}
        </select>
      ) : null}
      {bent ? (
        <div class="pair">
          <button
            type="button"
            class="small"
            aria-pressed={state.limits === null}
            title="Contrast from the data (A)"
            onClick={() => changeTile(model.index, { limits: null, locked: false })}
          >
            auto
          </button>
          <button
            type="button"
            class="small"
            aria-pressed={state.locked}
            title="Hold these limits, also for the next scan"
            onClick={() => changeTile(model.index, state.locked ? { locked: false } : { locked: true, limits: model.limits.peek() })}
          >
            lock
          </button>
        </div>
      ) : null}
    </div>
  );
}

/** Why there is no picture yet. */
function empty(model: TileModel): string {
  if (!currentSeries.value) return "No scan yet";
  if (!currentMaps.value) return "Waiting for the first row";
  if (model.image.value) return "";
  return COMPONENT_LAYERS.has(model.choice.value.layer) ? componentsMissing.value : "This layer has not come yet";
}

function staleAge(): number | null {
  return lostAt.value === null ? frameAge.value : (clock.value - lostAt.value) / 1000;
}

export function MapTile({ model }: { readonly model: TileModel }) {
  const { claim } = model.choice.value;
  const now = situation.value;
  const why = empty(model);
  const old = now.stale ? staleAge() : null;
  const activate = (): void => {
    activeTile.value = model.index;
  };
  return (
    <section
      class="tile"
      tabIndex={-1}
      data-active={activeTile.value === model.index}
      data-stale={now.stale}
      data-testid={`map-tile-${model.index}`}
      aria-label={`Map ${model.index + 1}: ${model.choice.value.title}`}
      onPointerDown={activate}
      onFocusCapture={activate}
    >
      <header class="tile-head">
        <LayerSelect model={model} />
        <span class="claim" data-claim={claim} title={CLAIM_ABOUT[claim]}>
          {claim}
        </span>
        <span class="spacer" />
        <Coverage model={model} />
      </header>
      <div class="tile-main">
        <MapBody model={model} />
        <div class="tile-side">
          <Controls model={model} />
          <ColourKey model={model} />
        </div>
        {why === "" ? null : <p class="tile-empty">{why}</p>}
        {old === null || why !== "" ? null : <p class="tile-age">{age(old)} old</p>}
      </div>
    </section>
  );
}

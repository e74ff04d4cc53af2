import { Segmented } from "../parts/segmented.js";
import { activeTile } from "../state/page.js";
import { MapTile } from "./map-tile.js";
import { PatternPanel } from "./pattern-panel.js";
import { Strip } from "./strip.js";
import { tileModels } from "./tile-model.js";

/** Where one map fills the screen: which of the four. */
function TileTabs() {
  return (
    <div class="tile-tabs">
      <Segmented
        label="Map"
        value={String(activeTile.value)}
        options={tileModels.map((m) => [String(m.index), m.choice.value.title] as const)}
        pick={(i) => {
          activeTile.value = Number(i);
        }}
      />
    </div>
  );
}

/** Screen A: maps, pattern, strip. */
export function LiveScreen() {
  return (
    <main class="live" data-testid="screen-live">
      <div class="maps">
        <TileTabs />
        {tileModels.map((m) => (
          <MapTile key={m.index} model={m} />
        ))}
      </div>
      <PatternPanel />
      <Strip />
    </main>
  );
}

import { MapTile } from "./map-tile.js";
import { PatternPanel } from "./pattern-panel.js";
import { Strip } from "./strip.js";
import { tileModels } from "./tile-model.js";

/** Screen A: maps, pattern, strip. */
export function LiveScreen() {
  return (
    <main class="live" data-testid="screen-live">
      <div class="maps">
        {tileModels.map((m) => (
          <MapTile key={m.index} model={m} />
        ))}
      </div>
      <PatternPanel />
      <Strip />
    </main>
  );
}

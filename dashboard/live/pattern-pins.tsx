import type { Position } from "../lib/hash-state.js";
import { currentSeries } from "../state/daemon.js";
import { cursor, patternMode, pins } from "../state/page.js";
import { PIN_COLOURS, PIN_NAMES } from "./map-overlay.js";
import { PatternCanvas } from "./pattern-canvas.js";
import { beamAt, madeOf } from "./pattern-facts.js";
import { patternLook } from "./pattern-key.js";
import { pinned } from "./patterns.js";
import { togglePin } from "./pins.js";

function PinHead({ at, n }: { readonly at: Position; readonly n: number }) {
  return (
    <span class="pin-head">
      <i style={{ background: PIN_COLOURS[n] }}>{PIN_NAMES[n]}</i>
      {at.row}, {at.col}
      <button type="button" class="plain" aria-label={`Unpin ${PIN_NAMES[n]}`} onClick={() => togglePin(at)}>
        ✕
      </button>
    </span>
  );
}

/** Pins side by side under one contrast. */
export function Pins({ thumbs }: { readonly thumbs: boolean }) {
  const step = currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null;
  const list = pins.value.map((at, n) => ({ at, n, shown: pinned.value.find((s) => s.at?.row === at.row && s.at.col === at.col) }));
  const high = Math.max(1, ...list.map((p) => p.shown?.high ?? 1));
  if (list.length === 0) return thumbs ? null : <p class="pattern-none">Click a map to pin up to four positions</p>;
  return (
    <div class={thumbs ? "pins thumbs" : "pins"}>
      {list.map(({ at, n, shown }) => (
        <figure key={`${at.row}.${at.col}`} title={shown ? madeOf(shown) : ""}>
          <figcaption>
            <PinHead at={at} n={n} />
            {thumbs || !shown ? null : <small>{madeOf(shown)}</small>}
          </figcaption>
          {shown?.pattern ? (
            <PatternCanvas
              pattern={shown.pattern}
              look={patternLook(shown, high)}
              beam={thumbs ? null : beamAt(at)}
              step={step}
              label={`Pattern of pin ${PIN_NAMES[n]}`}
              pick={() => {
                cursor.value = at;
                patternMode.value = "frame";
              }}
            />
          ) : (
            <p class="pattern-none">{shown?.problem ?? "…"}</p>
          )}
        </figure>
      ))}
    </div>
  );
}

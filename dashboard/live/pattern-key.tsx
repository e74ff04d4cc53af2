import { colourTable } from "../lib/colour-tables.js";
import { keyNumbers } from "../lib/denoise-words.js";
import { hex, type Look, unbend } from "../lib/look.js";
import { patternCurve } from "../state/page.js";
import type { Shown } from "./pattern-fetch.js";
import { isDenoised } from "./patterns.js";

/** Logarithm: 1 + this is the ratio of the brightest to the darkest that is told apart. Means and variances of a scan; counts; estimates, far below one count. */
const OF_A_SCAN = 9999;
const OF_COUNTS = 9;
const OF_ESTIMATES = 999;

function steepOf({ at, view, pattern }: Shown, high: number): number {
  if (at === null) return OF_A_SCAN;
  // One contrast for all views: that of counts only where there is nothing else to look at.
  if (isDenoised.value || view !== "raw" || pattern?.type === "float32") return OF_ESTIMATES;
  return Math.max(OF_COUNTS, high);
}

/** How a pattern is coloured. `high`: the highest value of the table; a difference has it at both ends, about 0. */
export function patternLook(shown: Shown, high: number): Look {
  const signed = shown.view === "difference" || shown.view === "residual";
  return {
    kind: signed ? "signed" : "sequence",
    // Standard deviations are to be read off the colours; most of them are noise.
    curve: shown.view === "residual" ? "lin" : patternCurve.value,
    low: signed ? -high : 0,
    high,
    steep: steepOf(shown, high),
    table: colourTable(signed ? "blue orange dark" : "magma"),
  };
}

/** Keeps its place where nothing is shown. Colours of the table from left to right, and the values at its ends and in its middle. */
export function PatternKey({ look, unit, shown }: { readonly look: Look; readonly unit: string; readonly shown: boolean }) {
  const stops = Array.from({ length: 17 }, (_, i) => {
    const at = 4 * Math.round((255 * i) / 16);
    return hex([look.table[at] ?? 0, look.table[at + 1] ?? 0, look.table[at + 2] ?? 0]);
  });
  const middle = look.kind === "signed" ? 0 : look.high * unbend(look.curve, 0.5, look.steep);
  const [low, half, high] = keyNumbers(look.low, middle, look.high);
  return (
    <div class="pattern-key" data-shown={shown} data-testid="pattern-key">
      <i style={{ background: `linear-gradient(90deg, ${stops.join()})` }} />
      <span>{low}</span>
      <span>{half}</span>
      <span>{`${high} ${unit}`}</span>
    </div>
  );
}

import { madeWords } from "../lib/denoise-words.js";
import type { PatternView, Position } from "../lib/hash-state.js";
import { short, whole } from "../lib/numbers.js";
import type { Pattern } from "../lib/pattern-stats.js";
import { currentSeries } from "../state/daemon.js";
import type { Beam } from "./pattern-canvas.js";
import type { Shown } from "./pattern-fetch.js";
import { currentMaps, valueAt } from "./tile-model.js";

/** Beam of a position where its centre is known, else of the newest fit. */
export function beamAt(at: Position | null): Beam | null {
  const fit = currentSeries.value?.beam ?? null;
  const row = at ? valueAt(currentMaps.value, "centre", at.row, at.col, 0) : null;
  const col = at ? valueAt(currentMaps.value, "centre", at.row, at.col, 1) : null;
  const radius = fit && fit.radius > 0 ? fit.radius : null;
  return row !== null && col !== null && Number.isFinite(row) && Number.isFinite(col)
    ? { row, col, radius }
    : fit
      ? { ...fit, radius }
      : null;
}

/** What a picture is made of; empty where there is none. */
export function madeOf({ pattern, sources, view, how }: Shown): string {
  if (!pattern) return "";
  if (sources.length === 0) return "raw counts, all frames";
  return madeWords({ view, frames: sources.map((s) => s.frames), tiers: sources.map((s) => s.tier), how });
}

function pointer(pattern: Pattern, beam: Beam | null, under: Position): string {
  const step = currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null;
  const v = pattern.values[under.row * pattern.width + under.col] ?? Number.NaN;
  const q = beam ? Math.hypot(under.row - beam.row, under.col - beam.col) : null;
  const far = q === null ? "" : ` · ${step ? `${(q * step).toFixed(3)} 1/Å` : `${q.toFixed(1)} px`}`;
  return `${under.row}, ${under.col}: ${Number.isNaN(v) ? "masked" : short(v)}${far}`;
}

/** What the values of a view come to. */
function sums(view: PatternView, { sum, max }: Pattern): readonly (readonly [name: string, value: string, about?: string])[] {
  if (view === "residual") return [["largest", `${short(max)} σ`, "Largest residual, of either sign"]];
  if (view !== "difference")
    return [
      ["counts", short(sum)],
      ["max", short(max)],
    ];
  return [
    ["net", short(sum), "Sum of the differences"],
    ["largest", short(max), "Largest difference, of either sign"],
  ];
}

export interface PatternFactsProps {
  readonly shown: Shown;
  readonly pattern: Pattern;
  readonly beam: Beam | null;
  readonly under: Position | null;
}
export function PatternFacts({ shown, pattern, beam, under }: PatternFactsProps) {
  const lines: readonly (readonly [name: string, value: string, about?: string])[] = [
    ...sums(shown.view, pattern),
    ["CoM", pattern.com ? `${pattern.com.row.toFixed(2)}, ${pattern.com.col.toFixed(2)}` : "–"],
    ["beam", beam ? `${beam.row.toFixed(2)}, ${beam.col.toFixed(2)}` : "–", "Beam centre"],
    ["radius", beam?.radius ? `${beam.radius.toFixed(2)} px` : "–", "Radius of the bright-field disk"],
  ];
  return (
    <dl class="facts" data-testid="pattern-readout">
      {lines.map(([name, value, about]) => (
        <div key={name}>
          <dt title={about}>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        {shown.view === "explained" || shown.view === "residual" ? (
          <dt title="Masked, in the direct beam, or beyond the last ring">no value</dt>
        ) : (
          <dt title="Masked, dead or saturated">masked</dt>
        )}
        <dd>
          <i class="swatch masked" /> {whole(pattern.invalid)} px
        </dd>
      </div>
      <div class="facts-wide">
        <dt>pointer</dt>
        <dd>{under ? pointer(pattern, beam, under) : "–"}</dd>
      </div>
    </dl>
  );
}

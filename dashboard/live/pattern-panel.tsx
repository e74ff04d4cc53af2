import { useSignal } from "@preact/signals";
import type { PatternMode, Position } from "../lib/hash-state.js";
import { CURVES } from "../lib/look.js";
import { short, whole } from "../lib/numbers.js";
import type { Pattern } from "../lib/pattern-stats.js";
import { Segmented } from "../parts/segmented.js";
import { currentSeries } from "../state/daemon.js";
import { cursor, patternCurve, patternMode, pins } from "../state/page.js";
import { CursorReadout } from "./cursor-readout.js";
import { PIN_COLOURS, PIN_NAMES } from "./map-overlay.js";
import { type Beam, PatternCanvas } from "./pattern-canvas.js";
import { hovered, pinned, type Shown, summary, summaryKind } from "./patterns.js";
import { togglePin } from "./pins.js";
import { currentMaps, valueAt } from "./tile-model.js";

const MODES: readonly (readonly [PatternMode, string, string])[] = [
  ["frame", "Frame", "The frame under the cursor, as the detector sent it"],
  ["mean", "Mean", "Mean of all frames"],
  ["max", "Max", "Highest value of each pixel"],
  ["variance", "Var", "Variance of each pixel"],
  ["pins", "Pins", "Pinned positions side by side"],
];
const TITLES = { mean: "Mean of the scan", max: "Maximum of the scan", variance: "Variance of the scan" } as const;

/** Beam of a position where its centre is known, else of the newest fit. */
function beamAt(at: Position | null): Beam | null {
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

function PatternFacts({
  pattern,
  beam,
  under,
}: {
  readonly pattern: Pattern;
  readonly beam: Beam | null;
  readonly under: Position | null;
}) {
  const step = currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null;
  const v = under ? (pattern.values[under.row * pattern.width + under.col] ?? Number.NaN) : null;
  const q = under && beam ? Math.hypot(under.row - beam.row, under.col - beam.col) : null;
  return (
    <dl class="facts" data-testid="pattern-readout">
      <div>
        <dt>counts</dt>
        <dd>{short(pattern.sum)}</dd>
      </div>
      <div>
        <dt>max</dt>
        <dd>{short(pattern.max)}</dd>
      </div>
      <div>
        <dt>CoM</dt>
        <dd>{pattern.com ? `${pattern.com.row.toFixed(2)}, ${pattern.com.col.toFixed(2)}` : "–"}</dd>
      </div>
      <div>
        <dt title="Beam centre">beam</dt>
        <dd>{beam ? `${beam.row.toFixed(2)}, ${beam.col.toFixed(2)}` : "–"}</dd>
      </div>
      <div>
        <dt title="Radius of the bright-field disk">radius</dt>
        <dd>{beam?.radius ? `${beam.radius.toFixed(2)} px` : "–"}</dd>
      </div>
      <div>
        <dt title="Masked, dead or saturated">masked</dt>
        <dd>
          <i class="swatch masked" /> {whole(pattern.invalid)} px
        </dd>
      </div>
      <div class="facts-wide">
        <dt>pointer</dt>
        <dd>
          {under && v !== null
            ? `${under.row}, ${under.col}: ${Number.isNaN(v) ? "masked" : short(v)}${q === null ? "" : ` · ${step ? `${(q * step).toFixed(3)} 1/Å` : `${q.toFixed(1)} px`}`}`
            : "–"}
        </dd>
      </div>
    </dl>
  );
}

function One({ shown, label }: { readonly shown: Shown; readonly label: string }) {
  const under = useSignal<Position | null>(null);
  const beam = beamAt(shown.at);
  const step = currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null;
  const { pattern } = shown;
  return (
    <>
      <div class="pattern-box">
        {pattern ? (
          <PatternCanvas
            pattern={pattern}
            curve={patternCurve.value}
            high={pattern.high}
            beam={beam}
            step={step}
            label={label}
            testid="pattern-canvas"
            over={(p) => {
              under.value = p;
            }}
          />
        ) : (
          <p class="pattern-none" role="status">
            {shown.problem ?? "Point at a map to see its pattern"}
          </p>
        )}
      </div>
      {pattern ? <PatternFacts pattern={pattern} beam={beam} under={under.value} /> : <dl class="facts" data-testid="pattern-readout" />}
    </>
  );
}

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
function Pins({ thumbs }: { readonly thumbs: boolean }) {
  const step = currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null;
  const list = pins.value.map((at, n) => ({ at, n, shown: pinned.value.find((s) => s.at?.row === at.row && s.at.col === at.col) }));
  const high = Math.max(1, ...list.map((p) => p.shown?.pattern?.high ?? 1));
  if (list.length === 0) return thumbs ? null : <p class="pattern-none">Click a map to pin up to four positions</p>;
  return (
    <div class={thumbs ? "pins thumbs" : "pins"}>
      {list.map(({ at, n, shown }) => (
        <figure key={`${at.row}.${at.col}`}>
          <figcaption>
            <PinHead at={at} n={n} />
          </figcaption>
          {shown?.pattern ? (
            <PatternCanvas
              pattern={shown.pattern}
              curve={patternCurve.value}
              high={high}
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

export function PatternPanel() {
  const mode = patternMode.value;
  const kind = summaryKind(mode);
  const at = cursor.value;
  const title = kind ? TITLES[kind] : mode === "pins" ? "Pinned positions" : at ? `Frame at row ${at.row}, column ${at.col}` : "Frame";
  return (
    <section class="pattern" aria-label="Diffraction pattern">
      <header>
        <Segmented
          label="Pattern"
          value={mode}
          options={MODES}
          pick={(m) => {
            patternMode.value = m;
          }}
        />
        <span class="spacer" />
        <Segmented
          label="Curve of the pattern"
          value={patternCurve.value}
          options={CURVES.map((c) => [c, c === "sqrt" ? "√" : c] as const)}
          pick={(c) => {
            patternCurve.value = c;
          }}
        />
      </header>
      <h2>{title}</h2>
      {mode === "pins" ? (
        <div class="pattern-box">
          <Pins thumbs={false} />
        </div>
      ) : (
        <One shown={kind ? summary.value : hovered.value} label={title} />
      )}
      <CursorReadout />
      {mode === "pins" ? null : <Pins thumbs />}
    </section>
  );
}

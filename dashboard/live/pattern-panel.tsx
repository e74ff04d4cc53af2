import { useSignal } from "@preact/signals";
import type { PatternMode, PatternView, Position } from "../lib/hash-state.js";
import { CURVES } from "../lib/look.js";
import { Segmented } from "../parts/segmented.js";
import { currentSeries } from "../state/daemon.js";
import { cursor, dialog, patternCurve, patternMode, patternView } from "../state/page.js";
import { CursorReadout } from "./cursor-readout.js";
import { PatternCanvas } from "./pattern-canvas.js";
import { beamAt, madeOf, PatternFacts } from "./pattern-facts.js";
import type { Shown, SummaryKind } from "./pattern-fetch.js";
import { PatternKey, patternLook } from "./pattern-key.js";
import { Pins } from "./pattern-pins.js";
import { hasClasses, hovered, panelMode, patternViews, summary, summaryKind } from "./patterns.js";

const MODES: readonly (readonly [PatternMode, string, string])[] = [
  ["frame", "Frame", "The frame under the cursor"],
  ["3x3", "3×3", "Mean of the positions around the cursor"],
  ["5x5", "5×5", "Mean of the positions around the cursor, two rows and columns away at most"],
  ["class", "Class", "Mean of the nearest positions of the class under the cursor"],
  ["mean", "Mean", "Mean of all frames"],
  ["max", "Max", "Highest value of each pixel"],
  ["variance", "Var", "Variance of each pixel"],
  ["pins", "Pins", "Pinned positions side by side"],
];
const VIEWS: readonly (readonly [PatternView, string, string])[] = [
  ["raw", "raw", "As the detector sent it"],
  ["denoised", "denoised", "Expected counts, estimated from this frame and those around it"],
  ["difference", "difference", "Denoised − raw, in the same contrast about 0"],
  ["explained", "explained", "Counts that the components of the position predict, each at its angle and with its share"],
  [
    "residual",
    "residual",
    "Raw − explained, in standard deviations of the Poisson noise of a disk: spots that no component explains stand out",
  ],
];

const TITLES = { mean: "Mean of the scan", max: "Maximum of the scan", variance: "Variance of the scan" } as const;

function One({ shown, label, unit }: { readonly shown: Shown; readonly label: string; readonly unit: string }) {
  const under = useSignal<Position | null>(null);
  const beam = beamAt(shown.at);
  const step = currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null;
  const { pattern } = shown;
  const look = patternLook(shown, shown.high);
  return (
    <>
      <p class="pattern-about" data-testid="pattern-about">
        {madeOf(shown)}
      </p>
      <div class="pattern-box">
        {pattern ? (
          <PatternCanvas
            pattern={pattern}
            look={look}
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
            {shown.problem ?? (shown.at ? "…" : "Point at a map to see its pattern")}
          </p>
        )}
      </div>
      <PatternKey look={look} unit={unit} shown={pattern !== null} />
      {pattern ? (
        <PatternFacts shown={shown} pattern={pattern} beam={beam} under={under.value} />
      ) : (
        <dl class="facts" data-testid="pattern-readout" />
      )}
    </>
  );
}

/** Raw, denoised or their difference, and the curve of the colours. */
function ViewControls({ ofScan }: { readonly ofScan: boolean }) {
  return (
    <>
      <Segmented
        label="Picture"
        value={ofScan ? "raw" : patternView.value}
        options={VIEWS.filter(([v]) => patternViews.value.includes(v) || v === patternView.value)}
        {...(ofScan ? { off: "Summaries of the scan are of raw frames" } : {})}
        pick={(v) => {
          patternView.value = v;
        }}
      />
      <span class="spacer" />
      <Segmented
        label="Curve of the pattern"
        value={!ofScan && patternView.value === "residual" ? "lin" : patternCurve.value}
        {...(!ofScan && patternView.value === "residual" ? { off: "Standard deviations are drawn as they are" } : {})}
        options={CURVES.map((c) => [c, c === "sqrt" ? "√" : c] as const)}
        pick={(c) => {
          patternCurve.value = c;
        }}
      />
    </>
  );
}

function unitOf(kind: SummaryKind | null, view: PatternView): string {
  if (kind === "variance") return "counts²";
  return kind === null && view === "residual" ? "σ" : "counts";
}

function titleOf(mode: PatternMode, at: Position | null): string {
  const kind = summaryKind(mode);
  if (kind) return TITLES[kind];
  if (mode === "pins") return "Pinned positions";
  const where = at ? ` row ${at.row}, column ${at.col}` : "";
  if (mode === "class") return `Class mean at${where}`;
  return mode === "frame" ? `Frame at${where}` : `${mode.replace("x", " × ")} mean at${where}`;
}

export function PatternPanel() {
  const mode = panelMode.value;
  const kind = summaryKind(mode);
  const shown = kind ? summary.value : hovered.value;
  const title = titleOf(mode, shown.at ?? cursor.value);
  return (
    <section class="pattern" aria-label="Diffraction pattern">
      <header>
        <Segmented
          label="Pattern"
          value={mode}
          options={MODES.filter(([m]) => m !== "class" || hasClasses.value)}
          pick={(m) => {
            patternMode.value = m;
          }}
        />
        <ViewControls ofScan={kind !== null} />
      </header>
      <div class="pattern-title">
        <h2>{title}</h2>
        <button
          type="button"
          class="plain"
          title="Rings and sectors whose counts are maps of their own"
          onClick={() => {
            dialog.value = "detectors";
          }}
        >
          Virtual detectors…
        </button>
      </div>
      {mode === "pins" ? (
        <div class="pattern-box">
          <Pins thumbs={false} />
        </div>
      ) : (
        <One shown={shown} label={title} unit={unitOf(kind, shown.view)} />
      )}
      <CursorReadout />
      {mode === "pins" ? null : <Pins thumbs />}
    </section>
  );
}

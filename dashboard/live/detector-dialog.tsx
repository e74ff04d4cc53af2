import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { SeriesInfo } from "../../src/core/series.js";
import { aboutArea, type DetectorArea, MOST_DETECTORS } from "../../src/core/virtual-detector.js";
import type { Position } from "../lib/hash-state.js";
import type { ListedDetector } from "../lib/read-detectors.js";
import { AS_SENT, type Mounting, sentArea } from "../lib/sent-area.js";
import { deleteDetector, fetchConfig, fetchDetectors } from "../net/api.js";
import { Dialog } from "../parts/dialog.js";
import { currentSeries } from "../state/daemon.js";
import { activeTile, changeTile, dialog } from "../state/page.js";
import { AreaForm, areaOf, type Place, ProfileForm, useDraft } from "./detector-forms.js";
import { PatternCanvas } from "./pattern-canvas.js";
import { beamAt } from "./pattern-facts.js";
import { loadSummary, NOTHING } from "./pattern-fetch.js";
import { patternLook } from "./pattern-key.js";

/** Without a bright-field disk to go by: half the width of a ring, px. */
const HALF_WIDTH = 3;
/** The mean of a scan that is running becomes clearer. */
const REFRESH_MS = 3000;

const rounded = (x: number): number => Math.round(10 * x) / 10;
const show = (layer: string): void => changeTile(activeTile.value, { layer, limits: null, locked: false });

async function mounting(): Promise<Mounting> {
  const fields = await fetchConfig();
  const on = (name: string): boolean => fields.find((f) => f.key === `detector.${name}`)?.value === true;
  return { flipRows: on("flip_rows"), flipCols: on("flip_cols"), transpose: on("transpose") };
}

/** What is known of a detector in the scan on screen. */
function standing({ id }: ListedDetector, s: SeriesInfo | null): string {
  const here = s?.virtual_detectors.find((d) => d.id === id);
  if (!here) return "from the next line on";
  if (here.bins === 0) return "outside the polar bins of this scan: nothing is counted";
  return here.from_line === 0 ? "" : `from line ${here.from_line} on`;
}

function whatOf({ area, component, moment }: ListedDetector): string {
  if (area) return aboutArea(area);
  if (moment) return `moment row^${moment[0]} col^${moment[1]} of the counts`;
  return `against the mean of all components, by the rings of component ${component}`;
}

function Row({ detector, remove }: { readonly detector: ListedDetector; readonly remove: () => void }) {
  const { id, name } = detector;
  const what = whatOf(detector);
  const notes = [what === name ? "" : what, standing(detector, currentSeries.value)];
  return (
    <li>
      <span>
        <b>{name}</b> <small>{notes.filter((n) => n !== "").join(", ")}</small>
      </span>
      <button
        type="button"
        aria-label={`Show ${name}`}
        onClick={() => {
          show(id);
          dialog.value = null;
        }}
      >
        Show
      </button>
      <button type="button" aria-label={`Remove ${name}`} onClick={remove}>
        Remove
      </button>
    </li>
  );
}

/** Mean of the scan with an area on it; `pick`: a pixel was clicked. */
function Preview({ area, pick }: { readonly area: DetectorArea | null; readonly pick: (p: Position) => void }) {
  const mean = useSignal(NOTHING);
  const mount = useSignal(AS_SENT);
  const under = useRef<Position | null>(null);
  const id = currentSeries.value?.id;
  useEffect(() => {
    mounting()
      .then((m) => {
        mount.value = m;
      })
      // It is known again with the next visit; the ring is right without.
      .catch(() => undefined);
  }, [mount]);
  useEffect(() => {
    if (id === undefined) return;
    let gone = false;
    const load = async (): Promise<void> => {
      const shown = await loadSummary(id, "mean");
      if (!gone) mean.value = shown;
    };
    void load();
    const timer = setInterval(() => void load(), REFRESH_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [id, mean]);
  const { pattern, problem, high } = mean.value;
  return (
    <div class="pattern-box">
      {pattern ? (
        <PatternCanvas
          pattern={pattern}
          look={patternLook(mean.value, high)}
          beam={beamAt(null)}
          areas={area ? [sentArea(area, mount.value)] : []}
          step={currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null}
          label="Mean of the scan with the virtual detector"
          testid="detector-canvas"
          over={(p) => {
            under.current = p;
          }}
          pick={() => {
            if (under.current) pick(under.current);
          }}
        />
      ) : (
        <p class="pattern-none">{problem ?? (id === undefined ? "No scan yet" : "…")}</p>
      )}
    </div>
  );
}

function Detectors() {
  const list = useSignal<readonly ListedDetector[]>([]);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const draft = useDraft();
  const act = async (work: () => Promise<void>): Promise<void> => {
    busy.value = true;
    problem.value = null;
    try {
      await work();
      list.value = await fetchDetectors();
    } catch (e) {
      problem.value = e instanceof Error ? e.message : String(e);
    }
    busy.value = false;
  };
  useEffect(() => void act(async () => undefined), []);
  const place: Place = (make) =>
    void act(async () => {
      show(await make());
      draft.name.value = "";
    });
  const around = (p: Position): void => {
    const beam = beamAt(null);
    if (!beam) return;
    const r = Math.hypot(p.row - beam.row, p.col - beam.col);
    const half = beam.radius ?? HALF_WIDTH;
    draft.inner.value = rounded(Math.max(0, r - half));
    draft.outer.value = rounded(r + half);
  };
  const area = areaOf(draft);
  const state = { place, full: list.value.length >= MOST_DETECTORS, busy: busy.value };
  return (
    <div class="detectors">
      <Preview area={typeof area === "string" ? null : area} pick={around} />
      <div>
        <AreaForm draft={draft} step={currentSeries.value?.calibration.pixel_size_inv_angstrom ?? null} {...state} />
        <ProfileForm {...state} />
        {problem.value === null ? null : (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
        <ul class="detector-list" data-testid="detector-list">
          {list.value.map((d) => (
            <Row key={d.id} detector={d} remove={() => void act(() => deleteDetector(d.id))} />
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Places and removes virtual detectors, for the scans to come as well. */
export function DetectorDialog() {
  return (
    <Dialog title="Virtual detectors" wide>
      <Detectors />
    </Dialog>
  );
}

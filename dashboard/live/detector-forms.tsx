import { type Signal, useSignal } from "@preact/signals";
import { aboutArea, areaProblem, type DetectorArea, MOST_DETECTOR_NAME, MOST_DETECTORS } from "../../src/core/virtual-detector.js";
import { postDetector } from "../net/api.js";
import { components } from "../state/components.js";

const DEGREE = Math.PI / 180;

/** The area that is being drawn up; radii may be missing. */
export interface Draft {
  readonly name: Signal<string>;
  readonly inner: Signal<number>;
  readonly outer: Signal<number>;
  /** Only a sector, whose angles are in degrees. */
  readonly part: Signal<boolean>;
  readonly from: Signal<number>;
  readonly to: Signal<number>;
  readonly fold: Signal<number>;
}
export function useDraft(): Draft {
  return {
    name: useSignal(""),
    inner: useSignal(Number.NaN),
    outer: useSignal(Number.NaN),
    part: useSignal(false),
    from: useSignal(-15),
    to: useSignal(15),
    fold: useSignal(1),
  };
}

/** The area of a draft; a string: why it is none yet. */
export function areaOf({ inner, outer, part, from, to, fold }: Draft): DetectorArea | string {
  if (Number.isNaN(inner.value) || Number.isNaN(outer.value)) return "Give two radii, or click a spot of the pattern";
  const sector = part.value ? { from: from.value * DEGREE, to: to.value * DEGREE, fold: fold.value } : null;
  const area = { inner: inner.value, outer: outer.value, sector };
  return areaProblem(area) ?? area;
}

function Field({ label, value, ...limits }: { label: string; value: Signal<number>; min: number; max?: number; step: number }) {
  return (
    <label>
      {label}
      <input
        type="number"
        {...limits}
        required
        value={Number.isFinite(value.value) ? value.value : ""}
        onInput={(e) => {
          value.value = e.currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
}

function Sector({ part, from, to, fold }: Draft) {
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={part.value}
          onChange={(e) => {
            part.value = e.currentTarget.checked;
          }}
        />
        Only a sector, angles clockwise from the right
      </label>
      {part.value ? (
        <div class="pair">
          <Field label="From, °" value={from} min={-360} max={360} step={1} />
          <Field label="to, °" value={to} min={-360} max={360} step={1} />
          <Field label="Fold" value={fold} min={1} max={12} step={1} />
        </div>
      ) : null}
    </>
  );
}

/** Places what `make` asks for; its answer is the layer. */
export type Place = (make: () => Promise<string>) => void;
interface FormProps {
  readonly place: Place;
  /** As many as there may be. */
  readonly full: boolean;
  readonly busy: boolean;
}

/** `step`: 1/Å per px; null: not calibrated. */
export function AreaForm({ draft, step, place, full, busy }: FormProps & { readonly draft: Draft; readonly step: number | null }) {
  const area = areaOf(draft);
  const { name, inner, outer } = draft;
  const problem = full ? `${MOST_DETECTORS} are placed, and no more at a time: remove one` : typeof area === "string" ? area : null;
  return (
    <form
      class="shape-form"
      onSubmit={(e) => {
        e.preventDefault();
        if (typeof area === "string") return;
        const { sector, ...ring } = area;
        place(() => postDetector({ name: name.value.trim() || aboutArea(area), ...ring, ...sector }));
      }}
    >
      <label>
        Name
        <input
          type="text"
          maxLength={MOST_DETECTOR_NAME}
          placeholder={typeof area === "string" ? "" : aboutArea(area)}
          value={name.value}
          onInput={(e) => {
            name.value = e.currentTarget.value;
          }}
        />
      </label>
      <div class="pair">
        <Field label="From, px" value={inner} min={0} step={0.1} />
        <Field label="to, px" value={outer} min={0} step={0.1} />
        {step === null || typeof area === "string" ? null : (
          <small>
            {(area.inner * step).toFixed(3)} to {(area.outer * step).toFixed(3)} 1/Å
          </small>
        )}
      </div>
      <Sector {...draft} />
      <p class="note" role="status">
        {problem ?? "Counts in polar bins, from the next line of the scan on"}
      </p>
      <div class="actions">
        <button type="submit" class="primary" disabled={problem !== null || busy}>
          Place
        </button>
      </div>
    </form>
  );
}

export function ProfileForm({ place, full, busy }: FormProps) {
  const chosen = useSignal("");
  const component = components.value.find((c) => String(c.id) === chosen.value);
  if (components.value.length === 0) return null;
  return (
    <form
      class="shape-form profile"
      onSubmit={(e) => {
        e.preventDefault();
        if (component) place(() => postDetector({ name: `Like ${component.name}`, component: component.id }));
      }}
    >
      <label>
        Or how like the radial profile of a component it is
        <select
          value={chosen.value}
          onChange={(e) => {
            chosen.value = e.currentTarget.value;
          }}
        >
          <option value="">Component…</option>
          {components.value.map((c) => (
            <option key={c.id} value={String(c.id)}>
              {c.name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={!component || full || busy}>
        Place
      </button>
    </form>
  );
}

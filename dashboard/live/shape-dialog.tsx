import { useSignal } from "@preact/signals";
import type { SeriesInfo } from "../../src/core/series.js";
import { whole } from "../lib/numbers.js";
import { shapeFits, shapesFor } from "../lib/shapes.js";
import { SHAPE_ABOUT } from "../lib/wording.js";
import { postShape } from "../net/api.js";
import { Dialog } from "../parts/dialog.js";
import { currentSeries } from "../state/daemon.js";
import { dialog } from "../state/page.js";

function ShapeForm({ of: s }: { readonly of: SeriesInfo }) {
  const rows = useSignal(s.shape[0]);
  const cols = useSignal(s.shape[1]);
  const busy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const frames = s.frames.expected ?? s.frames.received;
  const bad = !(Number.isInteger(rows.value) && Number.isInteger(cols.value) && rows.value >= 1 && cols.value >= 1);
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    busy.value = true;
    problem.value = null;
    try {
      await postShape(s.id, rows.value, cols.value);
      dialog.value = null;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
    busy.value = false;
  };
  const field = (label: string, value: typeof rows) => (
    <label>
      {label}
      <input
        type="number"
        min="1"
        max="65535"
        step="1"
        required
        value={Number.isFinite(value.value) ? value.value : ""}
        onInput={(e) => {
          value.value = e.currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
  return (
    <form class="shape-form" onSubmit={(e) => void submit(e)}>
      <p>
        Now {whole(s.shape[0])} × {whole(s.shape[1])}, {SHAPE_ABOUT[s.shape_from]}. {whole(s.frames.received)} frames received
        {s.frames.expected === null ? "" : ` of ${whole(s.frames.expected)} announced`}.
      </p>
      <div class="pair">
        {field("Rows", rows)}
        <span aria-hidden="true">×</span>
        {field("Columns", cols)}
      </div>
      <div class="chips">
        {shapesFor(frames)
          .slice(0, 5)
          .map(([r, c]) => (
            <button
              key={`${r}x${c}`}
              type="button"
              class="chip"
              onClick={() => {
                rows.value = r;
                cols.value = c;
              }}
            >
              {r} × {c}
            </button>
          ))}
      </div>
      <p class="note" role="status">
        {shapeFits(rows.value, cols.value, frames)}
      </p>
      {problem.value === null ? null : (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            dialog.value = null;
          }}
        >
          Cancel
        </button>
        <button type="submit" class="primary" disabled={bad || busy.value}>
          Place again
        </button>
      </div>
    </form>
  );
}

/** Places the kept frames of the scan on another grid, without measuring again. */
export function ShapeDialog() {
  const s = currentSeries.value;
  return <Dialog title="Shape of the scan">{s ? <ShapeForm key={s.id} of={s} /> : <p>No scan yet.</p>}</Dialog>;
}

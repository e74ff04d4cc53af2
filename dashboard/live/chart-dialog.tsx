import { MEASURES } from "../lib/history.js";
import { Dialog } from "../parts/dialog.js";
import { measureOf, Plot } from "../parts/plot.js";
import { Segmented } from "../parts/segmented.js";
import { chartOf } from "../state/page.js";

const CURVES = new Map(MEASURES.map((m) => [m.key, [{ measure: m, ink: "accent", how: "filled" }] as const]));

/** One measure over the last ten minutes. */
export function ChartDialog() {
  const measure = measureOf(chartOf.value);
  return (
    <Dialog title={measure.about} wide>
      <Segmented
        label="Measure"
        value={measure.key}
        options={MEASURES.map((m) => [m.key, m.title] as const)}
        pick={(k) => {
          chartOf.value = k;
        }}
      />
      <Plot curves={CURVES.get(measure.key) ?? []} height={300} testid="measure-chart" />
    </Dialog>
  );
}

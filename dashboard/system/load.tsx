import { whole } from "../lib/numbers.js";
import { oneIn } from "../lib/overload-words.js";
import { overload } from "../parts/overload.js";
import { type Curve, measureOf, Plot } from "../parts/plot.js";
import { stats } from "../state/daemon.js";

const CURVES: readonly Curve[] = [
  { measure: measureOf("backlog"), ink: "accent", how: "filled" },
  { measure: measureOf("put-off"), ink: "busy", how: "line" },
  { measure: measureOf("measured-one-in"), ink: "warn", how: "dashes" },
  { measure: measureOf("features-one-in"), ink: "muted", how: "dots" },
];

/** What waits, what is put off, and how that was in the last minutes. */
export function Load() {
  const o = stats.value?.overload;
  const lines: readonly (readonly [string, string])[] = [
    ["At once", o ? `${oneIn(o.measured_one_in)}${o.features_one_in > 1 ? `, features of 1 in ${whole(o.features_one_in)}` : ""}` : "–"],
    ["Put off", o ? `measures of ${whole(o.waiting_measures)} frames, features of ${whole(o.waiting_features)}` : "–"],
    ["Forecast", overload.value?.forecast || "nothing is behind"],
  ];
  return (
    <>
      <dl class="rows">
        {lines.map(([k, v]) => (
          <div key={k}>
            <dt>{k}</dt>
            <dd>{v}</dd>
          </div>
        ))}
      </dl>
      <Plot curves={CURVES} height={200} testid="load-chart" />
    </>
  );
}

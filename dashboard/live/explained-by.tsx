import type { ExplanationPart } from "../../src/core/components.js";
import { classFill } from "../lib/class-table.js";
import { degrees } from "../lib/component-words.js";
import { residualWords, waitWords } from "../lib/explanation-words.js";
import { componentOf } from "../state/components.js";
import { explanation } from "./explanation.js";

/** Parts that have a line. */
const MOST = 4;

const share = (part: number): string => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;

const nameOf = (component: number | null): string =>
  component === null ? "no component" : (componentOf(component)?.name ?? `Class ${component}`);

function PartLine({ part: p }: { readonly part: ExplanationPart }) {
  const known = componentOf(p.component);
  return (
    <li>
      <i class="swatch" style={known ? { background: classFill(known.id, known.color) } : {}} />
      <span class="part-name">{nameOf(p.component)}</span>
      <span class="number">{p.angle === null ? "no angle" : degrees(p.angle)}</span>
      <span class="number">{share(p.share)}</span>
    </li>
  );
}

/** Which components at which angles explain the frame under the cursor, and what they leave. */
export function ExplainedBy() {
  const found = explanation.value;
  if (!found) return null;
  return (
    <section class="explained" aria-label="Explained by" data-testid="explained-by">
      <ul>
        {found.parts.slice(0, MOST).map((p) => (
          <PartLine key={`${p.component} ${p.angle}`} part={p} />
        ))}
      </ul>
      <p title="How far the frame is from the sum of these, in standard deviations of Poisson noise">
        <span class="muted">Residual</span> {residualWords(found)}
      </p>
      {found.waits === null ? null : (
        <p title="After the first fifth of the rows corrections come little by little, so that the map does not jump; all of them at the end">
          <span class="muted">Map</span> {waitWords(found.waits, nameOf)}
        </p>
      )}
    </section>
  );
}

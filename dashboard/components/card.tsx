import { useMemo, useState } from "preact/hooks";
import { CLASS_COLOURS } from "../../src/core/class-colours.js";
import type { Component, ComponentChange } from "../../src/core/components.js";
import { classFill } from "../lib/class-table.js";
import { drawPlace, drawRates } from "../lib/component-pictures.js";
import { foldWords, spreadWords } from "../lib/component-words.js";
import type { Curve } from "../lib/look.js";
import { percent } from "../lib/numbers.js";
import { currentMaps } from "../live/tile-model.js";
import { componentImages, componentsAsked, grains } from "../state/components.js";
import { theme } from "../state/page.js";
import { changeComponent } from "./follow-components.js";
import { Thumb } from "./thumb.js";

/** Mean pattern of a component along its zero. */
function Pattern({ of: c, curve }: { readonly of: Component; readonly curve: Curve }) {
  const all = componentImages.value;
  const n = all?.ids.indexOf(c.id) ?? -1;
  const [, height = 0, width = 0] = all?.images.shape ?? [];
  const draw = useMemo(() => {
    const values = all?.images.data.subarray(n * height * width, (n + 1) * height * width);
    return (out: Uint8ClampedArray) => drawRates(values ?? [], curve, out);
  }, [all, n, curve, height, width]);
  if (n < 0) return <p class="thumb-none">no pattern yet</p>;
  return <Thumb width={width} height={height} draw={draw} label={`Mean pattern of ${c.name}`} testid={`component-pattern-${c.id}`} />;
}

/** Where in the scan a component is. */
function Place({ of: c }: { readonly of: Component }) {
  const asked = componentsAsked.value;
  const maps = currentMaps.value;
  const labels = maps?.layers.get("label")?.planes[0]?.values;
  const dark = theme.value === "dark";
  // The labels change in place: the picture is another whenever components were asked for again.
  const draw = useMemo(() => {
    asked;
    return (out: Uint8ClampedArray) => drawPlace(labels ?? new Float32Array(0), { ids: new Set([c.id]), color: c.color }, dark, out);
  }, [asked, labels, c, dark]);
  if (!maps || !labels) return <p class="thumb-none">no map yet</p>;
  return <Thumb width={maps.cols} height={maps.rows} draw={draw} label={`Where ${c.name} is`} testid={`component-map-${c.id}`} />;
}

function focusOn(box: HTMLInputElement | null): void {
  box?.focus();
  box?.select();
}

function Name({ of: c, change }: { readonly of: Component; readonly change: (what: ComponentChange) => void }) {
  const [typing, type] = useState(false);
  if (!typing)
    return (
      <>
        <h2 class="component-name breakable">{c.name}</h2>
        <button type="button" class="small" onClick={() => type(true)}>
          Rename
        </button>
      </>
    );
  return (
    <input
      class="component-name"
      aria-label={`Name of component ${c.id}`}
      maxLength={100}
      defaultValue={c.name}
      ref={focusOn}
      onBlur={(e) => {
        const name = e.currentTarget.value.trim();
        type(false);
        if (name !== "" && name !== c.name) change({ name });
      }}
      onKeyDown={(e) => {
        if (e.key !== "Escape" && e.key !== "Enter") return;
        // Pins stay.
        e.stopPropagation();
        if (e.key === "Escape") e.currentTarget.value = c.name;
        e.currentTarget.blur();
      }}
    />
  );
}

/** One component: what it looks like, where it is, and what the operator may say of it. */
export function ComponentCard({ of: c, curve }: { readonly of: Component; readonly curve: Curve }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (what: ComponentChange): void => {
    setBusy(true);
    void changeComponent(c.id, what).then((why) => {
      setProblem(why ?? null);
      setBusy(false);
    });
  };
  const spread = spreadWords(c, grains.value);
  const facts = [c.share > 0 ? `${percent(c.share, 1)} of positions` : "not in this scan", foldWords(c.fold), ...(spread ? [spread] : [])];
  return (
    <article class="component" data-testid={`component-${c.id}`} data-background={c.background} aria-label={c.name} aria-busy={busy}>
      <header>
        <label class="component-colour" title="Colour" style={{ background: classFill(c.id, c.color) }}>
          <input
            type="color"
            aria-label={`Colour of ${c.name}`}
            value={c.color}
            list="class-colours"
            onChange={(e) => change({ color: e.currentTarget.value })}
          />
        </label>
        <Name of={c} change={change} />
      </header>
      <div class="component-pictures">
        <Pattern of={c} curve={curve} />
        <Place of={c} />
      </div>
      <p class="component-facts">{facts.join(" · ")}</p>
      <div class="component-actions">
        <button
          type="button"
          class="small"
          aria-pressed={c.frozen}
          title="Keep it as it is: what comes is compared with it, and does not change it"
          onClick={() => change({ frozen: !c.frozen })}
        >
          {c.frozen ? "Frozen" : "Freeze"}
        </button>
        <button
          type="button"
          class="small"
          aria-pressed={c.background}
          title="No specimen: listed last"
          onClick={() => change({ background: !c.background })}
        >
          Background
        </button>
      </div>
      {problem === null ? null : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </article>
  );
}

/** Offered where a colour is chosen. */
export const ColourList = () => (
  <datalist id="class-colours">
    {CLASS_COLOURS.map((c) => (
      <option key={c} value={c} />
    ))}
  </datalist>
);

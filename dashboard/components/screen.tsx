import { useState } from "preact/hooks";
import { byShare, churnWords } from "../lib/component-words.js";
import { CURVES, type Curve } from "../lib/look.js";
import { CursorReadout } from "../live/cursor-readout.js";
import { address } from "../net/api.js";
import { Segmented } from "../parts/segmented.js";
import { components, componentsMissing, componentsProblem, grains } from "../state/components.js";
import { currentSeries } from "../state/daemon.js";
import { ColourList, ComponentCard } from "./card.js";
import { ClusterCards } from "./cluster-cards.js";
import { GrainTable } from "./grain-table.js";
import { NovelBox } from "./novel-box.js";
import { TreeBox } from "./tree.js";

function Gallery() {
  const [curve, setCurve] = useState<Curve>("log");
  const list = byShare(components.value);
  return (
    <section class="gallery" aria-label="Components">
      <header>
        <h2>{list.length === 1 ? "1 component" : `${list.length} components`}</h2>
        <span class="spacer" />
        <a
          class="library"
          href={address("api/v1/library").href}
          download="braggstream.bscomp"
          title="The classes of this session as a file, from which others can go on: [components] library"
        >
          Library
        </a>
        <Segmented
          label="Curve of the patterns"
          value={curve}
          options={CURVES.map((c) => [c, c === "sqrt" ? "√" : c] as const)}
          pick={setCurve}
        />
      </header>
      {componentsProblem.value === null ? null : (
        <p class="problem" role="alert">
          {componentsProblem.value}
        </p>
      )}
      <p class="muted churn" data-testid="churn" title="Positions that had a class and got another one">
        Corrected: {churnWords(currentSeries.value?.churn ?? null).join(". ")}
      </p>
      <ColourList />
      <ClusterCards curve={curve} />
      <div class="component-cards">
        {list.map((c) => (
          <ComponentCard key={c.id} of={c} curve={curve} />
        ))}
      </div>
    </section>
  );
}

/** Screen B: what the scan is made of. */
export function ComponentsScreen() {
  return (
    <main class="components" data-testid="screen-components">
      {components.value.length === 0 ? (
        <p class="components-none" role="status" data-testid="components-none">
          {currentSeries.value ? componentsMissing.value : "No scan yet"}
        </p>
      ) : (
        <>
          <Gallery />
          <div class="components-side">
            <TreeBox />
            <NovelBox />
            <section class="card grains-card" aria-label="Grains">
              <h2>Grains</h2>
              <CursorReadout />
              {grains.value.length > 0 ? <GrainTable /> : <p class="muted">No grain yet</p>}
            </section>
          </div>
        </>
      )}
    </main>
  );
}

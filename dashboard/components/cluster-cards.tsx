import { useMemo } from "preact/hooks";
import type { Cluster, ClusterMember } from "../../src/core/components.js";
import { classFill } from "../lib/class-table.js";
import { drawPlace, drawRates } from "../lib/component-pictures.js";
import { memberWords } from "../lib/component-words.js";
import type { Curve } from "../lib/look.js";
import type { NpyArray } from "../lib/npy.js";
import { percent } from "../lib/numbers.js";
import { currentMaps } from "../live/tile-model.js";
import { componentOf, componentsAsked } from "../state/components.js";
import { theme } from "../state/page.js";
import { clusters } from "./follow-clusters.js";
import { Thumb } from "./thumb.js";

interface PictureProps {
  readonly of: NpyArray;
  readonly n: number;
  readonly curve: Curve;
  readonly label: string;
  readonly testid: string;
}
function Picture({ of: array, n, curve, label, testid }: PictureProps) {
  const [, height = 0, width = 0] = array.shape;
  const draw = useMemo(() => {
    const values = array.data.subarray(n * height * width, (n + 1) * height * width);
    return (out: Uint8ClampedArray) => drawRates(values, curve, out);
  }, [array, n, height, width, curve]);
  return <Thumb width={width} height={height} draw={draw} label={label} testid={testid} />;
}

/** Where in the scan its components are. */
function Place({ of: c, name }: { readonly of: Cluster; readonly name: string }) {
  const asked = componentsAsked.value;
  const maps = currentMaps.value;
  const labels = maps?.layers.get("label")?.planes[0]?.values;
  const dark = theme.value === "dark";
  const color = componentOf(c.members[0]?.id ?? -1)?.color ?? "#767676";
  const draw = useMemo(() => {
    asked;
    const ids = new Set(c.members.map((m) => m.id));
    return (out: Uint8ClampedArray) => drawPlace(labels ?? new Float32Array(0), { ids, color }, dark, out);
  }, [asked, labels, c, color, dark]);
  if (!maps || !labels) return <p class="thumb-none">no map yet</p>;
  return <Thumb width={maps.cols} height={maps.rows} draw={draw} label={`Where ${name} is`} testid={`cluster-place-${c.members[0]?.id}`} />;
}

function Member({ of: m, first }: { readonly of: ClusterMember; readonly first: boolean }) {
  const known = componentOf(m.id);
  return (
    <li>
      <i class="swatch" style={known ? { background: classFill(known.id, known.color) } : {}} /> {known?.name ?? `Class ${m.id}`}
      <span class="muted"> {first ? "as it lies" : memberWords(m)}</span>
    </li>
  );
}

/** Components of the cut that are shown as one: their mean pattern with the turns undone, where they are, and their mean map with the shifts undone. */
export function ClusterCards({ curve }: { readonly curve: Curve }) {
  const cut = clusters.value;
  const several = (cut?.clusters ?? []).map((c, n) => ({ c, n })).filter(({ c }) => c.members.length > 1);
  if (!cut || several.length === 0) return null;
  return (
    <section class="clusters" aria-label="Clusters of the cut" data-testid="clusters">
      <h2>{several.length === 1 ? "1 cluster of the cut" : `${several.length} clusters of the cut`}</h2>
      <div class="component-cards">
        {several.map(({ c, n }) => {
          const id = c.members[0]?.id;
          const name = c.members.map((m) => componentOf(m.id)?.name ?? `Class ${m.id}`).join(" + ");
          const most = c.members.find((m) => m.turn === 0 && m.alike === 1);
          return (
            <article key={c.members.map((m) => m.id).join()} class="component" data-testid={`cluster-${id}`} aria-label={name}>
              <header>
                <h2 class="component-name breakable">{name}</h2>
              </header>
              <div class="component-pictures three">
                <Picture
                  of={cut.images}
                  n={n}
                  curve={curve}
                  label={`Mean pattern of ${name}, turns undone`}
                  testid={`cluster-pattern-${id}`}
                />
                <Place of={c} name={name} />
                <Picture of={cut.maps} n={n} curve="lin" label={`Mean map of ${name}, shifts undone`} testid={`cluster-map-${id}`} />
              </div>
              <p class="component-facts">
                {percent(c.share, 1)} of positions · mean pattern, turned to fit · place · mean map, shifted to fit
              </p>
              <ul class="cluster-members">
                {c.members.map((m) => (
                  <Member key={m.id} of={m} first={m === most} />
                ))}
              </ul>
            </article>
          );
        })}
      </div>
    </section>
  );
}

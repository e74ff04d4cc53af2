import { useMemo } from "preact/hooks";
import { classFill } from "../lib/class-table.js";
import { drawNovelty, drawRates, NOVELTY_ENDS } from "../lib/component-pictures.js";
import { sigmas } from "../lib/explanation-words.js";
import { NOVEL, type NovelPosition } from "../lib/most-novel.js";
import { currentMaps, valueAt } from "../live/tile-model.js";
import { componentOf } from "../state/components.js";
import { cursor, theme } from "../state/page.js";
import { novelKey, novelList, novelPatterns } from "./follow-novel.js";
import { Thumb } from "./thumb.js";

function Pattern({ at }: { readonly at: NovelPosition }) {
  const array = novelPatterns.value.get(novelKey(at));
  const [height = 0, width = 0] = array?.shape ?? [];
  const draw = useMemo(() => (out: Uint8ClampedArray) => drawRates(array?.data ?? [], "log", out), [array]);
  if (!array) return <span class="thumb-none">{array === null ? "not kept" : "…"}</span>;
  return (
    <Thumb
      width={width}
      height={height}
      draw={draw}
      label={`Pattern at row ${at.row}, column ${at.col}`}
      testid={`novel-${at.row}-${at.col}`}
    />
  );
}

function Novel({ at }: { readonly at: NovelPosition }) {
  const label = valueAt(currentMaps.value, "label", at.row, at.col);
  const known = componentOf(label);
  const here = cursor.value?.row === at.row && cursor.value.col === at.col;
  return (
    <li>
      <button
        type="button"
        class="plain novel"
        aria-pressed={here}
        title="Put the cursor there"
        onClick={() => {
          cursor.value = { row: at.row, col: at.col };
        }}
      >
        <span class="novel-picture">
          <Pattern at={at} />
        </span>
        <span>
          <b>{sigmas(at.novelty)}</b>
          <br />
          {at.row}, {at.col}
          <br />
          {known ? <i class="swatch" style={{ background: classFill(known.id, known.color) }} /> : null} {known?.name ?? "no class"}
        </span>
      </button>
    </li>
  );
}

/** The map of novelties. */
function NoveltyMap() {
  const maps = currentMaps.value;
  const values = maps?.layers.get("novelty")?.planes[0]?.values;
  const list = novelList.value;
  const dark = theme.value === "dark";
  // The values change in place: the picture is another whenever the list is.
  const draw = useMemo(() => {
    list;
    return (out: Uint8ClampedArray) => drawNovelty(values ?? [], dark, out);
  }, [values, list, dark]);
  if (!maps || !values) return null;
  return (
    <li class="novelty-map">
      <Thumb width={maps.cols} height={maps.rows} draw={draw} label="Map of novelty" testid="novelty-map" />
      <small>{`novelty, −${NOVELTY_ENDS} to +${NOVELTY_ENDS} σ`}</small>
    </li>
  );
}

/** What no component explains. */
export function NovelBox() {
  const list = novelList.value;
  return (
    <section class="card novel-card" aria-label="Most novel positions" data-testid="novel-box">
      <h2>Most novel positions</h2>
      {list.length === 0 ? (
        <p class="muted">{`No position is more than ${NOVEL} σ of its noise away from what its components predict`}</p>
      ) : (
        <ol>
          <NoveltyMap />
          {list.map((at) => (
            <Novel key={`${at.row}.${at.col}`} at={at} />
          ))}
        </ol>
      )}
    </section>
  );
}

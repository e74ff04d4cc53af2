import { computed, effect, signal } from "@preact/signals";
import type { Explanation } from "../../src/core/components.js";
import { fetchExplanation } from "../net/api.js";
import { newestWins } from "../net/newest-wins.js";
import { componentsAsked } from "../state/components.js";
import { connected, currentId } from "../state/daemon.js";
import { cursor } from "../state/page.js";
import { currentMaps, valueAt } from "./tile-model.js";

const SPACING_MS = 60;

/** Which components explain the frame under the cursor; null: nobody knows yet. */
export const explanation = signal<Explanation | null>(null);

/** The position under the cursor has a class. */
const hasClass = computed(() => {
  currentMaps.value?.changed.value;
  const at = cursor.value;
  const label = at ? valueAt(currentMaps.value, "label", at.row, at.col) : null;
  return label !== null && !Number.isNaN(label);
});

/** Asks for what explains the frame under the cursor, for as long as the page lives. */
export function followExplanation(): void {
  const ask = newestWins<Explanation>((got) => {
    const at = cursor.peek();
    if (at?.row === got.row && at.col === got.column) explanation.value = got;
  }, SPACING_MS);
  let before = "";
  effect(() => {
    const [at, id] = [cursor.value, currentId.value];
    componentsAsked.value;
    const key = `${id}/${at?.row}/${at?.col}`;
    const stays = key === before;
    before = key;
    if (!stays) explanation.value = null;
    if (!at || id === null || !connected.value || !hasClass.value) ask(null, !stays);
    // What cannot be told is not shown: the panel says why there is no class.
    else ask((signal) => fetchExplanation(id, at, signal).catch(() => null), !stays);
  });
}

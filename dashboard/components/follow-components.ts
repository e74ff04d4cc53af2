import { batch, computed, effect } from "@preact/signals";
import type { ComponentChange } from "../../src/core/components.js";
import { COMPONENT_LAYERS } from "../lib/catalogue.js";
import { NO_TREE } from "../lib/component-tree.js";
import { currentMaps } from "../live/tile-model.js";
import { fetchComponentImages, fetchComponents, fetchGrains, fetchTree, patchComponent, postJoin, Refused } from "../net/api.js";
import { calmly } from "../net/calmly.js";
import { componentImages, components, componentsAsked, componentsProblem, componentTree, cutAt, grains } from "../state/components.js";
import { clock, connected, currentId, currentSeries } from "../state/daemon.js";
import { screen, tiles } from "../state/page.js";

/** Least time between two questions, ms: about numbers, about pictures. */
const NUMBERS_MS = 1000;
const PICTURES_MS = 3000;
/** Other viewers rename and recolour, too: how often their words are asked for, ms. */
const WORDS_MS = 10_000;

/** Grows when the class map changes. */
const labels = computed(() => {
  currentMaps.value?.changed.value;
  return currentMaps.value?.layers.get("label")?.planes[0]?.version ?? 0;
});
const onScreen = computed(() => screen.value === "components");
const needed = computed(() => labels.value > 0 || onScreen.value || tiles.value.some((t) => COMPONENT_LAYERS.has(t.layer)));

function explain(e: unknown): string {
  if (!(e instanceof Refused)) return `The daemon did not answer: ${e instanceof Error ? e.message : String(e)}`;
  if (e.code === "not_available" || e.code === "not_found") return "This daemon does not look for components.";
  return e.message;
}

/** Takes what `ask` answers, unless the page has gone on to another series. */
async function take<T>(ask: (id: string) => Promise<T>, then: (got: T) => void): Promise<void> {
  const id = currentId.peek();
  if (id === null || !connected.peek()) return;
  try {
    const got = await ask(id);
    if (currentId.peek() === id) batch(() => then(got));
  } catch (e) {
    if (currentId.peek() !== id) return;
    batch(() => {
      componentsProblem.value = explain(e);
      if (e instanceof Refused) forget();
    });
  }
}
function forget(): void {
  components.value = [];
  grains.value = [];
  componentImages.value = null;
  componentTree.value = NO_TREE;
  cutAt.value = 0;
}

const askNumbers = calmly(
  () =>
    take(
      async (id) => {
        const more = onScreen.peek();
        return { list: await fetchComponents(id), found: more ? await fetchGrains(id) : null, tree: more ? await fetchTree(id) : null };
      },
      ({ list, found, tree }) => {
        componentTree.value = tree ?? componentTree.value;
        components.value = list;
        grains.value = found ?? grains.value;
        componentsProblem.value = null;
        componentsAsked.value++;
      },
    ),
  NUMBERS_MS,
);
const askPictures = calmly(
  () =>
    take(
      async (id) => {
        const ids = async (): Promise<readonly number[]> => (await fetchComponents(id)).map((c) => c.id);
        const before = await ids();
        const images = await fetchComponentImages(id);
        // The pictures have no names: only where nobody came or went meanwhile is it known whose they are.
        return (await ids()).join() === before.join() && images.shape[0] === before.length ? { ids: before, images } : null;
      },
      (got) => {
        componentImages.value = got ?? componentImages.value;
        if (!got) askPictures();
      },
    ),
  PICTURES_MS,
);

/** Keeps what is known of the components of the series on screen up to date, for as long as the page lives. */
export function followComponents(): void {
  let before: string | null = null;
  const words = computed(() => (onScreen.value ? Math.floor(clock.value / WORDS_MS) : 0));
  effect(() => {
    const id = currentId.value;
    currentSeries.value?.state;
    labels.value;
    words.value;
    if (id !== before) batch(forget);
    if (id !== before) componentsProblem.value = null;
    before = id;
    if (id === null || !connected.value || !needed.value) return;
    askNumbers();
    if (onScreen.value) askPictures();
  });
}

/** Undefined, or why it could not be changed. */
export async function changeComponent(component: number, change: ComponentChange): Promise<string | undefined> {
  const id = currentId.peek();
  if (id === null) return "no scan is on screen";
  try {
    const now = await patchComponent(id, component, change);
    if (currentId.peek() === id && now) components.value = components.peek().map((c) => (c.id === component ? now : c));
    askNumbers();
    return undefined;
  } catch (e) {
    return explain(e);
  }
}

/** Joins the components of each group for good. Undefined, or why it could not be done. */
export async function joinComponents(groups: readonly (readonly number[])[]): Promise<string | undefined> {
  const id = currentId.peek();
  if (id === null) return "no scan is on screen";
  try {
    for (const ids of groups) await postJoin(id, ids);
    cutAt.value = 0;
    return undefined;
  } catch (e) {
    return explain(e);
  } finally {
    askNumbers();
    askPictures();
  }
}

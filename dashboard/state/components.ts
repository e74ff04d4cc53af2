import { computed, signal } from "@preact/signals";
import type { Component, Grain } from "../../src/core/components.js";
import { classTable } from "../lib/class-table.js";
import { type ComponentTree, groupsAt, leadersOf, NO_TREE } from "../lib/component-tree.js";
import type { NpyArray } from "../lib/npy.js";
import { whole } from "../lib/numbers.js";
import { stats } from "./daemon.js";

/** Of the series on screen, by id. */
export const components = signal<readonly Component[]>([]);
export const componentOf = (id: number | null): Component | undefined => components.value.find((c) => c.id === id);
/** Why there are none; null: there are, or nobody has asked. */
export const componentsProblem = signal<string | null>(null);
export const grains = signal<readonly Grain[]>([]);
/** Mean patterns [components, rows, columns], with the ids that they are of. */
export interface ComponentImages {
  readonly ids: readonly number[];
  readonly images: NpyArray;
}
export const componentImages = signal<ComponentImages | null>(null);
/** Grows whenever what is known of components was asked for again: pictures of the class map follow it. */
export const componentsAsked = signal(0);

/** Why nothing of components is to be seen. */
export const componentsMissing = computed(() => {
  if (componentsProblem.value !== null) return componentsProblem.value;
  const waiting = stats.value?.stages.find((s) => s.name === "components")?.depth ?? 0;
  return waiting > 0 ? `No class has been found yet: ${whole(waiting)} positions wait for theirs` : "No class has been found yet";
});

/** How like each other components are, and the distance below which they are shown as one; 0: each by itself. */
export const componentTree = signal<ComponentTree>(NO_TREE);
export const cutAt = signal(0);
const leaders = computed(() => leadersOf(groupsAt(componentTree.value, cutAt.value)));
/** As they are shown: those of a group look like its first. */
const shown = computed(() =>
  components.value.map((c) => {
    const first = componentOf(leaders.value.get(c.id) ?? c.id) ?? c;
    return { id: c.id, as: first.id, color: first.color, share: c.share };
  }),
);
const colours = computed(() => shown.value.map((c) => `${c.id} ${c.as} ${c.color} ${c.share > 0 ? 1 : 0}`).join());
/** What the class map tells apart: of a group its first, with the names and shares of all. */
export const shownComponents = computed(() =>
  components.value
    .filter((c) => (leaders.value.get(c.id) ?? c.id) === c.id)
    .map((c): Component => {
      const all = components.value.filter((o) => o.id === c.id || leaders.value.get(o.id) === c.id);
      return { ...c, name: all.map((o) => o.name).join(" + "), share: all.reduce((sum, o) => sum + o.share, 0) };
    }),
);
/** Colour table of the class map; another one only when colours are others. */
export const componentTable = computed(() => {
  colours.value;
  return classTable(shown.peek());
});

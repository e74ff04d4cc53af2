import { computed, signal } from "@preact/signals";
import type { Component, Grain } from "../../src/core/components.js";
import { classTable } from "../lib/class-table.js";
import type { NpyArray } from "../lib/npy.js";
import { whole } from "../lib/numbers.js";
import { stats } from "./daemon.js";

/** Of the series on screen, by id. */
export const components = signal<readonly Component[]>([]);
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

const colours = computed(() => components.value.map((c) => `${c.id} ${c.color} ${c.share > 0 ? 1 : 0}`).join());
/** Colour table of the class map; another one only when colours are others. */
export const componentTable = computed(() => {
  colours.value;
  return classTable(components.peek());
});
export const componentOf = (id: number | null): Component | undefined => components.value.find((c) => c.id === id);

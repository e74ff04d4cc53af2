import { CLASS_COLOURS } from "../../src/core/class-colours.js";
import type { Component, Grain } from "../../src/core/components.js";

/** A class, and a grain of one. */
export const aComponent = (id: number, over: Partial<Component> = {}): Component => ({
  id,
  fold: 4,
  name: `Class ${id}`,
  color: CLASS_COLOURS[id % CLASS_COLOURS.length] as string,
  share: 0.1,
  frozen: false,
  background: false,
  ...over,
});
export const aGrain = (id: number, over: Partial<Grain> = {}): Grain => ({
  id,
  component: 1,
  angle: 0.1,
  fold: 4,
  area: 10,
  row: 0,
  column: 0,
  ...over,
});

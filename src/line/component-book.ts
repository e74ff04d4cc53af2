import { CLASS_COLOURS } from "../core/class-colours.js";
import type { Component, ComponentChange, ComponentsView } from "../core/components.js";
import type { ClassFacts, ComponentFacts } from "./component-lane.js";

/** Words are for as many classes; nobody names more. */
const MOST_WORDS = 4096;

/** What people say of components. Ids are permanent in a session, so it is one for all of its series. */
export class ComponentBook {
  readonly #words = new Map<number, Omit<ComponentChange, "frozen">>();

  change(id: number, { name, color, background }: ComponentChange): void {
    const known = this.#words.get(id);
    if (!known && this.#words.size >= MOST_WORDS) return;
    this.#words.set(id, {
      ...known,
      ...(name === undefined ? {} : { name }),
      ...(color === undefined ? {} : { color }),
      ...(background === undefined ? {} : { background }),
    });
  }

  describe({ id, fold, share, frozen }: ClassFacts): Component {
    const { name, color, background = false } = this.#words.get(id) ?? {};
    return {
      id,
      fold,
      name: name ?? `${fold > 0 ? "Class" : "Amorphous or empty"} ${id}`,
      color: color ?? (CLASS_COLOURS[id % CLASS_COLOURS.length] as string),
      share,
      frozen,
      background,
    };
  }
}

/** Facts as people see them. */
export function viewOf({ classes, polar, grains, tree, scale }: ComponentFacts, book: ComponentBook): ComponentsView {
  return {
    components: classes.map((c) => book.describe(c)),
    polar,
    inner: scale?.inner ?? 0,
    outer: scale?.outer ?? 0,
    tree,
    grains: grains.map(({ class: component, angle, ...grain }) => ({ ...grain, component, angle: Number.isNaN(angle) ? null : angle })),
  };
}

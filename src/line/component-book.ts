import { CLASS_COLOURS } from "../core/class-colours.js";
import type { Classified, Component, ComponentChange, ComponentsView, Explanation } from "../core/components.js";
import type { ClassFacts, ComponentFacts, ExplainedFacts } from "./seen-components.js";

/** Words are for as many classes; nobody names more. */
const MOST_WORDS = 4096;

/** What somebody said of a class. */
export interface Words extends Omit<ComponentChange, "frozen"> {
  readonly id: number;
}

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

  /** All that was said, by id. */
  words(): Words[] {
    return [...this.#words].map(([id, said]) => ({ id, ...said })).sort((a, b) => a.id - b.id);
  }

  load(words: readonly Words[]): void {
    for (const { id, ...said } of words) this.#words.set(id, said);
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

const orNull = (angle: number): number | null => (Number.isNaN(angle) ? null : angle);

/** The same of what a frame is made of. */
export function explanationOf({ parts, electrons, alone, residual, waits }: ExplainedFacts, row: number, column: number): Explanation {
  const seen = parts.map(({ class: component, share, angle, fold }) => ({ component, share, angle: orNull(angle), fold }));
  const classified = ({ class: component, grain }: { class: number; grain: number }): Classified => ({ component, grain });
  const told = waits && { shown: classified(waits.shown), known: classified(waits.known) };
  return { row, column, electrons, parts: seen, alone, residual, waits: told };
}

/** Facts as people see them. */
export function viewOf({ classes, polar, grains, tree, scale }: ComponentFacts, book: ComponentBook): ComponentsView {
  return {
    components: classes.map((c) => book.describe(c)),
    polar,
    inner: scale?.inner ?? 0,
    outer: scale?.outer ?? 0,
    tree,
    grains: grains.map(({ class: component, angle, ...grain }) => ({ ...grain, component, angle: orNull(angle) })),
  };
}

import type { ComponentsView } from "../core/components.js";
import type { LineView, PatternAnswer } from "../core/sink.js";
import { type ComponentBook, explanationOf, viewOf } from "./component-book.js";
import type { ComponentRun } from "./component-run.js";
import type { LanePool } from "./lane-pool.js";
import type { ComponentFacts } from "./seen-components.js";
import type { SeriesBook } from "./series-book.js";
import type { SeriesRun } from "./series-run.js";

type Asked = Pick<LanePool, "askComponents">;
type Off = { readonly off: string };

/** What finds the components of a series, and its number in the lane; off: why nothing does. */
function finderOf(s: SeriesRun | undefined): { readonly series: number; readonly finder: ComponentRun } | Off {
  const finder = s ? (s.work?.components ?? "no frame has come") : "the series is no longer kept";
  return s && typeof finder !== "string" ? { series: s.number, finder } : { off: String(finder) };
}

/** Classes and grains of a series as they are known now. */
export async function componentsOf(s: SeriesRun | undefined, pool: Asked, book: ComponentBook): Promise<ComponentsView | Off> {
  const found = finderOf(s);
  return "off" in found ? found : viewOf(await pool.askComponents("componentFacts", { series: found.series }), book);
}

/** What the components of a position predict of its frame; "none": it has no class. */
export async function matchOf(s: SeriesRun, row: number, column: number, pool: Asked): Promise<PatternAnswer> {
  const found = finderOf(s);
  if ("off" in found) return found;
  const at = 2 * (row * s.map.grid.columns + column);
  const [y = Number.NaN, x = Number.NaN] = s.maps.layer("centre")?.value.subarray(at, at + 2) ?? [];
  if (Number.isNaN(y) || Number.isNaN(x)) return "none";
  return (await pool.askComponents("componentMatch", { series: s.number, row, column, centre: [y, x] })) ?? "none";
}

export interface ComponentQuestionsOptions {
  readonly book: Pick<SeriesBook, "get">;
  readonly componentBook: ComponentBook;
  readonly pool: Asked;
  /** People have said something of components. */
  readonly onChange: () => void;
}

type ComponentQuestions = Pick<LineView, "components" | "clusters" | "explanation" | "changeComponent" | "joinComponents">;

/** What the line answers about components of the series that are kept, and takes from people. */
export function componentQuestions({ book, componentBook, pool, onChange }: ComponentQuestionsOptions): ComponentQuestions {
  const find = (id: string): ReturnType<typeof finderOf> => finderOf(book.get(id));
  const facts = (series: number): Promise<ComponentFacts> => pool.askComponents("componentFacts", { series });
  const exist = async (series: number, ids: readonly number[]): Promise<boolean> => {
    const { classes } = await facts(series);
    return ids.every((id) => classes.some((c) => c.id === id));
  };
  return {
    components: (id) => componentsOf(book.get(id), pool, componentBook),
    async clusters(id, distance) {
      const found = find(id);
      return "off" in found ? found : pool.askComponents("componentClusters", { series: found.series, distance });
    },
    async explanation(id, row, column) {
      const found = find(id);
      if ("off" in found) return found;
      const facts = await pool.askComponents("componentExplain", { series: found.series, row, column });
      return facts ? explanationOf(facts, row, column) : "none";
    },
    async changeComponent(id, component, change) {
      const found = find(id);
      if ("off" in found || !(await exist(found.series, [component]))) return "none";
      componentBook.change(component, change);
      const { frozen } = change;
      if (frozen !== undefined) await pool.askComponents("componentFreeze", { series: found.series, id: component, frozen });
      onChange();
      return "done";
    },
    async joinComponents(id, ids) {
      const found = find(id);
      if ("off" in found || !(await exist(found.series, ids))) return "none";
      await found.finder.join(ids);
      onChange();
      return "done";
    },
  };
}

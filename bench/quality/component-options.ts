import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type LabelledScan, readLabelledScan } from "./component-truth.js";
import { checkNames, namesIn } from "./options.js";
import { listSets } from "./truth-set.js";
import { isMade, makeUnseenScan, UNSEEN, UNSEEN_DOSES } from "./unseen-scans.js";

/** The daemon, then peers that are told how many labels there are, then the chain in this process: stage by stage, and in other orders. */
export const COMPONENT_METHODS = ["daemon", "nmf", "nmf-hierarchical", "kmeans-polar", "kmeans-radial", "stages", "order"] as const;
/** Tables of their own, only when named. */
const EXTRA: readonly ComponentMethod[] = ["stages", "order"];
export type ComponentMethod = (typeof COMPONENT_METHODS)[number];

/** A scan at one dose. */
export interface ComponentCase {
  readonly name: string;
  readonly dose: number;
  open(): LabelledScan;
}
export interface ComponentOptions {
  readonly cases: readonly ComponentCase[];
  readonly methods: readonly ComponentMethod[];
}

/** Beside the repository. */
const DATA = fileURLToPath(new URL("../../../../shared/data/sim", import.meta.url));
const QUICK = { set: "cu-fibre", dose: "200", method: "daemon" };

/** Scans of the folder, where there is one, and those of the virtual microscope. Scans for the choice of thresholds, and of other seeds, only when named. */
function casesOf(data: string, named: readonly string[] | null): ComponentCase[] {
  const read = (existsSync(data) ? listSets(data) : []).flatMap(({ name, doses }) =>
    doses.map((dose) => ({ name, dose, open: () => readLabelledScan(join(data, name), dose) })),
  );
  const made = [...new Set([...UNSEEN, ...(named ?? []).filter(isMade)])].flatMap((name) =>
    UNSEEN_DOSES.map((dose) => ({ name, dose, open: () => makeUnseenScan(name, dose) })),
  );
  return [...read, ...made];
}

/** @throws Error that names the flag and what it takes */
export function parseComponentOptions(args: readonly string[]): ComponentOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: "boolean" }, data: text, set: text, dose: text, method: text },
  });
  const asked = values.quick === true ? { ...QUICK, ...values } : values;
  if (asked.data !== undefined) listSets(asked.data);
  const [names, doses, methods] = [namesIn(asked.set), namesIn(asked.dose), namesIn(asked.method)];
  const all = casesOf(asked.data ?? DATA, names);
  checkNames("--set", names, [...new Set(all.map((c) => c.name))]);
  checkNames("--dose", doses, [...new Set(all.map((c) => String(c.dose)))]);
  checkNames("--method", methods, COMPONENT_METHODS);
  const cases = all.filter((c) => (names?.includes(c.name) ?? true) && (doses?.includes(String(c.dose)) ?? true));
  if (cases.length === 0) throw new Error(`there is no such scan: ${names?.join(",")} at ${doses?.join(",")} electrons`);
  return { cases, methods: COMPONENT_METHODS.filter((m) => methods?.includes(m) ?? !EXTRA.includes(m)) };
}

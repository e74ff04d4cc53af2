import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { METHODS, type MethodName } from "./methods.js";
import { listSets } from "./truth-set.js";

/** A scan at one dose. */
export interface Case {
  readonly folder: string;
  readonly name: string;
  readonly dose: number;
}
export interface QualityOptions {
  readonly cases: readonly Case[];
  readonly methods: readonly MethodName[];
}

/** Beside the repository. */
const DATA = fileURLToPath(new URL("../../../../shared/data/sim", import.meta.url));
const QUICK = { set: "tiny", dose: "200" };

/** Names in the value of a flag, between commas; null: it is not given. */
export const namesIn = (value: string | undefined): string[] | null => value?.split(",").map((s) => s.trim()) ?? null;

/** @throws Error where a name is not of those that there are */
export function checkNames(flag: string, asked: readonly string[] | null, names: readonly string[]): void {
  for (const name of asked ?? []) if (!names.includes(name)) throw new Error(`${flag} must be of ${names.join(", ")}, not ${name}`);
}

/** @throws Error that names the flag and what it takes */
export function parseQualityOptions(args: readonly string[]): QualityOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: "boolean" }, data: text, set: text, dose: text, method: text },
  });
  const asked = values.quick === true ? { ...QUICK, ...values } : values;
  const data = asked.data ?? DATA;
  if (asked.data === undefined && !existsSync(data)) throw new Error("--data must name a folder of simulated scans and their truth");
  const sets = listSets(data);
  const names = namesIn(asked.set);
  const doses = namesIn(asked.dose);
  const methods = namesIn(asked.method);
  const setNames = sets.map((s) => s.name);
  checkNames("--set", names, setNames);
  checkNames("--dose", doses, [...new Set(sets.flatMap((s) => s.doses.map(String)))]);
  checkNames("--method", methods, METHODS);
  const cases = sets
    .filter((s) => names?.includes(s.name) ?? true)
    .flatMap((s) =>
      s.doses.filter((d) => doses?.includes(String(d)) ?? true).map((dose) => ({ folder: join(data, s.name), name: s.name, dose })),
    );
  if (cases.length === 0) throw new Error(`there is no such scan: ${names?.join(",")} at ${doses?.join(",")} electrons`);
  return { cases, methods: METHODS.filter((m) => methods?.includes(m) ?? true) };
}

import { Fault } from "../core/fault.js";
import { FIELDS, type Field } from "./fields.js";
import { DEFAULT_ENDPOINTS } from "./input-sections.js";
import { type ConfigLayers, type Origin, originText, type Problem, type Setting, show, stackLayers } from "./layers.js";
import { crossProblems } from "./rules.js";
import { type Config, schema } from "./schema.js";

export interface ParsedConfig {
  readonly config: Config;
  /** By key, for every key there is. */
  readonly origins: Readonly<Record<string, Origin>>;
}

/**
 * The effective configuration: defaults < file < environment < flags.
 * @throws Fault "bad-config"; its message has a line for every problem, `at` is the key of the first one.
 */
export function parseConfig(layers: ConfigLayers = {}): ParsedConfig {
  const result = checkConfig(layers);
  if (!("problems" in result)) return result;
  const [first] = result.problems;
  throw new Fault("bad-config", first.key, result.problems.map(({ message }) => message).join("\n"));
}

/** The effective configuration, or everything that is wrong with it. */
export function checkConfig(layers: ConfigLayers): ParsedConfig | { readonly problems: readonly [Problem, ...Problem[]] } {
  const { settings, problems } = stackLayers(layers);
  for (const field of FIELDS) {
    const setting = settings.get(field.key);
    const problem = setting && judge(field, setting);
    if (problem) problems.push(problem);
  }
  if (isAny(problems)) return { problems };
  const config = assemble(settings);
  const origins = Object.fromEntries(FIELDS.map(({ key }) => [key, settings.get(key)?.origin ?? ({ from: "default" } as const)]));
  const conflicts = crossProblems(config, origins);
  return isAny(conflicts) ? { problems: conflicts } : { config, origins };
}

const isAny = (problems: readonly Problem[]): problems is readonly [Problem, ...Problem[]] => problems.length > 0;

function judge(field: Field, { value, origin }: Setting): Problem | null {
  const { key } = field;
  const from = `(${originText(origin)})`;
  const shown = show(value);
  if (!field.accepts(value)) return { key, message: `${key} must be ${field.allowed}${field.secret ? "" : `, not ${shown}`} ${from}` };
  if (value === null || field.available === null) return null;
  if (field.available.some((good) => JSON.stringify(good) === JSON.stringify(value))) return null;
  const allowed = field.available.filter((good) => !Array.isArray(good)).map((good) => JSON.stringify(good));
  const advice = allowed.length > 0 ? `allowed now: ${allowed.join(", ")}` : "leave it out";
  return { key, message: `${key}: ${shown} is not available in this version; ${advice} ${from}` };
}

function assemble(settings: ReadonlyMap<string, Setting>): Config {
  const given: Record<string, Record<string, unknown>> = {};
  for (const { path } of FIELDS) if (path[1] !== undefined && path[0] !== undefined) given[path[0]] ??= {};
  for (const { key, path } of FIELDS) {
    const setting = settings.get(key);
    const [section, name] = path;
    if (!setting || section === undefined || name === undefined) continue;
    const part = given[section];
    if (part) part[name] = setting.value;
  }
  const config = schema.parse(given);
  if (!settings.has("source.endpoint")) config.source.endpoint = DEFAULT_ENDPOINTS[config.source.protocol];
  return config;
}

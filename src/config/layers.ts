import { parse, type TomlError } from "smol-toml";
import { FIELDS, type Field, SECTIONS } from "./fields.js";
import { nearestWord } from "./nearest-word.js";

/** Where a value comes from. */
export type Origin =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly name: string }
  | { readonly from: "environment"; readonly name: string }
  | { readonly from: "flag"; readonly name: string };

/** What may override the defaults; later ones win. */
export interface ConfigLayers {
  /** `name` is shown to people; `text` is TOML. */
  readonly file?: { readonly name: string; readonly text: string };
  /** All of the environment; only BRAGGSTREAM__SECTION__KEY is looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly flags?: readonly FlagSetting[];
}

export interface FlagSetting {
  /** As typed, for example --http. */
  readonly flag: string;
  readonly key: string;
  readonly value: unknown;
}

/** Something wrong with one key. */
export interface Problem {
  readonly key: string;
  /** Names the key, what is allowed, and where the value comes from. */
  readonly message: string;
}

/** A value that was given, not yet judged. */
export interface Setting {
  readonly value: unknown;
  readonly origin: Origin;
}

export const ENVIRONMENT_PREFIX = "BRAGGSTREAM__";

const BY_KEY: ReadonlyMap<string, Field> = new Map(FIELDS.map((field) => [field.key, field]));

/** In words. A key that nobody set has the origin "default". */
export function originText(origin: Origin | undefined): string {
  return !origin || origin.from === "default" ? "default" : `${origin.from} ${origin.name}`;
}

/** Stacks the layers: the newest setting of every key, and what could not be read. */
export function stackLayers(layers: ConfigLayers): { settings: Map<string, Setting>; problems: Problem[] } {
  const settings = new Map<string, Setting>();
  const problems: Problem[] = [];
  const put = (key: string, value: unknown, origin: Origin): void => {
    const field = BY_KEY.get(key);
    if (!field) problems.push(unknownKey(key, origin));
    else settings.set(key, { value: value === "" && field.optional ? null : value, origin });
  };
  if (layers.file) readFile(layers.file, put, problems);
  for (const [name, text] of Object.entries(layers.environment ?? {})) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || text === undefined) continue;
    const key = name.slice(ENVIRONMENT_PREFIX.length).toLowerCase().replaceAll("__", ".");
    put(key, environmentValue(text, BY_KEY.get(key)), { from: "environment", name });
  }
  for (const { flag, key, value } of layers.flags ?? []) put(key, value, { from: "flag", name: flag });
  return { settings, problems };
}

type Put = (key: string, value: unknown, origin: Origin) => void;

function readFile(file: { name: string; text: string }, put: Put, problems: Problem[]): void {
  const origin: Origin = { from: "file", name: file.name };
  let table: Record<string, unknown>;
  try {
    table = parse(file.text);
  } catch (e) {
    // The parser throws nothing else.
    const { line, column, message } = e as TomlError;
    problems.push({ key: file.name, message: `${file.name}:${line}:${column}: ${message.split("\n")[0]}` });
    return;
  }
  for (const [section, value] of Object.entries(table)) {
    if (!SECTIONS.some(({ name }) => name === section)) put(section, value, origin);
    else if (isTable(value)) for (const [name, inner] of Object.entries(value)) put(`${section}.${name}`, inner, origin);
    else
      problems.push({
        key: section,
        message: `${section} must be a section, [${section}], not ${show(value)} (${originText(origin)})`,
      });
  }
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Text of an environment variable: TOML, or as it stands. A key that takes text takes it as it stands unless it is quoted. */
function environmentValue(text: string, field: Field | undefined): unknown {
  let value: unknown = text;
  try {
    const table = parse(`value = ${text}`);
    if (Object.keys(table).length === 1) value = table.value;
  } catch {
    return text;
  }
  return field?.text && typeof value !== "string" ? text : value;
}

function unknownKey(key: string, origin: Origin): Problem {
  const near = nearestKey(key);
  const named = clip(/^[\w.-]+$/.test(key) ? key : JSON.stringify(key));
  return {
    key: named,
    message: `unknown key ${named}${near === null ? "" : `; did you mean ${near}?`} (${originText(origin)})`,
  };
}

/** The key that somebody may have meant: the same word in another section, or the nearest spelling. */
function nearestKey(key: string): string | null {
  const word = key.slice(key.lastIndexOf(".") + 1);
  const elsewhere = FIELDS.filter((field) => field.path.at(-1) === word);
  if (elsewhere.length === 1 && elsewhere[0]) return elsewhere[0].key;
  if (key.includes(".")) return nearestWord(key, [...BY_KEY.keys()]);
  return nearestWord(key, [...SECTIONS.map(({ name }) => name), "phases"]);
}

/** A foreign value, short enough for a message. */
export const show = (value: unknown): string => clip(typeof value === "number" ? String(value) : JSON.stringify(value));
const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);

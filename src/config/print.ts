import { stringify } from "smol-toml";
import { FIELDS, type Field, SECTIONS } from "./fields.js";
import { originText } from "./layers.js";
import type { ParsedConfig } from "./parse.js";

/** A key with its value, as `GET /api/v1/config` gives it. A secret is "set" or null. */
export interface FieldValue {
  readonly key: string;
  /** null: not set. */
  readonly value: unknown;
  readonly origin: string;
  readonly default: unknown;
  readonly allowed: string;
  readonly about: string;
  readonly unit: string;
}

/** Every key with its effective value, in the order in which people read them. */
export function fieldValues(parsed: ParsedConfig): FieldValue[] {
  return FIELDS.map((field) => {
    const value = effective(parsed, field);
    const { key, allowed, about, unit } = field;
    return {
      key,
      value: field.secret && value !== null ? "set" : value,
      origin: originText(parsed.origins[key]),
      default: field.default,
      allowed,
      about,
      unit,
    };
  });
}

/** The effective configuration as TOML that can be read again; the origin of each value stands behind it. Secrets are left out. */
export function configToml(parsed: ParsedConfig): string {
  const values = fieldValues(parsed);
  const line = (key: string, name: string): string => {
    const found = values.find((v) => v.key === key);
    const secret = FIELDS.some((field) => field.key === key && field.secret);
    if (!found || found.value === null) return `# ${name} is not set`;
    if (secret) return `# ${name} is set, and not shown  # ${found.origin}`;
    return `${stringify({ [name]: found.value }).trim()}  # ${found.origin}`;
  };
  const top = FIELDS.filter(({ path }) => path.length === 1).map(({ key }) => line(key, key));
  const sections = SECTIONS.map(({ name: section, about }) => {
    const lines = FIELDS.filter(({ path }) => path[0] === section && path.length > 1).map(({ key, path }) =>
      line(key, path.slice(1).join(".")),
    );
    return `# ${about}\n[${section}]\n${lines.join("\n")}`;
  });
  return `${[top.join("\n"), ...sections].join("\n\n")}\n`;
}

function effective(parsed: ParsedConfig, field: Field): unknown {
  return field.path.reduce<unknown>((value, name) => Reflect.get(Object(value), name), parsed.config);
}

import { z } from "zod";
import { schema } from "./schema.js";

/** One key of the configuration, for people and programs. */
export interface Field {
  /** `section.key`, or `phases`. */
  readonly key: string;
  /** Section and key; a key that is no part of a section stands alone. */
  readonly path: readonly string[];
  /** What is allowed, in words. */
  readonly allowed: string;
  readonly unit: string;
  /** null: not set. */
  readonly default: unknown;
  readonly about: string;
  readonly secret: boolean;
  /** A file or folder; relative to the configuration file that names it. */
  readonly file: boolean;
  /** Values that this version can honour; null: every allowed one. Unset is always one. */
  readonly available: readonly unknown[] | null;
  /** May be left unset. */
  readonly optional: boolean;
  /** Its value is text. */
  readonly text: boolean;
  /** The value is one that is allowed. */
  accepts(value: unknown): boolean;
}

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schema (2020-12) of the configuration file. */
export function jsonSchema(): JsonSchema {
  const { required: _, ...json } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema: node }) => {
      const inner = node.anyOf?.[0];
      if (node.default === null) delete node.default;
      delete node.available;
      delete node.allowed;
      if (!inner) return;
      // TOML has no null: what is not set is left out.
      delete node.anyOf;
      Object.assign(node, inner, { ...node });
    },
  });
  // zod demands the sections; they are filled in before it looks.
  return json;
}

/** Every key, in the order in which people read them. */
export const FIELDS: readonly Field[] = Object.entries(schema.shape).flatMap(([section, part]) =>
  "shape" in part.def ? Object.entries(part.def.shape).map(([name, type]) => fieldOf([section, name], type)) : [fieldOf([section], part)],
);

/** Sections in order, each with its sentence. */
export const SECTIONS: readonly { readonly name: string; readonly about: string }[] = Object.entries(schema.shape).flatMap(
  ([name, part]) => ("shape" in part.def ? [{ name, about: String(part.meta()?.description) }] : []),
);

function fieldOf(path: readonly string[], type: z.ZodType): Field {
  const meta = { ...type.meta() };
  const json = z.toJSONSchema(type, { io: "input" });
  const plain = (json.anyOf?.[0] ?? json) as JsonSchema;
  return {
    key: path.join("."),
    path,
    allowed: typeof meta.allowed === "string" ? meta.allowed : inWords(plain),
    unit: typeof meta.unit === "string" ? meta.unit : "",
    default: json.default,
    about: String(meta.description),
    secret: meta.writeOnly === true,
    file: meta.format === "path",
    available: Array.isArray(meta.available) ? meta.available : null,
    optional: json.anyOf !== undefined,
    text: plain.type === "string",
    accepts: (value) => type.safeParse(value).success && value !== undefined,
  };
}

/** What a JSON Schema of a single value allows, as people say it. */
function inWords(json: JsonSchema): string {
  if (json.enum) return `one of ${json.enum.join(", ")}`;
  if (json.type === "boolean") return "true or false";
  if (json.type === "string") return json.minLength ? "text that is not empty" : "text";
  const number = json.type === "integer" ? "a whole number" : "a number";
  return json.exclusiveMinimum === undefined
    ? `${number} from ${json.minimum} to ${json.maximum}`
    : `${number} above ${json.exclusiveMinimum}, up to ${json.maximum}`;
}

import { configToml, FIELDS, fieldValues, jsonSchema, originText } from "../config/index.js";
import { Fault } from "../core/fault.js";
import { type Command, type Io, type ParsedFlags, parseFlags } from "./command.js";
import { CONFIG_FLAGS, CONFIG_FLAGS_HELP, inspectConfig } from "./flags.js";

const ACTIONS = { print, check, schema } as const;
const isAction = (word: string | undefined): word is keyof typeof ACTIONS => word !== undefined && Object.hasOwn(ACTIONS, word);

const help = `\
braggstream config print|check|schema [flags]

  print     the effective configuration as TOML, the origin of each value behind it
  check     says ok, or everything that is wrong
  schema    JSON Schema of the configuration file

${CONFIG_FLAGS_HELP}
  --json                print, check: as JSON

Precedence: defaults < file < environment BRAGGSTREAM__SECTION__KEY < flags.
An empty text sets an optional key back to unset.

Keys:
${FIELDS.map((field) => `  ${field.key.padEnd(36)}${field.allowed}${field.unit ? ` (${field.unit})` : ""}`).join("\n")}`;

/** `config print|check|schema`: the configuration, for people and programs. */
export const configCommand: Command = {
  name: "config",
  about: "print, check or describe the configuration",
  help,
  async run(args, io) {
    const flags = parseFlags(args, { ...CONFIG_FLAGS, json: "switch" }, 1);
    const [action] = flags.rest;
    if (isAction(action)) return ACTIONS[action](flags, io);
    const given = action === undefined ? "" : `, not ${JSON.stringify(action)}`;
    throw new Fault("bad-usage", "config", `config needs one of ${Object.keys(ACTIONS).join(", ")}${given}`);
  },
};

async function print(flags: ParsedFlags, io: Io): Promise<number> {
  const result = await inspectConfig(flags, io);
  if ("problems" in result) return complain(result.problems, io);
  io.out(flags.on.has("json") ? JSON.stringify({ fields: fieldValues(result) }, null, 2) : configToml(result).trimEnd());
  return 0;
}

async function check(flags: ParsedFlags, io: Io): Promise<number> {
  const result = await inspectConfig(flags, io);
  const problems = "problems" in result ? result.problems : [];
  if (flags.on.has("json")) {
    io.out(JSON.stringify({ ok: problems.length === 0, problems }, null, 2));
    return problems.length === 0 ? 0 : 2;
  }
  if ("problems" in result) return complain(result.problems, io);
  const set = FIELDS.filter(({ key }) => result.origins[key]?.from !== "default");
  io.out(
    set.length === 0 ? "ok: all defaults" : `ok: ${set.map(({ key }) => `${key} from ${originText(result.origins[key])}`).join(", ")}`,
  );
  return 0;
}

async function schema(_flags: ParsedFlags, io: Io): Promise<number> {
  io.out(JSON.stringify(jsonSchema(), null, 2));
  return 0;
}

function complain(problems: readonly { readonly message: string }[], io: Io): number {
  for (const { message } of problems) io.err(message);
  return 2;
}

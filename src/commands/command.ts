import { parseArgs } from "node:util";
import { nearestWord } from "../config/index.js";
import { Fault } from "../core/fault.js";

/** What a command may use of the process it runs in. */
export interface Io {
  /** A line on stdout: results. */
  out(line: string): void;
  /** A line on stderr: progress and complaints. */
  err(line: string): void;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly env: Record<string, string | undefined>;
  /** stderr is a terminal. */
  readonly tty: boolean;
}

export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly about: string;
  /** The whole help page. */
  readonly help: string;
  /** Resolves to the exit code. A `Fault` that it throws is reported by the dispatcher. */
  run(args: readonly string[], io: Io): Promise<number>;
}

/** A flag: "text" takes a value, "switch" takes none. */
export type FlagKind = "text" | "switch";

export interface ParsedFlags {
  readonly text: Readonly<Record<string, string | undefined>>;
  readonly on: ReadonlySet<string>;
  readonly rest: readonly string[];
}

/**
 * Parses the flags of a command.
 * @throws Fault "bad-usage" naming the flag, and the nearest known one for a flag that does not exist.
 */
export function parseFlags(args: readonly string[], kinds: Readonly<Record<string, FlagKind>>, positionals: number): ParsedFlags {
  const options = Object.fromEntries(
    Object.entries({ ...kinds, help: "switch" }).map(([name, kind]) => [
      name,
      { type: kind === "text" ? ("string" as const) : ("boolean" as const) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const text: Record<string, string | undefined> = {};
  const on = new Set<string>();
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    const option = options[token.name];
    if (!Object.hasOwn(options, token.name) || !option) throw unknownFlag(token.rawName, Object.keys(options));
    if (option.type === "boolean") {
      if (token.value !== undefined) throw new Fault("bad-usage", token.rawName, `${token.rawName} takes no value`);
      on.add(token.name);
    } else {
      if (token.value === undefined) throw new Fault("bad-usage", token.rawName, `${token.rawName} needs a value`);
      text[token.name] = token.value;
    }
  }
  const extra = rest[positionals];
  if (extra !== undefined && !on.has("help")) throw new Fault("bad-usage", extra, `unexpected argument ${JSON.stringify(extra)}`);
  return { text, on, rest };
}

function unknownFlag(raw: string, known: readonly string[]): Fault {
  const nearest = nearestWord(raw.replace(/^-+/, ""), known);
  return new Fault("bad-usage", raw, `unknown flag ${raw}${nearest ? `; did you mean --${nearest}?` : ""}`);
}

/**
 * A number given as text.
 * @throws Fault "bad-usage" naming the flag and what is allowed.
 */
export function numberFlag(flag: string, text: string, low: number, high: number, whole = false): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  const upper = high >= Number.MAX_SAFE_INTEGER ? "" : ` to ${high}`;
  throw new Fault("bad-usage", flag, `${flag} must be a ${whole ? "whole " : ""}number from ${low}${upper}, not ${JSON.stringify(text)}`);
}

/**
 * One word of a closed list.
 * @throws Fault "bad-usage" naming the flag and the list.
 */
export function wordFlag<const W extends string>(flag: string, text: string, words: readonly W[]): W {
  const found = words.find((w) => w === text);
  if (found !== undefined) return found;
  throw new Fault("bad-usage", flag, `${flag} must be one of ${words.join(", ")}, not ${JSON.stringify(text)}`);
}

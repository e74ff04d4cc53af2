import { nearestWord } from "../config/index.js";
import { FAULT_CODES, type FaultCode, isFault } from "../core/fault.js";
import type { Io } from "./command.js";
import { type CommandEntry, PROMISED } from "./index.js";
import { packageVersion } from "./package-version.js";

/** Faults that the person who typed the command can cure: exit code 2. */
const USAGE: ReadonlySet<FaultCode> = new Set(["bad-usage", "bad-config", "bad-endpoint", "port-taken", "not-available", "bad-file"]);

/** Runs one command line; resolves to the exit code: 0 done, 1 internal fault, 2 wrong usage or configuration, 3 see `--once`. */
export async function dispatch(args: readonly string[], io: Io, commands: readonly CommandEntry[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    io.err(overview(commands));
    return 2;
  }
  if (name === "--version") {
    io.out(packageVersion());
    return 0;
  }
  if (name === "--help" || name === "-h") {
    io.out(overview(commands));
    return 0;
  }
  const entry = commands.find((command) => command.name === name);
  if (!entry) {
    io.err(unknownCommand(name, commands));
    return 2;
  }
  return runEntry(entry, rest, io);
}

async function runEntry(entry: CommandEntry, args: readonly string[], io: Io): Promise<number> {
  const debug = / --log-level[= ](debug|trace) /.test(` ${args.join(" ")} `);
  try {
    const command = await entry.load();
    if (args.includes("--help") || args.includes("-h")) {
      io.out(command.help);
      return 0;
    }
    return await command.run(args, io);
  } catch (e) {
    const lines = (e instanceof Error ? e.message : String(e)).split("\n");
    for (const line of lines) io.err(`braggstream ${entry.name}: ${line}`);
    if (isFault(e) && !debug) io.err(FAULT_CODES[e.code].replace("COMMAND", entry.name));
    if (debug && e instanceof Error) io.err(e.stack ?? "");
    return isFault(e) && USAGE.has(e.code) ? 2 : 1;
  }
}

function overview(commands: readonly CommandEntry[]): string {
  const list = commands.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join("\n");
  return `braggstream COMMAND [flags]\n\n${list}\n\nbraggstream COMMAND --help tells more; braggstream --version prints the version.`;
}

function unknownCommand(name: string, commands: readonly CommandEntry[]): string {
  if (PROMISED.some((promised) => promised === name)) return `braggstream ${name}: not available in this version`;
  const near = nearestWord(
    name,
    commands.map((command) => command.name),
  );
  const all = commands.map((command) => command.name).join(", ");
  return `braggstream: unknown command ${JSON.stringify(name.slice(0, 80))}${near === null ? "." : `; did you mean ${near}?`} Commands: ${all}`;
}

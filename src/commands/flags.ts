import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  type Config,
  type ConfigLayers,
  checkConfig,
  FIELDS,
  type FlagSetting,
  type ParsedConfig,
  type Problem,
  parseConfig,
} from "../config/index.js";
import { Fault } from "../core/fault.js";
import { type FlagKind, type Io, numberFlag, type ParsedFlags, parseFlags, wordFlag } from "./command.js";

/** Flags of every command that reads the configuration. */
export const CONFIG_FLAGS = {
  config: "text",
  source: "text",
  protocol: "text",
  scan: "text",
  archive: "text",
  http: "text",
} as const satisfies Record<string, FlagKind>;

/** Flags common to `run` and `demo`. */
const LINE_FLAGS = { ...CONFIG_FLAGS, once: "switch", wait: "text", "log-level": "text" } as const satisfies Record<string, FlagKind>;

export const CONFIG_FLAGS_HELP = `\
  --config FILE.toml    configuration file
  --source ENDPOINT     ZeroMQ endpoint of the detector              [source] endpoint
  --protocol NAME       wire protocol                                [source] protocol
  --scan ROWSxCOLS      shape of the scan, before any other source   [scan] shape
  --archive DIR         folder for archives                          [archive] directory
  --http HOST:PORT      address of the dashboard                     [http] listen`;

export const LINE_FLAGS_HELP = `${CONFIG_FLAGS_HELP}
  --once                end after the first series that ends in any way
  --wait SECONDS        with --once: how long to wait for it to begin
  --log-level LEVEL     trace, debug, info, warn, error or silent (default info)`;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LineFlags {
  readonly once: boolean;
  /** How long to wait for the first series, s; null: for ever. */
  readonly waitSeconds: number | null;
  readonly logLevel: LogLevel;
  /** Flags that only this command has. */
  readonly own: ParsedFlags;
}

export interface Loaded extends ParsedConfig {
  readonly flags: LineFlags;
}

/** The flags that set a key: flag, key, and how its text becomes a value. */
const SETTERS: readonly { readonly name: keyof typeof CONFIG_FLAGS; readonly key: string; readonly value: (text: string) => unknown }[] = [
  { name: "source", key: "source.endpoint", value: String },
  { name: "protocol", key: "source.protocol", value: String },
  { name: "scan", key: "scan.shape", value: scanShape },
  { name: "archive", key: "archive.directory", value: String },
  { name: "http", key: "http.listen", value: String },
];

/**
 * Arguments of `run` and `demo` -> the effective configuration and the flags that are no part of it.
 * `extra`: flags of that command alone.
 * @throws Fault "bad-usage", "bad-config", "bad-file"
 */
export async function loadConfig(
  args: readonly string[],
  io: Pick<Io, "env">,
  extra: Readonly<Record<string, FlagKind>> = {},
): Promise<Loaded> {
  const own = parseFlags(args, { ...LINE_FLAGS, ...extra }, 0);
  const wait = own.text.wait;
  const flags: LineFlags = {
    once: own.on.has("once"),
    waitSeconds: wait === undefined ? null : numberFlag("--wait", wait, 0, 1e6),
    logLevel: wordFlag("--log-level", own.text["log-level"] ?? "info", LOG_LEVELS),
    own,
  };
  const layers = await readLayers(own, io);
  return { ...absolutePaths(parseConfig(layers), own.text.config), flags };
}

/** Like `loadConfig`, for commands with flags of their own: the configuration, or everything that is wrong with it. */
export async function inspectConfig(
  flags: ParsedFlags,
  io: Pick<Io, "env">,
): Promise<ParsedConfig | { readonly problems: readonly [Problem, ...Problem[]] }> {
  const result = checkConfig(await readLayers(flags, io));
  return "problems" in result ? result : absolutePaths(result, flags.text.config);
}

async function readLayers(flags: ParsedFlags, io: Pick<Io, "env">): Promise<ConfigLayers> {
  const name = flags.text.config;
  const settings: FlagSetting[] = SETTERS.flatMap(({ name: flag, key, value }) => {
    const text = flags.text[flag];
    return text === undefined ? [] : [{ flag: `--${flag}`, key, value: value(text) }];
  });
  return { ...(name === undefined ? {} : { file: { name, text: await readText(name) } }), environment: io.env, flags: settings };
}

async function readText(name: string): Promise<string> {
  try {
    return await readFile(name, "utf8");
  } catch (e) {
    throw new Fault("bad-usage", "--config", `--config ${name}: ${reason(e)}`, e);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "it may not be read",
  EISDIR: "it is a folder",
};
function reason(e: unknown): string {
  const code = e instanceof Error && "code" in e ? String(e.code) : "";
  return REASONS[code] ?? String(e);
}

function scanShape(text: string): readonly [number, number] {
  const match = /^(\d{1,9})[x×](\d{1,9})$/i.exec(text.trim());
  if (!match) throw new Fault("bad-usage", "--scan", `--scan must be ROWSxCOLS, for example 256x256, not ${JSON.stringify(text)}`);
  return [Number(match[1]), Number(match[2])];
}

/** Files named in the configuration file are relative to it; all others to the folder in which the command runs. */
function absolutePaths(parsed: ParsedConfig, configFile: string | undefined): ParsedConfig {
  const config: Config = structuredClone(parsed.config);
  for (const { key, path, file } of FIELDS) {
    const [section, name] = path;
    if (!file || section === undefined || name === undefined) continue;
    const part: object = Reflect.get(config, section);
    const value: unknown = Reflect.get(part, name);
    if (typeof value !== "string") continue;
    const base = parsed.origins[key]?.from === "file" && configFile !== undefined ? dirname(configFile) : ".";
    Reflect.set(part, name, resolve(base, value));
  }
  return { ...parsed, config };
}

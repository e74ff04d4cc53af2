import { type Config, FIELDS, type ParsedConfig } from "../config/index.js";
import { isFault } from "../core/fault.js";
import { type Command, type Io, numberFlag, type ParsedFlags, parseFlags } from "./command.js";
import { type Check, fail, ok } from "./doctor/check.js";
import { checkData, checkEndpoint } from "./doctor/endpoint.js";
import { checkHttp } from "./doctor/http.js";
import { checkLibrary } from "./doctor/library.js";
import { checkDashboard, checkDisk, checkFiles, checkKernels, checkMemory, checkNode } from "./doctor/machine.js";
import { checkModel } from "./doctor/model.js";
import { CONFIG_FLAGS, CONFIG_FLAGS_HELP, inspectConfig } from "./flags.js";

const help = `\
braggstream doctor [flags]

Checks configuration, endpoint, port, model, memory, disk and installation; one line each: ok, warn or fail, what, and what to do.
Exit code 0 when nothing failed, 1 when something did.

${CONFIG_FLAGS_HELP}
  --listen              take a message from the endpoint, to tell data from idle
  --seconds N           how long to listen (default 3)
  --quick               without the disk
  --json                as JSON

Without --listen the doctor greets the endpoint and leaves before a message can flow. With it, the message that it takes
from a PUSH socket reaches no other client: do not use it during a scan that matters. A PUB socket (sls) gives every
client a copy: there --listen disturbs nobody.`;

/** `doctor`: says what is wrong before a scan does. */
export const doctorCommand: Command = {
  name: "doctor",
  about: "check configuration, endpoint, port, model, memory, disk and installation",
  help,
  async run(args, io) {
    const flags = parseFlags(args, { ...CONFIG_FLAGS, listen: "switch", seconds: "text", quick: "switch", json: "switch" }, 0);
    const seconds = numberFlag("--seconds", flags.text.seconds ?? "3", 0.1, 3600);
    const json = flags.on.has("json");
    const checks: Check[] = [];
    for await (const check of examine(flags, seconds, io)) {
      checks.push(check);
      if (!json) io.out(line(check));
    }
    const failed = checks.some(({ state }) => state === "fail");
    if (json) io.out(JSON.stringify({ ok: !failed, checks }, null, 2));
    return failed ? 1 : 0;
  },
};

const line = ({ state, name, what, cure }: Check): string =>
  `${state.padEnd(5)} ${name.padEnd(14)} ${what}${cure === null ? "" : `; ${cure}`}`;

async function* examine(flags: ParsedFlags, seconds: number, io: Io): AsyncGenerator<Check> {
  yield checkNode();
  yield await checkKernels();
  yield checkDashboard();
  const parsed = await inspectConfig(flags, io);
  if ("problems" in parsed) {
    for (const { message } of parsed.problems)
      yield fail("configuration", message, "correct it; endpoint, port, memory and disk were not looked at");
    return;
  }
  yield ok("configuration", summary(parsed));
  yield* await checkFiles(filesOf(parsed.config));
  yield await checkModel(parsed.config.denoise);
  yield checkMemory(parsed.config);
  if (!flags.on.has("quick")) yield await checkDisk(parsed.config.archive.directory);
  yield* await checkLibrary(parsed.config.components);
  yield await checkHttp(parsed.config.http.listen);
  yield* checkSource(parsed.config.source, flags.on.has("listen"), seconds, io.signal);
}

async function* checkSource(source: Config["source"], listen: boolean, seconds: number, signal: AbortSignal): AsyncGenerator<Check> {
  const endpoint = await checkEndpoint(source);
  yield endpoint;
  if (!listen || endpoint.state === "fail") return;
  try {
    yield await checkData(source, seconds, signal);
  } catch (e) {
    if (!isFault(e)) throw e;
    yield fail("data", e.message, "correct source.endpoint");
  }
}

function summary({ config, origins }: ParsedConfig): string {
  const set = FIELDS.filter(({ key }) => origins[key]?.from !== "default").length;
  return `valid, ${set} of ${FIELDS.length} keys set; ${config.source.protocol} ${config.source.bind ? "at" : "from"} ${config.source.endpoint}`;
}

function filesOf(config: Config): { key: string; path: string }[] {
  return [
    { key: "detector.mask", path: config.detector.mask },
    { key: "scan.positions_file", path: config.scan.positions_file },
  ].flatMap(({ key, path }) => (path === null ? [] : [{ key, path }]));
}

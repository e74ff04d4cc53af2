import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Fault } from "../core/fault.js";
import { readTables } from "./bench/read-tables.js";
import { type Command, type Io, parseFlags, wordFlag } from "./command.js";
import { packageVersion } from "./package-version.js";

/** Every benchmark: a program dist/bench/NAME.js that prints Markdown tables, and progress on stderr; --quick asks it to be short. */
const BENCHMARKS = [
  { name: "kernels", about: "decoding, measuring and summing up of one frame, against plain TypeScript" },
  { name: "envelope", about: "reading image messages, with and without the scanner" },
  { name: "receive", about: "receiving into the memory for frames, against zeromq.js and libzmq in C" },
  { name: "linear-map", about: "projections of a batch as one product, against plain TypeScript; what a lane pays for it" },
  { name: "denoise", about: "denoising of one position: feature estimate and pattern, against plain TypeScript" },
  { name: "components", about: "grains and classes of a scan: every stage and the whole chain, against plain TypeScript" },
  { name: "line", about: "the whole line, fed by another process: CPU, capacity, account, latency, garbage collection" },
  { name: "soak", about: "five million frames at 80 % of the capacity: sums and memory; only when named", alone: true },
  { name: "burst", about: "three and ten times the capacity for 5 s: the account; only when named", alone: true },
  { name: "quality", about: "denoising against the truth of simulated scans, by peers and the daemon; only when named", alone: true },
  { name: "components-quality", about: "grains and classes against the truth of simulated scans; only when named", alone: true },
] as const;
const NAMES = BENCHMARKS.map(({ name }) => name);

const machine = () => ({
  braggstream: packageVersion(),
  node: process.version,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memory_mib: Math.round(totalmem() / (1 << 20)),
});

/** Flags that the programs take themselves, with a value. */
const PASSED = ["lanes", "case", "scan", "frames", "data", "set", "dose", "method"] as const;

const load = (): string => loadavg()[0]?.toFixed(2) ?? "";

/** Runs one program, hands its lines on, and resolves to those of stdout. */
async function runBenchmark(name: string, options: readonly string[], io: Io): Promise<string[]> {
  const program = fileURLToPath(new URL(`../../bench/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [program, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => void child.kill("SIGTERM");
  io.signal.addEventListener("abort", stop);
  if (io.signal.aborted) stop();
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on("line", io.err);
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    io.out(line);
  });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  io.signal.removeEventListener("abort", stop);
  if (code !== 0 && !io.signal.aborted) throw new Error(`the benchmark ${name} failed (exit code ${code})`);
  return lines;
}

function write(file: string, report: unknown): void {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (e) {
    throw new Fault("bad-file", file, `${file} cannot be written: ${(e as Error).message}`, e);
  }
}

export const benchCommand: Command = {
  name: "bench",
  about: "the repeatable benchmarks: a table, and JSON",
  help: `braggstream bench [flags]

Measures what this machine needs per frame. Figures are CPU time, the best of several windows; beside them stand limits that were
measured in the same minutes, so that a busier or slower machine is recognised. Nothing else should run meanwhile.

${BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(20)}${about}`).join("\n")}

  --only NAME           just this one
  --quick               short: a first look, in less than a minute; the full run takes about 10 minutes, soak and burst 3 more each, quality a quarter of an hour
  --lanes N             pixel lanes of the daemon that line, soak and burst measure
  --case NAME           just these frames in line, soak and burst: SIZExSIZE-uBITS-COUNTS, for example 192x192-u16-0.1
  --scan ROWSxCOLS      positions of one scan of soak (default 512x512); as many follow each other as it takes
  --frames N            frames of soak
  --data FOLDER         simulated scans with their truth, for quality
  --set NAMES           just these scans in quality, as in fibre_au_48,poly_al_64
  --dose NUMBERS        just these doses in quality, electrons per pattern
  --method NAMES        just these methods in quality
  --json FILE           the same tables as JSON

Tables are Markdown. Settings in the environment (BRAGGSTREAM__SECTION__KEY) reach the daemon that is measured.`,
  async run(args, io) {
    const { text, on } = parseFlags(
      args,
      { only: "text", quick: "switch", json: "text", ...Object.fromEntries(PASSED.map((name) => [name, "text" as const])) },
      0,
    );
    if (on.has("help")) {
      io.out(benchCommand.help);
      return 0;
    }
    const only = text.only === undefined ? null : wordFlag("--only", text.only, NAMES);
    const quick = on.has("quick");
    const about = machine();
    const options = [...(quick ? ["--quick"] : []), ...PASSED.flatMap((f) => (text[f] === undefined ? [] : [`--${f}`, text[f]]))];
    const benchmarks: unknown[] = [];
    const report = {
      ...about,
      started: new Date().toISOString(),
      load: loadavg().map((n) => Math.round(100 * n) / 100),
      options,
      benchmarks,
    };
    if (text.json !== undefined) write(text.json, report);
    io.out(
      `${about.cpu}, ${about.cores} cores, ${about.memory_mib} MiB, Node ${about.node}, braggstream ${about.braggstream}; ${report.started}`,
    );
    for (const benchmark of BENCHMARKS) {
      if (only === null ? "alone" in benchmark : benchmark.name !== only) continue;
      const { name } = benchmark;
      const before = load();
      io.out(`\n## ${["braggstream bench --only", name, ...options].join(" ")}\n\nLoad average ${before}.\n`);
      const began = performance.now();
      const tables = readTables(await runBenchmark(name, options, io));
      if (io.signal.aborted) return 0;
      benchmarks.push({ name, seconds: Math.round((performance.now() - began) / 1000), load: [before, load()].map(Number), tables });
      if (text.json !== undefined) write(text.json, report);
    }
    return 0;
  },
};

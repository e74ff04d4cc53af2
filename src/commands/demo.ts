import { isFault } from "../core/fault.js";
import type { Line } from "../line/line.js";
import { parseFaults } from "../microscope/faults.js";
import { type Microscope, startMicroscope } from "../microscope/microscope.js";
import { PROTOCOLS as SENDS } from "../microscope/series-writer.js";
import { type Command, type Io, numberFlag, wordFlag } from "./command.js";
import { type Daemon, firstOver, onceExitCode, startDaemon, summaryLine } from "./daemon.js";
import { LINE_FLAGS_HELP, type Loaded, loadConfig } from "./flags.js";
import { raised } from "./raised.js";

const OWN = { fps: "text", size: "text", dose: "text", seed: "text", faults: "text" } as const;
const ROWS = 128;
const COLUMNS = 128;
/** Ports tried after the default one. */
const MORE_PORTS = 50;

interface Plan {
  readonly loaded: Loaded;
  readonly rows: number;
  readonly columns: number;
  readonly httpGiven: boolean;
}

/** The configuration of the demo: as of `run`, but the frames come from our own microscope. */
async function plan(args: readonly string[], io: Io): Promise<Plan> {
  const loaded = await loadConfig(args, io, OWN);
  const [rows, columns] = loaded.config.scan.shape ?? [ROWS, COLUMNS];
  return { loaded, rows, columns, httpGiven: loaded.origins["http.listen"]?.from !== "default" };
}

function openMicroscope({ loaded, rows, columns }: Plan, io: Io): Promise<Microscope> {
  const { text } = loaded.flags.own;
  const { source } = loaded.config;
  return startMicroscope({
    endpoint: loaded.origins["source.endpoint"]?.from === "default" ? "tcp://127.0.0.1:*" : source.endpoint,
    protocol: wordFlag("--protocol", source.protocol, SENDS),
    socket: "push",
    rows,
    columns,
    fps: numberFlag("--fps", text.fps ?? "1000", 1, 200_000),
    size: numberFlag("--size", text.size ?? "192", 32, 512, true),
    dose: numberFlag("--dose", text.dose ?? "1000", 1, 1e6),
    seed: numberFlag("--seed", text.seed ?? "1", 0, 2 ** 31, true),
    faults: parseFaults(text.faults ?? ""),
    scans: loaded.flags.once ? 1 : Number.POSITIVE_INFINITY,
    pauseBetweenScans_s: 2,
    signal: io.signal,
  });
}

/** Listens where configured; where nothing was said and the default port is taken, on the next free one. */
async function listen(p: Plan, endpoint: string, io: Io): Promise<Daemon> {
  const { config, origins } = p.loaded;
  const source = { ...config.source, endpoint, bind: false };
  // Our own microscope waits for the daemon; nobody's memory needs to be taken before.
  const memory = origins["memory.reserve"]?.from === "default" ? { ...config.memory, reserve: false } : config.memory;
  for (let more = 0; ; more++) {
    const at = config.http.listen.replace(/:(\d+)$/, (_, port: string) => `:${Number(port) + more}`);
    try {
      return await startDaemon({ ...p.loaded, config: { ...config, source, memory, http: { ...config.http, listen: at } } }, io.tty);
    } catch (e) {
      if (!isFault(e, "port-taken") || p.httpGiven || more >= MORE_PORTS) throw e;
      io.err(`${at} is taken, trying the next port`);
    }
  }
}

/** One line that tells how the scan stands. */
function progressLine(line: Line): string {
  const series = line.maps.latest();
  if (!series) return "waiting for the first scan";
  const s = series.info();
  const { frames_in_hz } = line.stats();
  const { placed, expected, lost } = s.frames;
  return `scan ${s.id.split("-").at(-1)} ${s.state.replace("_", " ")}  row ${s.newest_row + 1}/${s.shape[0]}  ${placed}/${expected ?? "?"} frames  ${Math.round(frames_in_hz)}/s  ${lost} lost`;
}

export const demoCommand: Command = {
  name: "demo",
  about: "virtual microscope, daemon and dashboard on this machine",
  help: `braggstream demo [flags]

A virtual microscope scans a specimen again and again, sends its frames over a real socket, and the daemon maps them live.
Open the printed address in a browser; Ctrl-C ends it.

${LINE_FLAGS_HELP}
  --fps N               frames per second (default 1000)
  --size N              detector pixels per side (default 192)
  --dose N              electrons per pattern (default 1000)
  --seed N              which specimen (default 1)
  --faults LIST         faults to make on the way, as in braggstream simulate

--scan sets the scan (default ${ROWS}x${COLUMNS}), --protocol what the microscope sends, --source where it listens.
--once: one scan, a summary line of JSON, and exit code 0 when nothing was lost or malformed, otherwise 3.`,
  async run(args, io) {
    const p = await plan(args, io);
    const began = performance.now();
    const microscope = await openMicroscope(p, io);
    let daemon: Daemon | null = null;
    let timer: NodeJS.Timeout | undefined;
    try {
      daemon = await listen(p, microscope.endpoint, io);
      const { line, url } = daemon;
      io.err(`dashboard  ${url}`);
      io.err(`microscope ${microscope.endpoint} (${p.loaded.config.source.protocol}), ${p.rows} x ${p.columns} positions`);
      if (io.tty) timer = setInterval(() => process.stderr.write(`\r\u001b[2K${progressLine(line)}`), 500);
      if (!p.loaded.flags.once) {
        await Promise.race([raised(io.signal), line.crashed, microscope.done]);
        return 0;
      }
      const series = await Promise.race([firstOver(line, p.loaded.flags.waitSeconds, io.signal), line.crashed]);
      await daemon.close();
      io.out(summaryLine(series ?? line.newest(), (performance.now() - began) / 1000));
      return io.signal.aborted ? 0 : onceExitCode(series);
    } finally {
      clearInterval(timer);
      if (io.tty) process.stderr.write("\r\u001b[2K");
      await microscope.stop().catch(() => undefined);
      await daemon?.close();
    }
  },
};

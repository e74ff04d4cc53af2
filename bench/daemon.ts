// The daemon as a child process, seen from outside: metrics, account, maps.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stats } from "../src/core/wire.js";
import { GC_LOG, type GcWork, gcBetween } from "./gc-log.js";
import { decodeNpy, type Npy } from "./read-npy.js";

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));
const PROBE = new URL("./gc-probe.js", import.meta.url).href;
/** Memory for frames, MiB: small enough to be full soon, so that what follows is the steady state. Denoising and components have benches of their own. */
const DEFAULTS = {
  BRAGGSTREAM__MEMORY__BACKLOG_MB: "384",
  BRAGGSTREAM__MEMORY__FRAMES_MB: "0",
  BRAGGSTREAM__MEMORY__KEEP_SERIES: "1",
  BRAGGSTREAM__DENOISE__METHOD: "off",
  BRAGGSTREAM__COMPONENTS__MAX: "0",
};

/** As the interface tells it. */
export interface Account {
  readonly received: number;
  readonly placed: number;
  readonly duplicate: number;
  readonly skipped: number;
  readonly beyond: number;
  readonly lost: number;
  readonly malformed: number;
  readonly not_sent: number;
}
interface SeriesReport {
  readonly id: string;
  readonly wire_unique_id: string | null;
  readonly state: string;
  readonly frames: Account;
}
export interface DaemonEvent {
  readonly id: number;
  readonly at: number;
  readonly level: string;
  readonly code: string;
  readonly message: string;
}
/** Metrics by name with their labels, as in the text; those of this product without their prefix. */
export type MetricValues = ReadonlyMap<string, number>;

export interface Daemon {
  readonly pid: number;
  metrics(): Promise<MetricValues>;
  latest(): Promise<SeriesReport | null>;
  stats(): Promise<Stats>;
  events(): Promise<readonly DaemonEvent[]>;
  array(path: string): Promise<Npy>;
  /** Work of the garbage collector per second, by thread; ms since 1970. Empty if it was not noted. */
  collected(from: number, to: number): ReadonlyMap<string, GcWork>;
  stop(): Promise<void>;
}

/** Prometheus text. */
function readMetrics(text: string): MetricValues {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const gap = line.lastIndexOf(" ");
      return [line.slice(0, gap).replace(/^braggstream_/, ""), Number(line.slice(gap + 1))];
    }),
  );
}

/** However this process ends, no daemon outlives it. */
const running = new Set<() => void>();
process.once("exit", () => {
  for (const end of running) end();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** Settings BRAGGSTREAM__SECTION__KEY: those of the bench, which the environment of the bench overrules, so that it can compare settings. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Starts `braggstream run`. `collections`: the work of the garbage collector is noted, which takes memory of its own for each collection, so
 * that neither memory nor CPU is to be read off such a daemon.
 */
export async function startDaemon(endpoint: string, settings: Settings = {}, collections = false): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), "braggstream-bench-"));
  const log = join(folder, "gc.jsonl");
  const args = ["run", "--source", endpoint, "--protocol", "dectris-v2", "--http", "127.0.0.1:0", "--log-level", "error"];
  const child = spawn(process.execPath, [...process.execArgv, ...(collections ? ["--import", PROBE] : []), MAIN, ...args], {
    env: { ...DEFAULTS, ...settings, ...process.env, [GC_LOG]: log },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const end = (): void => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  running.add(end);
  let said = "";
  const url = await new Promise<string>((done, fail) => {
    child.stderr.on("data", (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-10_000);
      const found = /^dashboard +(\S+?)\/?$/m.exec(said)?.[1];
      if (found !== undefined) done(found);
    });
    ended.then(() => fail(new Error(`the daemon ended:\n${said}`))).catch(() => undefined);
  });
  const ask = async (path: string): Promise<Response> => {
    const response = await fetch(url + path);
    if (response.ok || (response.status === 404 && path.endsWith("/latest"))) return response;
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  return {
    pid: child.pid as number,
    metrics: async () => readMetrics(await (await ask("/metrics")).text()),
    async latest() {
      const response = await ask("/api/v1/series/latest");
      return response.ok ? ((await response.json()) as SeriesReport) : null;
    },
    stats: async () => (await (await ask("/api/v1/stats")).json()) as Stats,
    events: async () => ((await (await ask("/api/v1/events")).json()) as { events: DaemonEvent[] }).events,
    array: async (path) => decodeNpy(Buffer.from(await (await ask(path)).arrayBuffer()), path),
    collected: (from, to) => gcBetween(existsSync(log) ? readFileSync(log, "utf8") : "", from, to),
    async stop() {
      child.kill("SIGTERM");
      await ended;
      end();
      running.delete(end);
    },
  };
}

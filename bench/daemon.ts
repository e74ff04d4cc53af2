// The daemon as a child process, seen from outside: metrics, account, maps.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));
/** Memory for frames, MiB: small enough to be full soon, so that what follows is the steady state. */
const MEMORY = { BRAGGSTREAM__MEMORY__BACKLOG_MB: "384", BRAGGSTREAM__MEMORY__FRAMES_MB: "0", BRAGGSTREAM__MEMORY__KEEP_SERIES: "1" };

export interface Account {
  readonly placed: number;
  readonly lost: number;
  readonly malformed: number;
  readonly not_sent: number;
}
interface SeriesReport {
  readonly id: string;
  readonly state: string;
  readonly frames: Account;
}
interface Npy {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
/** Metrics by name with their labels, as in the text. */
export type MetricValues = ReadonlyMap<string, number>;

export interface Daemon {
  readonly pid: number;
  metrics(): Promise<MetricValues>;
  latest(): Promise<SeriesReport | null>;
  array(path: string): Promise<Npy>;
  stop(): Promise<void>;
}

/** A float32 array of the interface. */
function readNpy(bytes: Buffer): Npy {
  const header = bytes.subarray(10, 10 + bytes.readUInt16LE(8)).toString("latin1");
  if (!header.includes("'<f4'")) throw new Error(`not float32: ${header}`);
  const shape = (/\(([^)]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .filter((s) => s.trim() !== "")
    .map(Number);
  return { shape, values: new Float32Array(Uint8Array.from(bytes.subarray(10 + header.length)).buffer) };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** Starts `braggstream run`. Configuration in the environment reaches it, so that a bench can compare settings. */
export async function startDaemon(endpoint: string): Promise<Daemon> {
  const args = ["run", "--source", endpoint, "--protocol", "dectris-v2", "--http", "127.0.0.1:0", "--log-level", "error"];
  const child = spawn(process.execPath, [...process.execArgv, MAIN, ...args], {
    env: { ...MEMORY, ...process.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  // However this process ends, the daemon does not outlive it.
  process.once("exit", () => child.kill("SIGKILL"));
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
    if (response.ok || response.status === 404) return response;
    throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  return {
    pid: child.pid as number,
    async metrics() {
      const text = await (await ask("/metrics")).text();
      const lines = text.split("\n").filter((line) => line.startsWith("braggstream_"));
      return new Map(
        lines.map((line) => {
          const gap = line.lastIndexOf(" ");
          return [line.slice("braggstream_".length, gap), Number(line.slice(gap + 1))];
        }),
      );
    },
    async latest() {
      const response = await ask("/api/v1/series/latest");
      return response.ok ? ((await response.json()) as SeriesReport) : null;
    },
    array: async (path) => readNpy(Buffer.from(await (await ask(path)).arrayBuffer())),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

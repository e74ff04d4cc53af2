import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type FieldValue, fieldValues, parseListen } from "../config/index.js";
import { Fault } from "../core/fault.js";
import type { SeriesState } from "../core/series.js";
import { type Line, openLine } from "../line/line.js";
import type { SeriesRun } from "../line/series-run.js";
import { prepareDirectory } from "../sinks/archive/archive.js";
import { openHttp } from "../sinks/http.js";
import { createLogger } from "../telemetry/logger.js";
import { createMetrics } from "../telemetry/metrics.js";
import { listenObstacle } from "../transport/probe.js";
import { loadMask, loadScan } from "./config-files.js";
import type { Loaded } from "./flags.js";
import { packageVersion } from "./package-version.js";

export interface Daemon {
  readonly line: Line;
  /** Address of the dashboard. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the line and its ways out. Faults: bad-config, bad-endpoint, port-taken, bad-file. */
export async function startDaemon(loaded: Loaded, tty: boolean): Promise<Daemon> {
  const { config, origins, flags } = loaded;
  const version = packageVersion();
  const metrics = createMetrics({ version });
  const log = createLogger({ level: flags.logLevel, pretty: tty });
  const [mask, scan] = [await loadMask(loaded), await loadScan(loaded)];
  const listen = parseListen(config.http.listen) as NonNullable<ReturnType<typeof parseListen>>;
  // Before the socket is opened: a daemon that cannot serve must not take the begin of a series from one that can.
  if ((await listenObstacle(listen)) === "EADDRINUSE")
    throw new Fault("port-taken", "http.listen", `${config.http.listen} is in use by another program`);
  checkArchive(config.archive.directory);
  const fields: readonly FieldValue[] = fieldValues({ config, origins });
  let clients = (): number => 0;
  const line = await openLine({
    config,
    scan,
    mask,
    ingest: new URL("../ingest.worker.js", import.meta.url),
    warm: true,
    metrics,
    log,
    clients: () => clients(),
    archive: {
      thread: new URL("../archive.worker.js", import.meta.url),
      facts: { braggstream: version, node: process.version, configuration: configurationOf(fields) },
    },
  });
  const root = fileURLToPath(new URL("../../dashboard", import.meta.url));
  try {
    const http = await openHttp({
      host: listen.host,
      port: listen.port,
      ...(config.http.token === null ? {} : { token: config.http.token }),
      allowedHosts: config.http.allowed_hosts,
      maps: line.maps,
      line,
      metrics,
      config: () => ({ fields }),
      about: { name: "braggstream", version, licence: "MIT", node: process.version },
      dashboardRoot: existsSync(root) ? root : null,
      ready: line.ready,
      log,
    });
    clients = http.clients;
    log.info({ code: "listening" }, `dashboard at ${http.url}, frames from ${line.endpoint} (${config.source.protocol})`);
    let closed: Promise<void> | null = null;
    const close = async (): Promise<void> => {
      await line.close();
      await http.close();
    };
    return {
      line,
      url: http.url,
      close() {
        closed ??= close();
        return closed;
      },
    };
  } catch (e) {
    await line.close();
    throw e;
  }
}

/** Before a scan needs it. Fault bad-config: it cannot be written. */
function checkArchive(directory: string | null): void {
  if (directory === null) return;
  try {
    prepareDirectory(directory);
  } catch (e) {
    const what = e instanceof Error ? e.message : String(e);
    throw new Fault("bad-config", "archive.directory", `archive.directory: ${directory} cannot be written: ${what}`, e);
  }
}

/** As `config print` gives it: values with their origins, secrets as "set". */
const configurationOf = (fields: readonly FieldValue[]): object =>
  Object.fromEntries(fields.map(({ key, value, origin }) => [key, { value, origin }]));

/** The line of JSON that ends `--once` (contract §2). */
export function summaryLine(s: SeriesRun | null, seconds: number): string {
  const frames = s?.account.account() ?? null;
  return JSON.stringify({
    summary: {
      series: s?.id ?? null,
      state: s?.state ?? ("none" satisfies SeriesState | "none"),
      frames,
      archive: s?.archive?.path ?? null,
      seconds: Number(seconds.toFixed(3)),
    },
  });
}

/** 0: a whole series, nothing lost or malformed; otherwise 3. */
export function onceExitCode(s: SeriesRun | null): number {
  if (s?.state !== "finished") return 3;
  const { lost, malformed } = s.account.account();
  return lost + malformed > 0 ? 3 : 0;
}

/** Waits for the first series that is over; null: none began in time, or the signal came first. */
export function firstOver(line: Line, waitSeconds: number | null, signal: AbortSignal): Promise<SeriesRun | null> {
  return new Promise((done) => {
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => finish(null);
    function finish(s: SeriesRun | null): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      done(s);
    }
    line.onOver(finish);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    if (waitSeconds !== null) {
      timer = setTimeout(() => {
        if (line.maps.latest() === undefined) finish(null);
      }, waitSeconds * 1000);
    }
  });
}

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Fault, type FaultCode } from "../core/fault.js";
import type { MicroscopeOptions, Progress } from "./publisher.js";
import type { SeriesCounts } from "./series-counts.js";
import { makeSpecimen, type Truth } from "./specimen.js";

/** What the process of the microscope is told. */
export type MicroscopeHears = { readonly kind: "start"; readonly options: MicroscopeOptions } | { readonly kind: "stop" };

/** What it says. */
export type MicroscopeSays =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "fault"; readonly code: FaultCode; readonly at: string; readonly message: string };

export interface StartOptions extends MicroscopeOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * A microscope at work in a process of its own: not a thread, because a thread must not end while messages that it sent are
 * still queued (their memory goes with it).
 */
export interface Microscope {
  /** Where it sends: with the port when bound to `:*`. */
  readonly endpoint: string;
  /** Computed when it is first asked for (about 0.1 s for 128 x 128). */
  readonly truth: Truth;
  /** Newest last; of endless scans the last 256 series. */
  readonly counts: readonly Readonly<SeriesCounts>[];
  /** Settles when the last scan is over and the process has ended. */
  readonly done: Promise<void>;
  /** Ends the open series and the process. */
  stop(): Promise<void>;
}

const KEPT_COUNTS = 256;

/**
 * Starts a microscope; resolves when its socket is bound. The first scan begins when a receiver is connected.
 * @throws Fault "port-taken", "bad-endpoint"
 */
export async function startMicroscope(options: StartOptions): Promise<Microscope> {
  const { signal, onProgress, ...plain } = options;
  const path = fileURLToPath(new URL("./microscope.process.js", import.meta.url));
  const child = fork(path, { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });
  const tell = (message: MicroscopeHears): void => {
    if (child.connected) child.send(message);
  };
  const counts: SeriesCounts[] = [];
  let truth: Truth | null = null;
  let listening: (endpoint: string) => void = () => {};
  const bound = new Promise<string>((resolve) => {
    listening = resolve;
  });
  const done = new Promise<void>((resolve, reject) => {
    child.on("message", (says: MicroscopeSays) => {
      if (says.kind === "fault") reject(new Fault(says.code, says.at, says.message));
      else {
        listening(says.progress.endpoint);
        if (says.progress.series) note(counts, says.progress.series);
        onProgress?.(says.progress);
      }
    });
    child.on("error", reject);
    child.on("exit", (code, by) => (code === 0 ? resolve() : reject(new Error(`the microscope ended with ${by ?? `code ${code}`}`))));
  });
  tell({ kind: "start", options: plain });
  const halt = (): void => tell({ kind: "stop" });
  if (signal?.aborted) halt();
  signal?.addEventListener("abort", halt, { once: true });
  const ended = done.finally(() => signal?.removeEventListener("abort", halt));
  // Whoever does not ask for `done` shall not fall over it.
  ended.catch(() => {});
  const endpoint = await Promise.race([bound, ended.then(() => options.endpoint)]);
  return {
    endpoint,
    get truth() {
      truth ??= makeSpecimen(options.rows, options.columns, options.size, options.seed).truth;
      return truth;
    },
    counts,
    done: ended,
    stop() {
      halt();
      return ended;
    },
  };
}

function note(counts: SeriesCounts[], series: SeriesCounts): void {
  if (counts.at(-1)?.uniqueId === series.uniqueId) counts.pop();
  counts.push(series);
  if (counts.length > KEPT_COUNTS) counts.shift();
}

import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SOURCE = fileURLToPath(new URL("../../bench/receive-libzmq.c", import.meta.url));

/** Messages that were received in a window, and what they cost. */
export interface Received {
  readonly count: number;
  /** CPU of all threads, µs. */
  readonly cpu: number;
  readonly ms: number;
}

export interface LibzmqReceiver {
  receive(endpoint: string, warmMs: number, windowMs: number): Promise<Received>;
  remove(): void;
}

/** The receiver in C, compiled into a temporary folder; or why there is none. */
export function compileLibzmq(compiler = "cc"): LibzmqReceiver | string {
  const found = spawnSync(compiler, ["-E", "-include", "zmq.h", "-x", "c", "/dev/null"], { stdio: "ignore" });
  if (found.error) return `there is no C compiler (${compiler})`;
  if (found.status !== 0) return "the headers of libzmq are not installed (Debian: libzmq3-dev)";
  const folder = mkdtempSync(join(tmpdir(), "braggstream-libzmq-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const program = join(folder, "receive");
  const { status, stderr } = spawnSync(compiler, ["-O2", "-o", program, SOURCE, "-lzmq"], { encoding: "utf8" });
  if (status !== 0) {
    remove();
    return `it does not compile: ${stderr.trim().split("\n").at(-1)}`;
  }
  return {
    async receive(endpoint, warmMs, windowMs) {
      const { stdout } = await promisify(execFile)(program, [endpoint, String(warmMs), String(windowMs)]);
      const [count = 0, cpu = 0, ms = 0] = stdout.trim().split(" ").map(Number);
      return { count, cpu, ms };
    },
    remove,
  };
}

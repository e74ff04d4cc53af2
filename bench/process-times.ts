// What the kernel of the machine tells of a process, all its threads apart. Linux only.
import { readdirSync, readFileSync } from "node:fs";

/** Threads by what they do for the line. gc: helpers of the runtime, collection and compilation; other: files, names, products of matrices. */
export const STAGES = ["receive", "main", "pixels", "gc", "other"] as const;
type Stage = (typeof STAGES)[number];

/** What a thread does for the line, by the name that it has. */
export function stageOf(name: string): Stage {
  if (name === "main" || name.startsWith("pixels")) return name === "main" ? "main" : "pixels";
  if (name.startsWith("ingest") || name.startsWith("ZMQ")) return "receive";
  // Threads of the runtime bear the name of the program.
  return name === "node" || name.startsWith("V8Worker") ? "gc" : "other";
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // The thread has ended between listing and reading.
    return null;
  }
};

/** Clock ticks of /proc/PID/stat per second: fixed on Linux. */
const TICKS = 100;

/** User and system time so far, µs: from the scheduler in nanoseconds, or in ticks where it does not tell. */
function threadMicroseconds(folder: string): number {
  const exact = read(`${folder}/schedstat`);
  if (exact !== null) return Number(exact.split(" ")[0]) / 1000;
  // The name, in brackets, may hold anything.
  const fields = read(`${folder}/stat`)?.split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1e6) / TICKS;
}

/** CPU time of every thread of a process so far, µs, by its name; the first thread is called main. Threads of one name are added up. */
export function cpuTimes(pid: number): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${tid}`;
    const name = Number(tid) === pid ? "main" : (read(`${folder}/comm`) ?? "");
    times.set(name, (times.get(name) ?? 0) + threadMicroseconds(folder));
  }
  return times;
}

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0) / 1024;
}

// What the kernel of the machine tells of a process, all its threads apart. Linux only.
import { readdirSync, readFileSync } from "node:fs";

/** Threads by what they do for the line; "other" is the runtime: garbage collection, compilation, files. */
export const THREADS = ["receive", "main", "pixels", "other"] as const;
export type ThreadRole = (typeof THREADS)[number];
export type CpuTimes = Readonly<Record<ThreadRole, number>>;

function roleOf(name: string, main: boolean): ThreadRole {
  if (main) return "main";
  if (name.startsWith("pixels")) return "pixels";
  return name.startsWith("ingest") || name.startsWith("ZMQ") ? "receive" : "other";
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

/** CPU time of every thread of a process so far, µs, by role. */
export function cpuTimes(pid: number): CpuTimes {
  const times = { receive: 0, main: 0, pixels: 0, other: 0 };
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${tid}`;
    const name = read(`${folder}/comm`) ?? "";
    times[roleOf(name, Number(tid) === pid)] += threadMicroseconds(folder);
  }
  return times;
}

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0) / 1024;
}

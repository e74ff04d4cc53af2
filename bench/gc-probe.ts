// Loaded into the daemon before anything else (`node --import`), in each of its threads: notes what the garbage collector of that thread did, as
// cumulative numbers, one line per look. Allocated bytes: what each collection found more than the one before had left.
import { appendFileSync, readFileSync } from "node:fs";
import { GCProfiler, getHeapStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";
import { GC_LOG, type GcLine } from "./gc-log.js";

const LOOK_MS = 200;
const log = process.env[GC_LOG];

function nameOf(): string {
  if (isMainThread) return "main";
  return readFileSync("/proc/thread-self/comm", "utf8").trim();
}

function watch(file: string): void {
  const sum = { scavenges: 0, scavengeMs: 0, marks: 0, markMs: 0, bytes: 0 };
  let left = getHeapStatistics().used_heap_size;
  let profiler = new GCProfiler();
  profiler.start();
  const look = (): void => {
    const { statistics } = profiler.stop();
    profiler = new GCProfiler();
    profiler.start();
    for (const { gcType, cost, beforeGC, afterGC } of statistics) {
      sum.bytes += Math.max(0, beforeGC.heapStatistics.usedHeapSize - left);
      left = afterGC.heapStatistics.usedHeapSize;
      const young = gcType === "Scavenge" || gcType === "MinorMarkCompact";
      if (young) sum.scavenges++;
      // Steps of marking and weak references come in between: they belong to a mark-sweep, and are none.
      else if (gcType === "MarkSweepCompact") sum.marks++;
      sum[young ? "scavengeMs" : "markMs"] += cost / 1000;
    }
    const now = getHeapStatistics().used_heap_size;
    const line: GcLine = { thread: nameOf(), at: Date.now(), ...sum, bytes: sum.bytes + Math.max(0, now - left) };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  setInterval(look, LOOK_MS).unref();
}

if (log !== undefined) watch(log);

/** Length of a window, ms: long enough for the clock, short enough to find one that nobody else disturbs. */
const WINDOW = 8;

/** CPU microseconds per call of `work`, the best of several short windows after warming up. */
export function bestMicroseconds(work: () => void, windows: number): number {
  let calls = 1;
  // Doubling until a window is filled also warms up.
  for (;;) {
    const began = performance.now();
    for (let i = 0; i < calls; i++) work();
    if (performance.now() - began > WINDOW) break;
    calls *= 2;
  }
  let best = Number.POSITIVE_INFINITY;
  for (let window = 0; window < windows; window++) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / calls);
  }
  return best;
}

/** The same for work that answers later. */
export async function bestMicrosecondsOf(work: () => Promise<void>, windows: number): Promise<number> {
  let calls = 1;
  for (;;) {
    const began = performance.now();
    for (let i = 0; i < calls; i++) await work();
    if (performance.now() - began > WINDOW) break;
    calls *= 2;
  }
  let best = Number.POSITIVE_INFINITY;
  for (let window = 0; window < windows; window++) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) await work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / calls);
  }
  return best;
}

/** null: there is nothing to show. */
export type Job<T> = (signal: AbortSignal) => Promise<T | null>;

/** One job on its way, at most one per `spacing` ms; of those that wait only the newest is begun. `leave`: the one on its way is given up. */
export function newestWins<T>(show: (got: T) => void, spacing: number): (job: Job<T> | null, leave?: boolean) => void {
  let waiting: Job<T> | null = null;
  let running: AbortController | null = null;
  const run = async (): Promise<void> => {
    while (waiting) {
      const job = waiting;
      waiting = null;
      running = new AbortController();
      const begun = performance.now();
      const got = await job(running.signal);
      if (got && !running.signal.aborted) show(got);
      const rest = spacing - (performance.now() - begun);
      if (rest > 0) await new Promise((done) => setTimeout(done, rest));
    }
    running = null;
  };
  return (job, leave = false) => {
    waiting = job;
    if (leave) running?.abort();
    if (job && !running) void run();
  };
}

/** A job that is done again when it is asked for: never twice at once, and no sooner than `gap` ms after it was done. */
export function calmly(job: () => Promise<void>, gap: number): () => void {
  let state: "idle" | "waits" | "runs" = "idle";
  let again = false;
  let done = Number.NEGATIVE_INFINITY;
  const run = async (): Promise<void> => {
    state = "runs";
    again = false;
    await job();
    done = performance.now();
    state = "idle";
    if (again) ask();
  };
  const ask = (): void => {
    if (state === "runs") again = true;
    if (state !== "idle") return;
    state = "waits";
    setTimeout(() => void run(), Math.max(0, done + gap - performance.now()));
  };
  return ask;
}

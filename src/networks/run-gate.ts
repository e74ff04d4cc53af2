/**
 * Where threads say that they compute. ONNX Runtime aborts the process when a thread is ended inside a run, so whoever ends the process
 * shuts the gate first, which waits for the runs under way and lets no other begin.
 */
import { isMainThread } from "node:worker_threads";

export interface RunGate {
  /** Goes into workerData of the threads. */
  readonly state: Int32Array<SharedArrayBuffer>;
  /** Before a run. Once the gate is shut a thread waits here for its end; the main thread gets an error. */
  enter(): void;
  leave(): void;
  /** Blocks until nobody computes, at most `ms`. */
  shut(ms: number): void;
}

const RUNS = 0;
const SHUT = 1;

export function openRunGate(state = new Int32Array(new SharedArrayBuffer(8))): RunGate {
  const leave = (): void => {
    Atomics.sub(state, RUNS, 1);
    Atomics.notify(state, RUNS);
  };
  return {
    state,
    enter() {
      Atomics.add(state, RUNS, 1);
      if (Atomics.load(state, SHUT) === 0) return;
      leave();
      // Node 20 aborts now and then when a thread that is being ended throws what nobody catches.
      if (!isMainThread) Atomics.wait(state, SHUT, 1);
      throw new Error("the process is ending");
    },
    leave,
    shut(ms) {
      Atomics.store(state, SHUT, 1);
      const until = performance.now() + ms;
      for (let runs = Atomics.load(state, RUNS); runs > 0; runs = Atomics.load(state, RUNS)) {
        const left = until - performance.now();
        if (left <= 0) return;
        Atomics.wait(state, RUNS, runs, left);
      }
    },
  };
}

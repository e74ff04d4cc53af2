import { setImmediate } from "node:timers/promises";
import { fastKernels, KernelStock } from "../../src/components/polar-kernels.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { PayloadLister } from "../../src/kernels/list-payload.js";
import type { ComponentAnswer, ComponentCalls } from "../../src/line/component-calls.js";
import { createComponentLane } from "../../src/line/component-lane.js";
import { ComponentRun } from "../../src/line/component-run.js";
import type { Knowledge } from "../../src/line/denoise-run.js";
import type { ListCalls } from "../../src/line/list-calls.js";
import { createListLane } from "../../src/line/list-lane.js";
import { theKernels } from "../fixtures/lanes.js";
import type { ScanFixture } from "../fixtures/scan.js";
import { framesInSlab } from "./frames-in-slab.js";

/** Frames in the slab, and the lane of components in this thread: rows are taken when they are let through. */
export function aRun(scan: ScanFixture, see: (known: Knowledge) => Knowledge = (k) => k) {
  const { slab, rows: taken, known } = framesInSlab(scan);
  const newLister = (): PayloadLister => new PayloadLister(instantiateKernels(theKernels));
  const stock = new KernelStock(() => fastKernels(theKernels));
  const lists = createListLane(slab, newLister, stock);
  const { calls } = createComponentLane(stock);
  const asked: string[] = [];
  const hear = (call: string): void => {
    asked.push(call);
    now.onAsk(call);
  };
  const askLister = async <K extends keyof ListCalls>(call: K, ask: ListCalls[K]["ask"]): Promise<ListCalls[K]["answer"]> => {
    if (now.broken && call === "listRow") throw new Error("broken");
    hear(call);
    for (let i = 0; i < now.slow && call === "listRow"; i++) await setImmediate();
    return (lists.calls as unknown as { [C in K]: (ask: ListCalls[C]["ask"]) => ListCalls[C]["answer"] })[call](ask);
  };
  const held: (() => void)[] = [];
  const rows: number[] = [];
  const askComponents = async <K extends keyof ComponentCalls>(
    call: K,
    ask: ComponentCalls[K]["ask"],
  ): Promise<ComponentCalls[K]["answer"]> => {
    if (call === "componentRow") {
      rows.push((ask as ComponentCalls["componentRow"]["ask"]).row);
      await new Promise<void>((open) => held.push(open));
    }
    hear(call);
    const answer = (calls as unknown as { [C in K]: (ask: ComponentCalls[C]["ask"]) => ComponentCalls[C]["answer"] })[call](ask);
    if (now.limited && call === "componentRow")
      (answer as { changed: unknown }).changed = { ...(answer as ComponentAnswer).changed, limited: true };
    return answer;
  };
  const told: string[] = [];
  /** What is so around the run. */
  const now = { mayGoOn: true, keeps: true, limited: false, broken: false, slow: 0, onAsk: (_call: string): void => undefined };
  const run = new ComponentRun({
    ...taken,
    most: 32,
    pool: { askLister, askComponents },
    hold: () => (now.keeps ? new Map() : null),
    mayGoOn: () => now.mayGoOn,
    onRow: () => undefined,
    onMissed: (frames) => told.push(`missed ${frames}`),
    onAgain: (row) => told.push(`again before ${row}`),
    onEllipse: () => told.push("ellipse"),
    onCut: (positions) => told.push(`cut ${positions}`),
    onStrange: () => undefined,
    onFull: (row) => told.push(`full ${row}`),
    onLimited: () => told.push("limited"),
    onIdle: () => told.push("idle"),
    onCrash: (e) => {
      if (!now.broken) throw e;
      told.push("crash");
    },
  });
  const settle = async (): Promise<void> => {
    for (let k = 0; k < 20; k++) await setImmediate();
  };
  const pump = async (n: number): Promise<void> => {
    await settle();
    for (let i = 0; i < n; i++) {
      held.shift()?.();
      await settle();
    }
  };
  return {
    run,
    maps: taken.maps,
    told,
    asked,
    rows,
    pump,
    finish: (line: number, epoch = 0) => run.finishLine(line, see(known(epoch))),
    end: (epoch = 0) => run.end(see(known(epoch))),
    now,
    /** What people ask. */
    ask: askComponents,
    series: taken.about.series,
  };
}

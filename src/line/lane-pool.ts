import { Worker } from "node:worker_threads";
import { type DetectorSet, NO_DETECTORS } from "../core/virtual-detector.js";
import type { KernelModule } from "../kernels/kernel-module.js";
import { summaryBuffers } from "../kernels/summarise.js";
import { openRunGate } from "../networks/run-gate.js";
import type { AdaptCalls } from "./adapt-lane.js";
import { sampleBuffers } from "./blind-samples.js";
import type { ComponentCalls } from "./component-calls.js";
import type { DenoiseCalls } from "./denoise-calls.js";
import { aDesk, type Desk } from "./desk.js";
import type { LaneData, LaneReply, LaneRequest } from "./lane.worker.js";
import type { LaneCall, LaneCalls, LaneWork } from "./lane-calls.js";
import type { ListCalls } from "./list-calls.js";
import type { ModelFile } from "./load-model.js";
import type { LaneAnswer, LaneTask, MaskVersion } from "./messages.js";

/** Chunks from which the speed of the lanes is known: the first ones, while kernels are still being compiled, are soon forgotten. */
const RECENT = 16;

/** A process that ends at once waits so long for products under way, ms: ended inside one it would abort. */
const GATE_MS = 500;
/** Receiving and measuring come first, then denoising, which has a row to follow; classes take what is left, and training what they leave. Elsewhere it would be the whole process. */
const NICENESS =
  process.platform === "linux" ? { denoise: 5, lists: 15, components: 15, adapt: 19 } : { denoise: 0, lists: 0, components: 0, adapt: 0 };

/**
 * MiB that young objects may take: what is found of a row or of an epoch is garbage after it, and where there is room for it until then it need not be
 * copied, nor what stays be marked so often. undefined: as much as the engine gives.
 */
const YOUNG_MB: Readonly<Record<string, number | undefined>> = { components: 192 };

interface Seat {
  readonly worker: Worker;
  readonly waiting: Map<number, (answer: unknown) => void>;
  /** Frames handed over and not answered. */
  frames: number;
  /** Mask version that this lane has, per series. */
  readonly masks: Map<number, number>;
  /** Version of the virtual detectors that it has. */
  detectors: number;
  exited: Promise<void>;
}

function openSeat(workerData: LaneData, onCrash: (e: Error) => void): Seat {
  const worker = new Worker(new URL("./lane.worker.js", import.meta.url), {
    name: workerData.name,
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB[workerData.name] },
  });
  const seat: Seat = {
    worker,
    waiting: new Map(),
    frames: 0,
    masks: new Map(),
    detectors: NO_DETECTORS.version,
    exited: new Promise((done) => {
      worker.once("exit", () => done());
    }),
  };
  worker.on("message", (reply: LaneReply) => {
    const done = seat.waiting.get(reply.id);
    seat.waiting.delete(reply.id);
    done?.(reply.answer);
  });
  worker.on("error", onCrash);
  return seat;
}

/** The pixel lanes as seen from the main thread: questions by number, frames to whoever has least to do. */
export class LanePool {
  readonly #seats: readonly Seat[];
  /** Works on sums of many frames: it takes longer than frames should wait. */
  readonly #helper: Seat;
  /** Takes rows of scans one after the other. */
  #denoiser: Seat | null = null;
  #lister: Seat | null = null;
  #components: Seat | null = null;
  /** Trains; null: nothing is adapted. */
  readonly #adapter: Seat | null;
  readonly #open: (name: string, niceness?: number) => Seat;
  readonly #model: boolean;
  /** Memory for frames, by slot. */
  readonly #memory = new Map<number, SharedArrayBuffer>();
  readonly #spare: Desk[] = [];
  #desks = 0;
  #id = 0;
  /** ms per frame of the newest chunks. */
  readonly #recent = new Float64Array(RECENT);
  #chunks = 0;
  readonly #gate = openRunGate();
  readonly #shut = (): void => this.#gate.shut(GATE_MS);

  /** `model.adapt`: it is adapted to scans. */
  constructor(count: number, module: KernelModule, control: Int32Array, model: ModelFile | null, onCrash: (e: Error) => void) {
    process.on("exit", this.#shut);
    this.#model = model !== null;
    const gate = this.#gate.state;
    this.#open = (name, niceness = 0) => openSeat({ name, niceness, module, control, gate, model }, onCrash);
    this.#seats = Array.from({ length: count }, (_, i) => this.#open(`pixels-${i}`));
    this.#helper = this.#open("images");
    this.#adapter = model?.adapt ? this.#open("adapt", NICENESS.adapt) : null;
  }

  /** Opens the lanes that will be asked: one that nobody asks is no thread. `warm`: the first scan is not to wait for compilers. */
  ready({ denoise, components, warm }: { readonly denoise: boolean; readonly components: boolean; readonly warm: boolean }): void {
    if (denoise) void this.#denoises;
    if (components) void [this.#lists, this.#finds];
    if (!warm) return;
    const warmUp = (seat: Seat, work: LaneWork): void => void this.#ask(seat, "warmUp", { work, model: this.#model });
    for (const seat of this.#seats) warmUp(seat, "pixels");
    warmUp(this.#helper, "images");
    if (this.#denoiser) warmUp(this.#denoiser, "denoise");
    if (this.#lister) warmUp(this.#lister, "lists");
    if (this.#components) warmUp(this.#components, "components");
  }

  get #denoises(): Seat {
    this.#denoiser ??= this.#openBehind("denoise", NICENESS.denoise);
    return this.#denoiser;
  }
  get #lists(): Seat {
    this.#lister ??= this.#openBehind("lists", NICENESS.lists);
    return this.#lister;
  }
  get #finds(): Seat {
    this.#components ??= this.#openBehind("components", NICENESS.components);
    return this.#components;
  }
  #openBehind(name: string, niceness: number): Seat {
    const seat = this.#open(name, niceness);
    for (const [slot, buffer] of this.#memory) this.#post(seat, { kind: "adopt", slot, buffer });
    return seat;
  }
  get #all(): Seat[] {
    return [...this.#seats, this.#helper, this.#denoiser, this.#lister, this.#components, this.#adapter].filter((s) => s !== null);
  }

  get size(): number {
    return this.#seats.length;
  }
  /** Frames in the lanes. */
  get frames(): number {
    return this.#seats.reduce((n, s) => n + s.frames, 0);
  }

  /** Frames per second that all lanes together get done while they work; infinite as long as it is not known. */
  get framesPerSecond(): number {
    if (this.#chunks < RECENT) return Number.POSITIVE_INFINITY;
    return (1000 * this.#seats.length * RECENT) / this.#recent.reduce((a, b) => a + b, 0);
  }

  /** Nobody has anything to answer. */
  get idle(): boolean {
    return this.#all.every((s) => s === this.#adapter || s.waiting.size === 0);
  }

  /** Asks beside the lanes, about sums of many frames; these are moved there. */
  askHelper<K extends "fit" | "image">(call: K, ask: LaneCalls[K]["ask"]): Promise<LaneCalls[K]["answer"]> {
    return this.#ask(this.#helper, call, ask, ask.parts.flatMap(summaryBuffers));
  }

  /** Asks the lane that denoises. */
  askDenoiser<K extends keyof DenoiseCalls>(call: K, ask: DenoiseCalls[K]["ask"]): Promise<DenoiseCalls[K]["answer"]> {
    return this.#ask(this.#denoises, call, ask) as Promise<DenoiseCalls[K]["answer"]>;
  }

  /** Asks the lane that lists electrons for the one that finds components. */
  askLister<K extends keyof ListCalls>(call: K, ask: ListCalls[K]["ask"]): Promise<ListCalls[K]["answer"]> {
    return this.#ask(this.#lists, call, ask) as Promise<ListCalls[K]["answer"]>;
  }

  /** Asks the lane that finds components. */
  askComponents<K extends keyof ComponentCalls>(call: K, ask: ComponentCalls[K]["ask"]): Promise<ComponentCalls[K]["answer"]> {
    return this.#ask(this.#finds, call, ask) as Promise<ComponentCalls[K]["answer"]>;
  }

  /** Asks the lane that adapts the model; samples are moved there. */
  askAdapter<K extends keyof AdaptCalls>(call: K, ask: AdaptCalls[K]["ask"]): Promise<AdaptCalls[K]["answer"]> {
    if (!this.#adapter) throw new Error("no lane adapts a model");
    const moved = "training" in ask ? sampleBuffers([...ask.training, ...ask.heldOut]) : [];
    return this.#ask(this.#adapter, call, ask, moved) as Promise<AdaptCalls[K]["answer"]>;
  }

  /** A desk to lay a chunk out on, until it is given back. */
  desk(): Desk {
    const spare = this.#spare.pop();
    if (spare) return spare;
    const desk = aDesk(this.#desks++);
    for (const s of this.#seats) this.#post(s, { kind: "desk", desk: desk.id, buffer: desk.buffer });
    return desk;
  }

  give(desk: Desk): void {
    this.#spare.push(desk);
  }

  adopt(slot: number, buffer: SharedArrayBuffer): void {
    this.#memory.set(slot, buffer);
    for (const s of this.#all) if (s !== this.#helper && s !== this.#adapter) this.#post(s, { kind: "adopt", slot, buffer });
  }

  ask<K extends LaneCall>(lane: number, call: K, ask: LaneCalls[K]["ask"]): Promise<LaneCalls[K]["answer"]> {
    return this.#ask(this.#seats[lane % this.#seats.length] as Seat, call, ask);
  }

  #ask<K extends LaneCall>(seat: Seat, call: K, ask: LaneCalls[K]["ask"], moved: ArrayBuffer[] = []): Promise<LaneCalls[K]["answer"]> {
    const id = this.#id++;
    return new Promise((done) => {
      seat.waiting.set(id, done as (answer: unknown) => void);
      this.#post(seat, { kind: "ask", id, call, ask }, moved);
    });
  }

  askAll<K extends LaneCall>(call: K, ask: LaneCalls[K]["ask"]): Promise<LaneCalls[K]["answer"][]> {
    return Promise.all(this.#seats.map((_, i) => this.ask(i, call, ask)));
  }

  /** Gives a chunk to the idlest lane, or to lane 0 where the order of additions shows in the bits (float frames). */
  async dispatch(
    task: Omit<LaneTask, "detectors">,
    mask: Uint8Array | null,
    detectors: DetectorSet,
    inOrder: boolean,
  ): Promise<LaneAnswer> {
    let best = 0;
    if (!inOrder)
      for (let i = 1; i < this.#seats.length; i++) if ((this.#seats[i] as Seat).frames < (this.#seats[best] as Seat).frames) best = i;
    const seat = this.#seats[best] as Seat;
    const known = seat.masks.get(task.series) === task.mask.version;
    seat.masks.set(task.series, task.mask.version);
    const version: MaskVersion = known ? task.mask : { version: task.mask.version, mask };
    const same = seat.detectors === detectors.version;
    seat.detectors = detectors.version;
    seat.frames += task.count;
    const result = await this.ask(best, "task", {
      ...task,
      mask: version,
      detectors: same ? { version: detectors.version } : detectors,
    });
    seat.frames -= task.count;
    this.#recent[this.#chunks++ % RECENT] = result.ms / task.count;
    return result;
  }

  forget(series: number): void {
    for (const s of this.#seats) s.masks.delete(series);
  }

  /** Lanes finish what they have and end by themselves. */
  async close(): Promise<void> {
    const all = this.#all;
    for (const s of all) this.#post(s, { kind: "stop" });
    await Promise.all(all.map((s) => s.exited));
    process.off("exit", this.#shut);
  }

  #post(seat: Seat, request: LaneRequest, moved: ArrayBuffer[] = []): void {
    seat.worker.postMessage(request, moved);
  }
}

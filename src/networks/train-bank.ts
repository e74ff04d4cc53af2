/** Training of the network over the bank: batches in a seeded order, a falling step size, and the best by a held-out set kept. */
import { firstParameters, PARAMETERS } from "./bank-network.js";
import { type AdamState, type BankJudge, type BankTrainer, openBankJudge, openBankTrainer, type Samples } from "./bank-trainer.js";
import { openRunGate, type RunGate } from "./run-gate.js";

/** Step size at the start, and its share at the end; in between it falls geometrically. */
const FIRST_RATE = 4e-3;
const LAST_SHARE = 0.02;

/** When training ends: after so many steps, or when the clock (s) has gone so far. Only steps give the same network twice. */
export type TrainingLength = { readonly steps: number } | { readonly seconds: number; readonly clock: () => number };

export interface TrainingPlan {
  readonly length: TrainingLength;
  /** Of the first parameters and the order of the samples. */
  readonly seed: number;
  /** Steps from one look at the held-out set to the next. */
  readonly judgeEvery: number;
  /** Looks without a better deviance after which it ends. */
  readonly patience: number;
  /** Pixels of a step. */
  readonly batch: number;
}
/** Many small steps: at the same CPU time 4,096 pixels a step do better than 16,384. */
export const TRAINING: TrainingPlan = { length: { steps: 20_000 }, seed: 1, judgeEvery: 250, patience: 16, batch: 4096 };

/** All that training goes on from. */
export interface TrainingState extends AdamState {
  /** The best so far by the held-out set, its deviance per pixel, and the looks since. */
  readonly best: Float32Array;
  readonly deviance: number;
  readonly sinceBest: number;
  /** Deviance of the training-free result. */
  readonly startDeviance: number;
}

export interface TrainingProgress {
  readonly step: number;
  /** 0 to 1. */
  readonly done: number;
  /** Mean loss of the steps since the last report. */
  readonly loss: number;
  /** Of the held-out set, per pixel: now, the best, and of the training-free result. */
  readonly deviance: number;
  readonly bestDeviance: number;
  readonly startDeviance: number;
}

export interface Trained {
  readonly state: TrainingState;
  readonly reason: "finished" | "no longer better" | "stopped";
}

export interface TrainingSets {
  readonly training: Samples;
  /** Positions that are never trained on. */
  readonly heldOut: Samples;
}

export interface TrainingHooks {
  readonly progress?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal;
  readonly gate?: RunGate;
}

/** mulberry32: numbers in [0, 1), the same for a seed everywhere. */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let v = Math.imul(a ^ (a >>> 15), a | 1);
    v ^= v + Math.imul(v ^ (v >>> 7), v | 61);
    return ((v ^ (v >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fills the samples of a step: each epoch goes through all of them in an order of its own, wherever training began. */
export function batchOrder(samples: number, seed: number): (step: number, pick: Int32Array) => void {
  const order = new Int32Array(samples);
  let shuffled = -1;
  const shuffle = (epoch: number): void => {
    const random = seededRandom(seed + Math.imul(epoch + 1, 0x9e3779b1));
    for (let i = 0; i < samples; i++) order[i] = i;
    for (let i = samples - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const kept = order[i] as number;
      order[i] = order[j] as number;
      order[j] = kept;
    }
    shuffled = epoch;
  };
  return (step, pick) => {
    for (let i = 0; i < pick.length; i++) {
      const at = step * pick.length + i;
      const epoch = Math.floor(at / samples);
      if (epoch !== shuffled) shuffle(epoch);
      pick[i] = order[at - epoch * samples] as number;
    }
  };
}

/** Share of the run that is done, before each step. */
function doneOf(length: TrainingLength): (step: number) => number {
  if ("steps" in length) return (step) => step / length.steps;
  const began = length.clock();
  return () => (length.clock() - began) / length.seconds;
}

/** Begins, or goes on from a state. The best is never worse on the held-out set than what it began with. Faults: bad-network. */
export async function trainBank(
  sets: TrainingSets,
  plan: TrainingPlan = TRAINING,
  from: TrainingState | Float32Array | null = null,
  hooks: TrainingHooks = {},
): Promise<Trained> {
  const gate = hooks.gate ?? openRunGate();
  const judge = await openBankJudge(sets.heldOut, gate);
  try {
    const trainer = await openBankTrainer(sets.training, gate, plan.batch);
    try {
      const state = await beginning(judge, plan.seed, from);
      return await descend(trainer, judge, batchOrder(sets.training.counts.length, plan.seed), plan, state, hooks);
    } finally {
      await trainer.close();
    }
  } finally {
    await judge.close();
  }
}

/** What was written before was judged by another held-out set, perhaps: judged anew. */
async function beginning(judge: BankJudge, seed: number, from: TrainingState | Float32Array | null): Promise<TrainingState> {
  const first = firstParameters(seededRandom(seed));
  const startDeviance = await judge.deviance(first);
  if (from !== null && !(from instanceof Float32Array)) return { ...from, startDeviance, deviance: await judge.deviance(from.best) };
  const parameters = from ?? first;
  const zeros = (): Float32Array => new Float32Array(PARAMETERS);
  const deviance = from ? await judge.deviance(from) : startDeviance;
  return { parameters, momentum: zeros(), power: zeros(), step: 0, best: parameters, deviance, sinceBest: 0, startDeviance };
}

async function descend(
  trainer: BankTrainer,
  judge: BankJudge,
  order: ReturnType<typeof batchOrder>,
  { length, judgeEvery, patience, batch }: TrainingPlan,
  from: TrainingState,
  { progress, signal }: TrainingHooks,
): Promise<Trained> {
  const pick = new Int32Array(batch);
  const doneAt = doneOf(length);
  let state = from;
  let [losses, summed] = [0, 0];
  for (;;) {
    const done = doneAt(state.step);
    if (summed > 0 && (done >= 1 || signal?.aborted || state.step % judgeEvery === 0)) {
      const deviance = await judge.deviance(state.parameters);
      const better = deviance < state.deviance;
      state = { ...state, ...(better ? { best: state.parameters, deviance, sinceBest: 0 } : { sinceBest: state.sinceBest + 1 }) };
      const { startDeviance } = state;
      progress?.({
        step: state.step,
        done: Math.min(1, done),
        loss: losses / summed,
        deviance,
        bestDeviance: state.deviance,
        startDeviance,
      });
      [losses, summed] = [0, 0];
    }
    if (done >= 1) return { state, reason: "finished" };
    if (signal?.aborted) return { state, reason: "stopped" };
    if (state.sinceBest >= patience) return { state, reason: "no longer better" };
    order(state.step, pick);
    const { loss, state: next } = await trainer.step(state, pick, FIRST_RATE * LAST_SHARE ** done);
    state = { ...state, ...next };
    losses += loss;
    summed++;
  }
}

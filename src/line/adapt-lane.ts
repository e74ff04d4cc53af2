import type { UsedMethod } from "../core/denoise.js";
import { encodeBankModel, openBankModel } from "../networks/bank-model.js";
import { openBankJudge, type Samples } from "../networks/bank-trainer.js";
import type { RunGate } from "../networks/run-gate.js";
import { TRAINING, type TrainingPlan, type TrainingSets, trainBank } from "../networks/train-bank.js";
import { Blocks, together } from "./blind-samples.js";

/** Samples of positions; no position is in both. */
export interface SampleBlocks {
  readonly training: readonly Samples[];
  readonly heldOut: readonly Samples[];
}

/** What came of a round of training. */
export interface Round {
  /** The model as a file, where it is to be adopted. */
  readonly model: Uint8Array | null;
  /** Share by which its deviance of held-out counts is lower than that of what is in use. */
  readonly gain: number;
}

/** Questions about adapting a model to a scan. */
export interface AdaptCalls {
  adaptOpen: { ask: { series: number; model: Uint8Array; path: string; name: string }; answer: null };
  adaptTake: { ask: SampleBlocks & { series: number }; answer: null };
  /** Trains on all that was taken. `method`: what makes patterns. */
  adaptRound: { ask: { series: number; method: UsedMethod }; answer: Round };
  adaptClose: { ask: { series: number }; answer: null };
}

/** A round: a few seconds of one thread. */
const ROUND: TrainingPlan = { ...TRAINING, length: { steps: 300 }, judgeEvery: 50, patience: 6 };
/** The share by which the deviance of held-out counts must be lower. */
const LEAST_GAIN = 0.01;
interface Open {
  readonly name: string;
  readonly training: Blocks;
  readonly heldOut: Blocks;
  /** Of the model that was adopted last, of the best that was found, and how many were adopted. */
  adopted: Float32Array;
  best: Float32Array;
  epoch: number;
}

/** Fine-tunes models on scans, in the thread that it is called in. */
export function createAdaptLane(gate: RunGate) {
  const open = new Map<number, Open>();
  const stopping = new AbortController();

  async function judged(heldOut: Samples, parameters: Float32Array): Promise<number> {
    const judge = await openBankJudge(heldOut, gate);
    try {
      return await judge.deviance(parameters);
    } finally {
      await judge.close();
    }
  }

  async function round(s: Open, method: UsedMethod): Promise<Round> {
    const sets: TrainingSets = { training: together(s.training.kept), heldOut: together(s.heldOut.kept) };
    if (sets.training.counts.length === 0 || sets.heldOut.counts.length === 0) return { model: null, gain: 0 };
    const { state, reason } = await trainBank(sets, ROUND, s.best, { gate, signal: stopping.signal });
    if (reason === "stopped") return { model: null, gain: 0 };
    s.best = state.best;
    // Once one is adopted, patterns are made with it.
    const inUse = s.epoch > 0 || method === "model" ? await judged(sets.heldOut, s.adopted) : state.startDeviance;
    const gain = inUse > 0 ? 1 - state.deviance / inUse : 0;
    if (!(gain > LEAST_GAIN)) return { model: null, gain };
    s.adopted = s.best;
    s.epoch++;
    return { model: encodeBankModel(`${s.name}-adapted-${s.epoch}`, s.adopted), gain };
  }

  return {
    calls: {
      async adaptOpen({ series, model, path, name }: AdaptCalls["adaptOpen"]["ask"]): Promise<null> {
        const opened = await openBankModel(model, path, gate);
        await opened.close();
        const { parameters } = opened;
        open.set(series, { name, training: new Blocks(), heldOut: new Blocks(), adopted: parameters, best: parameters, epoch: 0 });
        return null;
      },
      adaptTake({ series, training, heldOut }: AdaptCalls["adaptTake"]["ask"]): null {
        const s = open.get(series);
        for (const block of training) s?.training.add(block);
        for (const block of heldOut) s?.heldOut.add(block);
        return null;
      },
      async adaptRound({ series, method }: AdaptCalls["adaptRound"]["ask"]): Promise<Round> {
        const s = open.get(series);
        return s ? round(s, method) : { model: null, gain: 0 };
      },
      adaptClose({ series }: AdaptCalls["adaptClose"]["ask"]): null {
        open.delete(series);
        return null;
      },
    },
    /** Ends the training that is under way. */
    stop: (): void => stopping.abort(),
  };
}

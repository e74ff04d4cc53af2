/** Trains the network over the bank: forward, loss, derivatives and Adam are one graph, run once per step. */
import { Fault } from "../core/fault.js";
import { LEAST_RATE, sampleInputs, writeLoss, writePicked } from "./bank-gradient.js";
import { BANK_PLANES, PARAMETERS, writeBankNetwork } from "./bank-network.js";
import { openGraphWriter } from "./graph-writer.js";
import { openNetwork } from "./network.js";
import type { Graph } from "./onnx-model.js";
import { openRunGate, type RunGate } from "./run-gate.js";
import type { TensorType } from "./tensor-type.js";

/**
 * Pixels to learn from or to judge by, all of them valid. `bank` is blind: what the own frame adds is taken out of every plane,
 * f_k <- max(0, (f_k - w0 blur_k(x)) / (1 - w0)), so that the counts are news to it.
 */
export interface Samples {
  /** [samples, BANK_PLANES]: the 12 averages, then the training-free result. */
  readonly bank: Float32Array;
  /** Own counts [samples]. */
  readonly counts: Float32Array;
  /** Mean count per pixel of the scan, and effective number of frames, of each sample's position. */
  readonly mean: Float32Array;
  readonly frames: Float32Array;
}

/** Where Adam (Kingma 2015) is; all lists [PARAMETERS]. */
export interface AdamState {
  readonly parameters: Float32Array;
  readonly momentum: Float32Array;
  readonly power: Float32Array;
  /** Steps done. */
  readonly step: number;
}

/** Pixels that are judged in one run. */
const JUDGED = 16384;
const DECAY = { momentum: 0.9, power: 0.999 } as const;
const TINY = 1e-8;

const LIST: TensorType = { element: "float32", shape: [PARAMETERS] };
const NUMBER: TensorType = { element: "float32", shape: [] };

/** `rate`: the step size with the corrections for the first steps. */
function stepGraph(batch: number): Graph {
  const w = openGraphWriter();
  const { loss, gradient } = writeLoss(w, batch);
  const decayed = (old: string, by: number, news: string): string =>
    w.node("Add", [w.node("Mul", [old, w.float(by)]), w.node("Mul", [news, w.float(1 - by)])]);
  const momentum = decayed("momentum", DECAY.momentum, gradient);
  const power = decayed("power", DECAY.power, w.node("Mul", [gradient, gradient]));
  const size = w.node("Add", [w.node("Sqrt", [power]), w.float(TINY)]);
  const parameters = w.node("Sub", ["parameters", w.node("Mul", ["rate", w.node("Div", [momentum, size])])]);
  return w.finish(
    "bank-step",
    { ...sampleInputs("float32", batch), parameters: LIST, momentum: LIST, power: LIST, rate: NUMBER },
    {
      loss: { value: loss, type: NUMBER },
      nextParameters: { value: parameters, type: LIST },
      nextMomentum: { value: momentum, type: LIST },
      nextPower: { value: power, type: LIST },
    },
  );
}

function estimateGraph(batch: number): Graph {
  const w = openGraphWriter();
  const { estimate } = writeBankNetwork(w, writePicked(w));
  const { counts: _, ...inputs } = sampleInputs("float32", batch);
  return w.finish(
    "bank-estimate",
    { ...inputs, parameters: LIST },
    { estimate: { value: estimate, type: { element: "float32", shape: [1, batch] } } },
  );
}

export interface BankTrainer {
  /** Loss of the picked samples [batch] before the step, and the state after it. */
  step(state: AdamState, pick: Int32Array, rate: number): Promise<{ readonly loss: number; readonly state: AdamState }>;
  close(): Promise<void>;
}

/** Fault bad-network if the samples do not go together. */
export function checkSamples({ bank, counts, mean, frames }: Samples): number {
  const n = counts.length;
  if (n < 1 || bank.length !== BANK_PLANES * n || mean.length !== n || frames.length !== n)
    throw new Fault(
      "bad-network",
      "samples",
      `${n} counts, ${bank.length / BANK_PLANES} banks, ${mean.length} means and ${frames.length} numbers of frames are no samples`,
    );
  return n;
}

/** Learns from samples, which stay where they are, `batch` pixels a step. Runs block this thread. Faults: bad-network. */
export async function openBankTrainer(samples: Samples, gate: RunGate, batch: number): Promise<BankTrainer> {
  const n = checkSamples(samples);
  const network = await openNetwork(stepGraph(batch), gate);
  const { value } = network;
  const given = {
    bank: value("bank", samples.bank, [n, BANK_PLANES]),
    counts: value("counts", samples.counts, [n]),
    mean: value("mean", samples.mean, [n]),
    frames: value("frames", samples.frames, [n]),
  };
  const [loss, size] = [new Float32Array(1), new Float32Array(1)];
  return {
    async step(state, pick, rate) {
      const step = state.step + 1;
      size[0] = (rate * Math.sqrt(1 - DECAY.power ** step)) / (1 - DECAY.momentum ** step);
      const [parameters, momentum, power] = [new Float32Array(PARAMETERS), new Float32Array(PARAMETERS), new Float32Array(PARAMETERS)];
      await network.run(
        {
          ...given,
          pick: value("pick", pick),
          parameters: value("parameters", state.parameters),
          momentum: value("momentum", state.momentum),
          power: value("power", state.power),
          rate: value("rate", size),
        },
        {
          loss: value("loss", loss),
          nextParameters: value("nextParameters", parameters),
          nextMomentum: value("nextMomentum", momentum),
          nextPower: value("nextPower", power),
        },
      );
      return { loss: loss[0] as number, state: { parameters, momentum, power, step } };
    },
    close: () => network.close(),
  };
}

export interface BankJudge {
  /** Poisson deviance per pixel, 2 mean(x ln(x / mu) - x + mu), of these parameters. */
  deviance(parameters: Float32Array): Promise<number>;
  close(): Promise<void>;
}

/** Judges by samples, which stay where they are. Faults: bad-network. */
export async function openBankJudge(samples: Samples, gate: RunGate = openRunGate(), batch = JUDGED): Promise<BankJudge> {
  const n = checkSamples(samples);
  const network = await openNetwork(estimateGraph(batch), gate);
  const { value } = network;
  const given = {
    bank: value("bank", samples.bank, [n, BANK_PLANES]),
    mean: value("mean", samples.mean, [n]),
    frames: value("frames", samples.frames, [n]),
  };
  const [pick, estimate] = [new Int32Array(batch), new Float32Array(batch)];
  const wanted = { estimate: value("estimate", estimate) };
  return {
    async deviance(parameters) {
      let sum = 0;
      for (let from = 0; from < n; from += batch) {
        for (let i = 0; i < batch; i++) pick[i] = Math.min(n - 1, from + i);
        await network.run({ ...given, pick: value("pick", pick), parameters: value("parameters", parameters) }, wanted);
        for (let i = 0; i < Math.min(batch, n - from); i++)
          sum += devianceOf(samples.counts[from + i] as number, estimate[i] as number, samples.mean[from + i] as number);
      }
      return (2 * sum) / n;
    },
    close: () => network.close(),
  };
}

/** Half the deviance of a count, with the least rate of the loss. */
function devianceOf(count: number, estimate: number, mean: number): number {
  const rate = estimate + LEAST_RATE * mean;
  return rate - count + (count > 0 ? count * Math.log(count / rate) : 0);
}

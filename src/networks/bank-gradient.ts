/** Poisson loss of the network over the bank for picked pixels, and its derivatives by all parameters, written out as a graph. */
import { BANK_PLANES, type BankForward, type BankValues, LEAST_MEAN, MOST_LOGIT, writeBankNetwork } from "./bank-network.js";
import type { GraphWriter, Value } from "./graph-writer.js";
import type { TensorType } from "./tensor-type.js";

/** Of the mean count: the least rate that a pixel is held for in the loss, since a count where none can be would cost everything. */
export const LEAST_RATE = 1e-4;

export interface Loss {
  /** Mean of sqrt((G + eps) / mean) (mu - x ln mu) over the picked pixels: bright ones are few, and the dark ones would drown them. */
  readonly loss: Value;
  /** [PARAMETERS] */
  readonly gradient: Value;
}

/** Inputs of graphs over picked pixels of a set. */
export const sampleInputs = (
  element: "float32" | "float64",
  batch: number,
): Record<"bank" | "counts" | "mean" | "frames" | "pick", TensorType> => ({
  bank: { element, shape: ["samples", BANK_PLANES] },
  counts: { element, shape: ["samples"] },
  mean: { element, shape: ["samples"] },
  frames: { element, shape: ["samples"] },
  pick: { element: "int32", shape: [batch] },
});

const pickedRow = (w: GraphWriter, name: string): Value => w.reshape(w.node("Gather", [name, "pick"]), [1, -1]);

/** The picked pixels side by side, as the network wants them. */
export const writePicked = (w: GraphWriter): BankValues => ({
  bank: w.node("Transpose", [w.node("Gather", ["bank", "pick"])]),
  mean: pickedRow(w, "mean"),
  frames: pickedRow(w, "frames"),
  parameters: "parameters",
});

/** From the inputs of `sampleInputs` and `parameters`. */
export function writeLoss(w: GraphWriter, batch: number): Loss {
  const values = writePicked(w);
  const counts = pickedRow(w, "counts");
  const forward = writeBankNetwork(w, values);
  const rate = w.node("Add", [forward.estimate, w.node("Mul", [values.mean, w.float(LEAST_RATE)])]);
  // Of the inputs alone, so that the best answer stays the expected count.
  const [, result] = w.split(forward.planes, [BANK_PLANES - 1, 1]) as [Value, Value];
  const weight = w.node("Sqrt", [w.node("Div", [result, w.node("Max", [values.mean, w.float(LEAST_MEAN)])])]);
  const each = w.node("Mul", [weight, w.node("Sub", [rate, w.node("Mul", [counts, w.node("Log", [rate])])])]);
  // By ln mu: mu (1 - x / rate), of the mean over the batch.
  const off = w.node("Mul", [forward.estimate, w.node("Sub", [w.float(1), w.node("Div", [counts, rate])])]);
  const slope = w.node("Mul", [w.node("Mul", [off, weight]), w.float(1 / batch)]);
  return { loss: w.node("ReduceMean", [each], { keepdims: { int: 0 } }), gradient: writeGradient(w, forward, slope) };
}

/** `slope`: derivative of the loss by ln mu, [1, pixels]. */
function writeGradient(w: GraphWriter, forward: BankForward, slope: Value): Value {
  const { weights, inputs } = forward;
  const parts: Value[] = [];
  let after = writeHeadSlope(w, forward, slope);
  for (let i = weights.length - 1; i >= 0; i--) {
    const before = inputs[i] as Value;
    const byWeights = w.node("Gemm", [after, before], { transB: { int: 1 } });
    const byBiases = w.node("ReduceSum", [after, w.axis(1)], { keepdims: { int: 0 } });
    parts.unshift(w.reshape(byWeights, [-1]), byBiases);
    if (i === 0) break;
    const byInputs = w.node("Gemm", [weights[i] as Value, after], { transA: { int: 1 } });
    // Inputs went through a relu: 0 where it was shut, else positive.
    after = w.node("Mul", [byInputs, w.node("Sign", [before])]);
  }
  return w.node("Concat", parts, { axis: { int: 0 } });
}

/**
 * By the outputs of the last layer. With s_k = beta_k exp(o_k), S = sum s_k, N = sum s_k f_k:
 * d ln mu / d o_k = s_k (f_k / N - 1 / S), and 1 by the factor's logarithm. Nothing goes through where an output was clipped.
 */
function writeHeadSlope(w: GraphWriter, { raised, planes, sum, mixed, shares, raw, say }: BankForward, slope: Value): Value {
  const share = w.node("Mul", [raised, w.reshape(shares, [BANK_PLANES, 1])]);
  const pull = w.node("Sub", [w.node("Div", [planes, mixed]), w.node("Div", [w.float(1), sum])]);
  const byLogits = w.node("Mul", [w.node("Mul", [share, pull]), slope]);
  const all = w.node("Concat", [byLogits, slope], { axis: { int: 0 } });
  const inside = w.node("Less", [w.node("Abs", [raw]), w.float(MOST_LOGIT)]);
  return w.node("Where", [inside, w.node("Mul", [all, say]), w.float(0)]);
}

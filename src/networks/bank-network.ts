/**
 * A tiny network over the bank of averages, pixel by pixel. It mixes the members f_1..f_12 of the bank and the training-free result G:
 *
 *   u_k = clip(ln((f_k + eps) / (G + eps)), +-2) for the 12 members, .3 log2((G + eps) / mean), .2 log2((G + eps) n),   eps = .02 mean
 *   o   = c (W4 relu(W3 relu(W2 relu(W1 u + b1) + b2) + b3) + b4, clipped at +-10),   c = 1 / (1 + ((G + eps) n / 3)^2)
 *   mu  = G exp(o_14) sum_k p_k(o) (f_k + eps) / sum_k p_k(0) (f_k + eps),   p_k(o) = beta_k exp(o_k) / sum_j beta_j exp(o_j)
 *
 * c lets it speak where few counts are known: where there are many, the mixing weights of the scan itself know better than what was learnt from
 * others, whose disks have other edges.
 *
 * with f_13 = G, the mean count per pixel and the effective number of frames n. p is a softmax with a bias of ln 52 on G. The mixture is divided
 * by what it is where the last layer is zero, so that the network starts at mu = G to the bit: beta are multiples of 1/64, whose sum is exactly 1
 * in any order, and both mixtures are the same products. The form stays positive, and its slopes at the start are those of the plain mixture.
 */
import type { GraphWriter, Value } from "./graph-writer.js";

/** Planes of an input: the bank without the own frame, then the training-free result. */
export const BANK_PLANES = 13;
const MEMBERS = BANK_PLANES - 1;
const FEATURES = MEMBERS + 2;
const HIDDEN = 8;
/** A logit of each plane, and the logarithm of a factor. */
const LAST = BANK_PLANES + 1;

const LAYERS = [
  { inputs: FEATURES, outputs: HIDDEN },
  { inputs: HIDDEN, outputs: HIDDEN },
  { inputs: HIDDEN, outputs: HIDDEN },
  { inputs: HIDDEN, outputs: LAST },
] as const;
/** Where weights [outputs, inputs] and biases [outputs] of the layers lie, in turn, in the list of all parameters. */
export const PARAMETER_TENSORS = LAYERS.flatMap(({ inputs, outputs }, i) => [
  { name: `w${i + 1}`, shape: [outputs, inputs] },
  { name: `b${i + 1}`, shape: [outputs, 1] },
]);
const SIZES = PARAMETER_TENSORS.map(({ shape: [rows = 1, columns = 1] }) => rows * columns);
export const PARAMETERS = SIZES.reduce((a, b) => a + b, 0);

/** Shares at the start, of 64: one of each member, the rest of the training-free result. */
const SHARES = Array.from({ length: BANK_PLANES }, (_, k) => (k < MEMBERS ? 1 : 64 - MEMBERS) / 64);
/** Of the mean count: what is added to rates before their logarithm. */
const FLOOR = 0.02;
const MOST_RATIO = 2;
export const MOST_LOGIT = 10;
/** Counts of a pixel in all frames of its average, at which the network has half its say. */
const FEW_COUNTS = 3;
/** No mean count is taken for less. */
export const LEAST_MEAN = 1e-12;

/** Parameters of a network that gives the training-free result: random first layers, a last one of zeros. `random`: numbers in [0, 1). */
export function firstParameters(random: () => number): Float32Array {
  const out = new Float32Array(PARAMETERS);
  let at = 0;
  for (const { inputs, outputs } of LAYERS.slice(0, -1)) {
    // Variance 2 / inputs keeps the size of values through the layers (He 2015).
    const most = Math.sqrt(6 / inputs);
    for (let i = 0; i < inputs * outputs; i++) out[at++] = most * (2 * random() - 1);
    at += outputs;
  }
  return out;
}

export interface BankValues {
  /** [BANK_PLANES, pixels] */
  readonly bank: Value;
  /** One number, or one per pixel [1, pixels]. */
  readonly mean: Value;
  readonly frames: Value;
  /** [PARAMETERS] */
  readonly parameters: Value;
}

/** The estimate [1, pixels], and what its derivatives need. */
export interface BankForward {
  readonly estimate: Value;
  /** Weights [outputs, inputs] per layer. */
  readonly weights: readonly Value[];
  /** Inputs [inputs, pixels] of each layer. */
  readonly inputs: readonly Value[];
  /** Outputs of the last layer before they are clipped, [LAST, pixels]. */
  readonly raw: Value;
  /** What they are multiplied by then, [1, pixels]. */
  readonly say: Value;
  /** exp(o_k) [BANK_PLANES, pixels], planes with eps, sum_k beta_k exp(o_k) and the same of the planes. */
  readonly raised: Value;
  readonly planes: Value;
  readonly sum: Value;
  readonly mixed: Value;
  readonly shares: Value;
}

export function writeBankNetwork(w: GraphWriter, { bank, mean, frames, parameters }: BankValues): BankForward {
  const level = w.node("Max", [mean, w.float(LEAST_MEAN)]);
  const planes = w.node("Add", [bank, w.node("Mul", [level, w.float(FLOOR)])]);
  const tensors = w.split(parameters, SIZES).map((v, i) => w.reshape(v, PARAMETER_TENSORS[i]?.shape ?? []));
  const weights = LAYERS.map((_, i) => tensors[2 * i] as Value);
  const inputs: Value[] = [writeFeatures(w, planes, level, frames)];
  let raw = "";
  for (const [i, weight] of weights.entries()) {
    raw = w.node("Gemm", [weight, inputs[i] as Value, tensors[2 * i + 1] as Value]);
    if (i < weights.length - 1) inputs.push(w.node("Relu", [raw]));
  }
  const say = writeSay(w, planes, frames);
  const outputs = w.node("Clip", [raw, w.float(-MOST_LOGIT), w.float(MOST_LOGIT)]);
  const exponents = w.node("Exp", [w.node("Mul", [outputs, say])]);
  const [raised, factor] = w.split(exponents, [BANK_PLANES, 1]) as [Value, Value];
  const shares = w.floats([1, BANK_PLANES], SHARES);
  const sum = w.node("MatMul", [shares, raised]);
  const mixed = w.node("MatMul", [shares, w.node("Mul", [raised, planes])]);
  const start = w.node("MatMul", [shares, planes]);
  const ratio = w.node("Div", [mixed, w.node("Mul", [sum, start])]);
  const [, result] = w.split(bank, [MEMBERS, 1]) as [Value, Value];
  const estimate = w.node("Mul", [w.node("Mul", [ratio, factor]), result]);
  return { estimate, weights, inputs, raw, say, raised, planes, sum, mixed, shares };
}

/** c of the formula, [1, pixels]. */
function writeSay(w: GraphWriter, planes: Value, frames: Value): Value {
  const [, result] = w.split(planes, [MEMBERS, 1]) as [Value, Value];
  const known = w.node("Mul", [result, w.node("Mul", [w.node("Max", [frames, w.float(1)]), w.float(1 / FEW_COUNTS)])]);
  return w.node("Div", [w.float(1), w.node("Add", [w.float(1), w.node("Mul", [known, known])])]);
}

/** What the first layer sees, [FEATURES, pixels]. */
function writeFeatures(w: GraphWriter, planes: Value, level: Value, frames: Value): Value {
  const [members, result] = w.split(w.node("Log", [planes]), [MEMBERS, 1]) as [Value, Value];
  const ratios = w.node("Clip", [w.node("Sub", [members, result]), w.float(-MOST_RATIO), w.float(MOST_RATIO)]);
  const brightness = w.node("Mul", [w.node("Sub", [result, w.node("Log", [level])]), w.float(0.3 / Math.LN2)]);
  const counted = w.node("Log", [w.node("Max", [frames, w.float(1)])]);
  const certainty = w.node("Mul", [w.node("Add", [result, counted]), w.float(0.2 / Math.LN2)]);
  return w.node("Concat", [ratios, brightness, certainty], { axis: { int: 0 } });
}

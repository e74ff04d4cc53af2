/** All linear features of a batch of frames as one matrix product: counts [rows, features] times weights [features, outputs]. */
import { Fault } from "../core/fault.js";
import { type Network, type NetworkValue, type NetworkValues, openNetwork } from "./network.js";
import type { Graph, GraphNode } from "./onnx-model.js";
import { openRunGate, type RunGate } from "./run-gate.js";
import type { TensorType } from "./tensor-type.js";

/** Rows of a batch where latency allows: smaller ones pack the weights more often. */
export const BATCH_ROWS = 64;
/**
 * Rows must be a multiple of this. A row's result then depends neither on its place in the batch nor on the other rows: the product of ONNX
 * Runtime may sum the last rows in another order where they do not fill its tile, as seen with 63 rows and one output.
 */
const ROW_TILE = 16;
/**
 * Largest weight for the product of bytes. On CPUs without VNNI pairs of products are added with saturation at 32767 (vpmaddubsw), and
 * 2 x 255 x 64 = 32640 stays below, while 65 gives wrong sums there (seen with AVX2 emulated). No frame is measured wrong, whatever the CPU.
 */
const MOST_WEIGHT = 64;
/** Integers up to here are exact in float32. */
const EXACT = 2 ** 24;

export interface LinearMapShape {
  readonly features: number;
  readonly outputs: number;
  readonly rows: number;
  /** Element type of the counts. */
  readonly counts: "float32" | "uint8";
}
/** float32 times float32, or bytes times signed bytes with sums in int32. */
export type LinearFormat = "f32" | "u8s8";

export interface LinearMap {
  /** Weights [features, outputs]; copied, and used by every later `apply`. Fault bad-network. */
  setWeights(weights: Float32Array): void;
  /** Number format of the product with the present weights; results do not depend on it. */
  readonly format: LinearFormat;
  /**
   * Writes counts [rows, features] times the weights to `results` [rows, outputs]. Rows that nobody asks for may hold anything. Counts and
   * results may be views of WebAssembly memory, not of shared memory. Blocks this thread meanwhile. Fault bad-network.
   */
  apply(counts: Float32Array | Uint8Array, results: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** Product of bytes: int32 sums, exact; as float32 still exact below 2^24. */
const integerProduct: readonly GraphNode[] = [
  { op: "MatMulInteger", inputs: ["counts", "weights"], outputs: ["sums"] },
  { op: "Cast", inputs: ["sums"], outputs: ["results"], attributes: { to: { int: 1 } } },
];
const floatProduct: readonly GraphNode[] = [{ op: "MatMul", inputs: ["counts", "weights"], outputs: ["results"] }];
const widenedProduct: readonly GraphNode[] = [
  { op: "Cast", inputs: ["counts"], outputs: ["floats"], attributes: { to: { int: 1 } } },
  { op: "MatMul", inputs: ["floats", "weights"], outputs: ["results"] },
];

function linearGraph({ features, outputs, rows, counts }: LinearMapShape, format: LinearFormat): Graph {
  const weights: TensorType = { element: format === "f32" ? "float32" : "int8", shape: [features, outputs] };
  return {
    name: "linear-map",
    inputs: { counts: { element: counts, shape: [rows, features] }, weights },
    outputs: { results: { element: "float32", shape: [rows, outputs] } },
    nodes: format === "u8s8" ? integerProduct : counts === "uint8" ? widenedProduct : floatProduct,
  };
}

/**
 * Whether bytes times these weights may be computed in integers: whole weights, small enough for every CPU, and no output that could reach
 * 2^24. The float32 product of the same would be exact as well, so results never depend on the choice.
 */
export function fitsIntegers(weights: Float32Array, outputs: number): boolean {
  const most = new Float64Array(outputs);
  for (const [i, weight] of weights.entries()) {
    const size = Math.abs(weight);
    if (!Number.isInteger(weight) || size > MOST_WEIGHT) return false;
    most[i % outputs] = (most[i % outputs] as number) + 255 * size;
  }
  return most.every((sum) => sum <= EXACT);
}

function checkShape({ features, outputs, rows }: LinearMapShape): void {
  for (const [name, size] of Object.entries({ features, outputs, rows }))
    if (!Number.isInteger(size) || size < 1) throw new Fault("bad-network", name, `${name} must be a positive integer, not ${size}`);
  if (rows % ROW_TILE !== 0) throw new Fault("bad-network", "rows", `rows must be a multiple of ${ROW_TILE}, not ${rows}`);
}

/** What computes the product from now on. */
interface Product {
  readonly format: LinearFormat;
  readonly network: Network;
  readonly weights: NetworkValue;
}

/** A map with its first weights; threads share a gate, so that the process can end while they compute. Fault bad-network if the shape is impossible or the weights do not have it. */
export async function openLinearMap(shape: LinearMapShape, weights: Float32Array, gate: RunGate = openRunGate()): Promise<LinearMap> {
  checkShape(shape);
  const floats = await openNetwork(linearGraph(shape, "f32"), gate);
  const integers = shape.counts === "uint8" ? await openNetwork(linearGraph(shape, "u8s8"), gate) : null;
  const productOf = (given: Float32Array): Product => {
    floats.value("weights", given);
    // Copied, as the caller may change its array.
    if (integers && fitsIntegers(given, shape.outputs))
      return { format: "u8s8", network: integers, weights: integers.value("weights", Int8Array.from(given)) };
    return { format: "f32", network: floats, weights: floats.value("weights", Float32Array.from(given)) };
  };
  const close = async (): Promise<void> => {
    await Promise.all([floats.close(), integers?.close()]);
  };
  let product: Product;
  try {
    product = productOf(weights);
  } catch (e) {
    await close();
    throw e;
  }
  /** Of the arrays and weights that were used last: a batch is in the same arrays, mostly. Not of arrays whose memory has moved. */
  let values: {
    readonly counts: Float32Array | Uint8Array;
    readonly results: Float32Array;
    readonly weights: NetworkValue;
    readonly in: NetworkValues;
    readonly out: NetworkValues;
  } | null = null;
  return {
    close,
    setWeights(next) {
      product = productOf(next);
    },
    get format() {
      return product.format;
    },
    async apply(counts, results) {
      const { network, weights } = product;
      const gone = counts.length === 0 || results.length === 0;
      if (gone || values?.counts !== counts || values.results !== results || values.weights !== weights)
        values = {
          counts,
          results,
          weights,
          in: { counts: network.value("counts", counts), weights },
          out: { results: network.value("results", results) },
        };
      await network.run(values.in, values.out);
    },
  };
}

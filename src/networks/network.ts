/** The only door to ONNX Runtime: a graph becomes a session, typed arrays become its inputs and outputs without a copy. */
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import type { ExecutionProvider } from "../core/denoise.js";
import { Fault } from "../core/fault.js";
import { encodeModel, type Graph } from "./onnx-model.js";
import { openRunGate, type RunGate } from "./run-gate.js";
import { ELEMENTS, elementsIn, type TensorArray, type TensorType } from "./tensor-type.js";

/** What computes, for the record of how results were made. */
export interface NetworkRuntime {
  readonly name: "onnxruntime";
  readonly version: string;
  /** Execution provider of every session. */
  readonly provider: "cpu";
}
export const networkRuntime = (): NetworkRuntime => ({ name: "onnxruntime", version: env.versions.node ?? "unknown", provider: "cpu" });

/** An array that was checked against an input or output of a network. */
export type NetworkValue = Tensor;
export type NetworkValues = Readonly<Record<string, NetworkValue>>;

export interface Network {
  /**
   * An array as the named input or output, where it lies: private memory, WebAssembly's too, never shared memory. `shape` is needed where the
   * declared one is free. Fault bad-network if array or shape differ from what the graph declares.
   */
  value(name: string, array: TensorArray, shape?: readonly number[]): NetworkValue;
  /**
   * Computes the outputs into the arrays given for them. Blocks this thread's event loop while it computes. Fault bad-network.
   * The arrays must stay as they are until then.
   */
  run(inputs: NetworkValues, outputs: NetworkValues): Promise<void>;
  /** Frees the memory of the session; once. */
  close(): Promise<void>;
}

/** Errors are thrown, so nothing is printed beside them. */
env.logLevel = "fatal";
/** One thread, whoever calls. */
const OPTIONS: InferenceSession.SessionOptions = {
  executionMode: "sequential",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
};

const written = (shape: readonly (number | string)[]): string => `[${shape.join(", ")}]`;

/** Fault bad-network if the array cannot be a value of this type. */
function check(name: string, type: TensorType, array: TensorArray, shape: readonly number[]): void {
  const fail = (what: string): never => {
    throw new Fault("bad-network", name, `${name} must be ${type.element} ${written(type.shape)}: ${what}`);
  };
  // ONNX Runtime ends the process at shared memory.
  if (array.buffer instanceof SharedArrayBuffer) fail("the array lies in shared memory");
  if (!(array instanceof ELEMENTS[type.element].array)) fail(`not ${array.constructor.name}`);
  const fits = shape.length === type.shape.length && type.shape.every((size, i) => typeof size === "string" || size === shape[i]);
  if (!fits) fail(`not ${written(shape)}`);
  if (array.length !== elementsIn(shape)) fail(`the array has ${array.length} elements`);
}

const sizes = (name: string, { shape }: TensorType): readonly number[] =>
  shape.map((size) => {
    if (typeof size === "number") return size;
    throw new Fault("bad-network", name, `${name} has the free dimension ${size}: its shape must be given`);
  });

/** Names and types of what goes in and comes out. */
export interface NetworkFace {
  readonly inputs: Readonly<Record<string, TensorType>>;
  readonly outputs: Readonly<Record<string, TensorType>>;
}

/** What a session has instead of the declared face; null where they agree. A free dimension may have any name. */
function difference(declared: Readonly<Record<string, TensorType>>, found: readonly InferenceSession.ValueMetadata[]): string | null {
  const names = found.map(({ name }) => name);
  const extra = names.find((name) => !declared[name]);
  if (extra !== undefined) return `${extra} is unknown, only ${Object.keys(declared).join(", ")}`;
  for (const [name, type] of Object.entries(declared)) {
    const is = found.find((value) => value.name === name);
    if (!is) return `${name} is missing`;
    const text = is.isTensor ? `${is.type} ${written(is.shape)}` : "no tensor";
    const sizesAgree = (shape: readonly (number | string)[]): boolean =>
      shape.length === type.shape.length &&
      type.shape.every((size, i) => (typeof size === "string" ? typeof shape[i] === "string" : size === shape[i]));
    if (!is.isTensor || is.type !== type.element || !sizesAgree(is.shape))
      return `${name} must be ${type.element} ${written(type.shape)}, not ${text}`;
  }
  return null;
}

/** Threads share a gate, so that the process can end while they compute. Fault bad-network if the graph is not a valid one. */
export async function openNetwork(graph: Graph, gate: RunGate = openRunGate()): Promise<Network> {
  return openModel(graph.name, encodeModel(graph), graph, gate);
}

/** The bytes of an ONNX model with this face. Fault bad-network if they are not that, or the execution provider cannot be had here. */
export async function openModel(
  title: string,
  model: Uint8Array,
  { inputs, outputs }: NetworkFace,
  gate: RunGate,
  provider: ExecutionProvider = "cpu",
): Promise<Network> {
  /** What the runtime refuses becomes a fault; nothing of it goes on beyond a shut gate. */
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    gate.enter();
    try {
      return await work();
    } catch (e) {
      throw new Fault("bad-network", title, `${title}: ${(e as Error).message}`, e);
    } finally {
      gate.leave();
    }
  };
  const session = await guarded(() => InferenceSession.create(model, { ...OPTIONS, executionProviders: [provider] }));
  const wrong = difference(inputs, session.inputMetadata) ?? difference(outputs, session.outputMetadata);
  if (wrong !== null) {
    await guarded(() => session.release());
    throw new Fault("bad-network", title, `${title}: ${wrong}`);
  }
  const types: Readonly<Record<string, TensorType>> = { ...inputs, ...outputs };
  const present = (names: readonly string[], given: NetworkValues): void => {
    for (const name of names) if (!given[name]) throw new Fault("bad-network", name, `${title}: ${name} is missing`);
  };
  const [inputNames, outputNames] = [Object.keys(inputs), Object.keys(outputs)];
  return {
    value(name, array, shape) {
      const type = types[name];
      if (!type) throw new Fault("bad-network", name, `${title} has no ${name}, only ${Object.keys(types).join(", ")}`);
      const dims = shape ?? sizes(name, type);
      check(name, type, array, dims);
      return new Tensor(type.element, array as never, dims);
    },
    async run(given, wanted) {
      present(inputNames, given);
      present(outputNames, wanted);
      await guarded(() => session.run(given, wanted));
    },
    close: () => guarded(() => session.release()),
  };
}

/** Writes graphs node by node: each call adds a node and answers the name of its output. */
import type { Attribute, Constant, Graph, GraphNode } from "./onnx-model.js";
import type { TensorType } from "./tensor-type.js";

/** Name of a value in the graph. */
export type Value = string;

export interface GraphWriter {
  node(op: string, inputs: readonly Value[], attributes?: Readonly<Record<string, Attribute>>): Value;
  /** Parts of these sizes along the first axis. */
  split(value: Value, sizes: readonly number[]): Value[];
  reshape(value: Value, shape: readonly number[]): Value;
  /** Numbers of the graph's float type. */
  floats(shape: readonly number[], values: readonly number[]): Value;
  float(value: number): Value;
  /** An axis to sum along. */
  axis(number: number): Value;
  /** The graph, with outputs under names of their own. */
  finish(name: string, inputs: Graph["inputs"], outputs: Readonly<Record<string, Output>>): Graph;
}
export interface Output {
  readonly value: Value;
  readonly type: TensorType;
}

export function openGraphWriter(element: "float32" | "float64" = "float32"): GraphWriter {
  const nodes: GraphNode[] = [];
  const constants: Record<string, Constant> = {};
  let named = 0;
  const name = (): Value => `v${named++}`;
  const constant = (values: Constant): Value => {
    const id = name();
    constants[id] = values;
    return id;
  };
  const integers = (values: readonly number[]): Value => constant({ shape: [values.length], values: BigInt64Array.from(values, BigInt) });
  const node: GraphWriter["node"] = (op, inputs, attributes = {}) => {
    const output = name();
    nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  };
  const floats: GraphWriter["floats"] = (shape, values) =>
    constant({ shape, values: element === "float32" ? Float32Array.from(values) : Float64Array.from(values) });
  return {
    node,
    floats,
    float: (value) => floats([], [value]),
    axis: (number) => integers([number]),
    reshape: (value, shape) => node("Reshape", [value, integers(shape)]),
    split(value, sizes) {
      const outputs = sizes.map(name);
      nodes.push({ op: "Split", inputs: [value, integers(sizes)], outputs, attributes: { axis: { int: 0 } } });
      return outputs;
    },
    finish(title, inputs, outputs) {
      for (const [id, { value }] of Object.entries(outputs)) nodes.push({ op: "Identity", inputs: [value], outputs: [id] });
      const types = Object.fromEntries(Object.entries(outputs).map(([id, { type }]) => [id, type]));
      return { name: title, inputs, outputs: types, constants, nodes };
    },
  };
}

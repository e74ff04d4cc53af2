/**
 * ONNX models written from TypeScript. A `Graph` is the nodes, the typed inputs and outputs and the constants; `encodeModel` makes the bytes
 * of a ModelProto of it. Numbers of fields and enumerations: onnx/onnx.proto of github.com/onnx/onnx; operators: docs/Operators.md there.
 */
import { Fault } from "../core/fault.js";
import { bytesField, floatField, message, numberField, readFields } from "./protobuf.js";
import { ELEMENTS, elementsIn, type TensorArray, type TensorType } from "./tensor-type.js";

/** A tensor that is part of the graph (an initialiser). */
export interface Constant {
  readonly shape: readonly number[];
  readonly values: TensorArray;
}
/** ONNX tells integers from floats, JavaScript does not. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly text: string }
  | { readonly tensor: Constant }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] };

export interface GraphNode {
  /** Operator, such as "MatMul". */
  readonly op: string;
  /** Names of values; "" leaves an optional one out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}
export interface Graph {
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorType>>;
  readonly outputs: Readonly<Record<string, TensorType>>;
  readonly constants?: Readonly<Record<string, Constant>>;
  /** Each after those whose outputs it reads. */
  readonly nodes: readonly GraphNode[];
  /** What a file says about itself. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** IR version 10 came with operator set 21. */
const IR_VERSION = 10;
const OPERATOR_SET = 21;
/** metadata_props of ModelProto. */
export const METADATA_FIELD = 14;

/** TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9, which is little endian. */
function tensorProto(name: string, { shape, values }: Constant): Uint8Array {
  const [, element] = Object.entries(ELEMENTS).find(([, { array }]) => values instanceof array) ?? [];
  if (!element) throw new Fault("bad-network", name, `${name}: a ${values.constructor.name} cannot be a constant`);
  if (values.length !== elementsIn(shape))
    throw new Fault("bad-network", name, `${name}: ${values.length} values do not make [${shape.join(", ")}]`);
  return message(
    ...shape.map((size) => numberField(1, size)),
    numberField(2, element.code),
    bytesField(8, name),
    bytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  );
}

/** AttributeProto: name = 1, type = 20; f = 2, i = 3, s = 4, t = 5, floats = 7, ints = 8 with the types 1, 2, 3, 4, 6, 7. */
function attributeProto(name: string, attribute: Attribute): Uint8Array {
  const of = (type: number, ...fields: readonly Uint8Array[]): Uint8Array => message(bytesField(1, name), ...fields, numberField(20, type));
  if ("float" in attribute) return of(1, floatField(2, attribute.float));
  if ("int" in attribute) return of(2, numberField(3, attribute.int));
  if ("text" in attribute) return of(3, bytesField(4, attribute.text));
  if ("tensor" in attribute) return of(4, bytesField(5, tensorProto(name, attribute.tensor)));
  if ("floats" in attribute) return of(6, ...attribute.floats.map((value) => floatField(7, value)));
  return of(7, ...attribute.ints.map((value) => numberField(8, value)));
}

/** NodeProto: input = 1, output = 2, name = 3, op_type = 4, attribute = 5. */
const nodeProto = ({ op, inputs, outputs, attributes }: GraphNode): Uint8Array =>
  message(
    ...inputs.map((name) => bytesField(1, name)),
    ...outputs.map((name) => bytesField(2, name)),
    bytesField(3, outputs[0] ?? op),
    bytesField(4, op),
    ...Object.entries(attributes ?? {}).map(([name, attribute]) => bytesField(5, attributeProto(name, attribute))),
  );

/**
 * ValueInfoProto: name = 1, type = 2. TypeProto: tensor_type = 1, in it elem_type = 1 and shape = 2.
 * TensorShapeProto: dim = 1, in it dim_value = 1 or dim_param = 2.
 */
function valueProto(name: string, { element, shape }: TensorType): Uint8Array {
  const dims = shape.map((size) => bytesField(1, typeof size === "string" ? bytesField(2, size) : numberField(1, size)));
  const tensor = message(numberField(1, ELEMENTS[element].code), bytesField(2, message(...dims)));
  return message(bytesField(1, name), bytesField(2, bytesField(1, tensor)));
}

/** GraphProto: node = 1, name = 2, initializer = 5, input = 11, output = 12. */
const graphProto = ({ name, inputs, outputs, constants, nodes }: Graph): Uint8Array =>
  message(
    ...nodes.map((node) => bytesField(1, nodeProto(node))),
    bytesField(2, name),
    ...Object.entries(constants ?? {}).map(([id, constant]) => bytesField(5, tensorProto(id, constant))),
    ...Object.entries(inputs).map(([id, type]) => bytesField(11, valueProto(id, type))),
    ...Object.entries(outputs).map(([id, type]) => bytesField(12, valueProto(id, type))),
  );

/**
 * ModelProto: ir_version = 1, producer_name = 2, graph = 7, opset_import = 8.
 * OperatorSetIdProto: domain = 1, version = 2. StringStringEntryProto: key = 1, value = 2.
 */
export const encodeModel = (graph: Graph): Uint8Array =>
  message(
    numberField(1, IR_VERSION),
    bytesField(2, "braggstream"),
    bytesField(7, graphProto(graph)),
    bytesField(8, message(bytesField(1, ""), numberField(2, OPERATOR_SET))),
    ...Object.entries(graph.metadata ?? {}).map(([key, value]) =>
      bytesField(METADATA_FIELD, message(bytesField(1, key), bytesField(2, value))),
    ),
  );

/** The metadata of a model's bytes. Null where the bytes are not fields of a message; whether they are a model the runtime says. */
export function readMetadata(bytes: Uint8Array): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>();
  for (const field of readFields(bytes) ?? [null]) {
    if (field === null) return null;
    if (field.number !== METADATA_FIELD) continue;
    const entry = readFields(field.bytes);
    if (entry === null) return null;
    const text = (number: number): string => decoder.decode(entry.find((f) => f.number === number)?.bytes);
    found.set(text(1), text(2));
  }
  return found;
}
const decoder = new TextDecoder();

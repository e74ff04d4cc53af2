/** Element types: number in TensorProto.DataType of onnx.proto, and the array that holds them. */
export const ELEMENTS = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int8: { code: 3, array: Int8Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  float64: { code: 11, array: Float64Array },
} as const;
export type ElementType = keyof typeof ELEMENTS;
export type TensorArray = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array | Float64Array;

/** Element type and shape of an input or output; a dimension with a name instead of a size is free. */
export interface TensorType {
  readonly element: ElementType;
  readonly shape: readonly (number | string)[];
}

export const elementsIn = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

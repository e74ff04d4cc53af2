// What the module exports. Layout of the memory and the meaning of the arguments: src/kernels/wasm-lane.ts.
export { decodeLz4 } from "./decode-lz4";

/** The network over the bank as a file, and opened to make estimates. */
import { createHash } from "node:crypto";
import type { ExecutionProvider } from "../core/denoise.js";
import { Fault, isFault } from "../core/fault.js";
import { BANK_PLANES, PARAMETERS, writeBankNetwork } from "./bank-network.js";
import { openGraphWriter } from "./graph-writer.js";
import { type NetworkFace, openModel } from "./network.js";
import { encodeModel, METADATA_FIELD, readMetadata } from "./onnx-model.js";
import { bytesField, message } from "./protobuf.js";
import { openRunGate, type RunGate } from "./run-gate.js";

/** Of the inputs and what they mean. A file of another one is refused. */
export const BANK_MODEL_VERSION = 2;
/** Our own files have a few kilobytes. */
const MOST_BYTES = 2 ** 20;

export const checksum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** One position per run, so that its result depends on no other. */
const FACE: NetworkFace = {
  inputs: {
    bank: { element: "float32", shape: [BANK_PLANES, "pixels"] },
    mean: { element: "float32", shape: [] },
    frames: { element: "float32", shape: [] },
  },
  outputs: {
    estimate: { element: "float32", shape: [1, "pixels"] },
    parameters: { element: "float32", shape: [PARAMETERS] },
  },
};

/** A self-contained ONNX file. Its parameters are an output as well, so that training can go on from it. Fault bad-network: parameters that are no numbers. */
export function encodeBankModel(name: string, parameters: Float32Array): Uint8Array {
  if (parameters.length !== PARAMETERS || !parameters.every(Number.isFinite))
    throw new Fault("bad-network", "parameters", `a network over the bank has ${PARAMETERS} finite parameters`);
  const w = openGraphWriter();
  const list = w.floats([PARAMETERS], [...parameters]);
  const { estimate } = writeBankNetwork(w, { bank: "bank", mean: "mean", frames: "frames", parameters: list });
  const type = (output: string) => FACE.outputs[output] ?? { element: "float32", shape: [] };
  const outputs = { estimate: { value: estimate, type: type("estimate") }, parameters: { value: list, type: type("parameters") } };
  const graph = w.finish("bank-network", FACE.inputs, outputs);
  const metadata = { "braggstream.name": name, "braggstream.bank_model": String(BANK_MODEL_VERSION) };
  return sealModel(encodeModel({ ...graph, metadata }));
}

/** With the checksum of all its bytes as one more entry of the metadata, which comes last. */
export function sealModel(model: Uint8Array): Uint8Array {
  const entry = message(bytesField(1, "braggstream.sha256"), bytesField(2, checksum(model)));
  return message(model, bytesField(METADATA_FIELD, entry));
}
const SEAL_BYTES = sealModel(new Uint8Array(0)).length;

const isWhole = (bytes: Uint8Array): boolean =>
  bytes.length > SEAL_BYTES && Buffer.compare(sealModel(bytes.subarray(0, bytes.length - SEAL_BYTES)), bytes) === 0;

export interface BankModel {
  readonly name: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
  readonly parameters: Float32Array;
  /**
   * Writes the expected counts [pixels] of a position to `estimate`. `bank` [BANK_PLANES, pixels]: the 12 averages of the bank without the own
   * frame, then the training-free result; `mean`: mean count per pixel of the scan; `frames`: effective number of frames. Neither array may lie
   * in shared memory. Blocks this thread meanwhile. Fault bad-network.
   */
  estimate(bank: Float32Array, mean: number, frames: number, estimate: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens the bytes of a file; `path` is for messages. Fault bad-file names it and what is wrong. */
export async function openBankModel(
  bytes: Uint8Array,
  path: string,
  gate: RunGate = openRunGate(),
  provider: ExecutionProvider = "cpu",
): Promise<BankModel> {
  const refuse = (what: string, cause?: unknown): never => {
    throw new Fault("bad-file", path, `${path}: ${what}`, cause);
  };
  if (bytes.length > MOST_BYTES) refuse(`${bytes.length} bytes are too many for a network over the bank`);
  if (!isWhole(bytes)) refuse("no network over the bank, or damaged: it does not end with its own checksum");
  const metadata = readMetadata(bytes) ?? refuse("not an ONNX model");
  const version = metadata.get("braggstream.bank_model") ?? refuse("not a network over the bank: braggstream.bank_model is missing");
  if (version !== String(BANK_MODEL_VERSION)) refuse(`a network of version ${version}; this program has ${BANK_MODEL_VERSION}`);
  try {
    return await openChecked(bytes, metadata.get("braggstream.name") ?? "", gate, provider);
  } catch (e) {
    // A shut gate says nothing about the file.
    if (isFault(e, "bad-network")) refuse(e.message, e);
    throw e;
  }
}

const TRIAL_PIXELS = 16;

async function openChecked(bytes: Uint8Array, name: string, gate: RunGate, provider: ExecutionProvider): Promise<BankModel> {
  const network = await openModel("model", bytes, FACE, gate, provider);
  const parameters = new Float32Array(PARAMETERS);
  const [mean, frames] = [new Float32Array(1), new Float32Array(1)];
  const estimate: BankModel["estimate"] = async (bank, meanCount, frameCount, out) => {
    mean[0] = meanCount;
    frames[0] = frameCount;
    await network.run(
      {
        bank: network.value("bank", bank, [BANK_PLANES, out.length]),
        mean: network.value("mean", mean),
        frames: network.value("frames", frames),
      },
      { estimate: network.value("estimate", out, [1, out.length]), parameters: network.value("parameters", parameters) },
    );
  };
  try {
    const trial = new Float32Array(TRIAL_PIXELS);
    await estimate(new Float32Array(BANK_PLANES * TRIAL_PIXELS).fill(1), 1, 1, trial);
    if (![...trial, ...parameters].every(Number.isFinite)) throw new Fault("bad-network", "estimate", "its estimates are no numbers");
  } catch (e) {
    await network.close();
    throw e;
  }
  return { name, checksum: checksum(bytes), parameters, estimate, close: () => network.close() };
}

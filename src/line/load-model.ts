import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Config } from "../config/index.js";
import { Fault } from "../core/fault.js";
import { openBankModel } from "../networks/bank-model.js";

/** A network over the bank as it lies on the disk. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly path: string;
}

/** The model that comes with the program. */
const SHIPPED = new URL("../../../models/denoise-bank.onnx", import.meta.url);

/** The model that patterns are denoised with; null: with none. Fault bad-file names the file and what is wrong with it. */
export async function loadModel({ method, model }: Config["denoise"]): Promise<ModelFile | null> {
  if (method === "off" || method === "neighbour") return null;
  const path = model ?? fileURLToPath(SHIPPED);
  const bytes = await readFile(path).catch((e: Error) => {
    throw new Fault("bad-file", path, `${path}: ${e.message}`, e);
  });
  await (await openBankModel(bytes, path)).close();
  return { bytes, path };
}

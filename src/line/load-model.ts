import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Config } from "../config/index.js";
import type { ExecutionProvider } from "../core/denoise.js";
import { Fault } from "../core/fault.js";
import { openProvidedModel } from "../networks/provided-model.js";

/** A network over the bank as it lies on the disk. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly path: string;
  /** SHA-256, hexadecimal. */
  readonly checksum: string;
  /** What it is computed with. */
  readonly provider: ExecutionProvider;
  /** Why that is not what is wanted; null: it is. */
  readonly problem: string | null;
  /** It is adapted to each scan. */
  readonly adapt: boolean;
}

/** The model that comes with the program. */
const SHIPPED = new URL("../../../models/denoise-bank.onnx", import.meta.url);

/** The model that patterns are denoised with; null: with none. Fault bad-file names the file and what is wrong with it. */
export async function loadModel({ method, model, provider: wanted, adapt }: Config["denoise"]): Promise<ModelFile | null> {
  if (method === "off" || method === "neighbour") return null;
  const path = model ?? fileURLToPath(SHIPPED);
  const bytes = await readFile(path).catch((e: Error) => {
    throw new Fault("bad-file", path, `${path}: ${e.message}`, e);
  });
  const opened = await openProvidedModel(bytes, path, wanted);
  const { checksum, provider, problem } = opened;
  await opened.close();
  return { bytes, path, checksum, provider, problem, adapt };
}

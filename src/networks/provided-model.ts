/** The network over the bank on the execution provider that is wanted, or on cpu where that one cannot be had: from the start, or from a run on. */

import type { ExecutionProvider } from "../core/denoise.js";
import { isFault } from "../core/fault.js";
import { type BankModel, openBankModel } from "./bank-model.js";
import { openRunGate, type RunGate } from "./run-gate.js";

export interface ProvidedModel extends BankModel {
  /** What computes now. */
  readonly provider: ExecutionProvider;
  /** Why it is not the one that is wanted; null: it is. */
  readonly problem: string | null;
}

/** How a model is opened; for tests. */
export type OpenBank = typeof openBankModel;

const MOST_WORDS = 160;

/** What a provider said, without the place in the sources of ONNX Runtime that stands before it. */
export function providerProblem(wanted: ExecutionProvider, e: unknown): string {
  const said = (e as Error).message.replaceAll(/\s+/g, " ").trim();
  const words = said.slice(Math.max(0, said.lastIndexOf("Failed")));
  return `the execution provider ${wanted} cannot be had here: ${words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}...` : words}`;
}

/** Opens the bytes of a file; `path` is for messages. Fault bad-file names it and what is wrong: a provider that cannot be had is no fault. */
export async function openProvidedModel(
  bytes: Uint8Array,
  path: string,
  wanted: ExecutionProvider,
  gate: RunGate = openRunGate(),
  open: OpenBank = openBankModel,
): Promise<ProvidedModel> {
  // First of all: what cpu refuses is a bad file.
  const plain = await open(bytes, path, gate);
  let [other, problem] = [null as BankModel | null, null as string | null];
  if (wanted !== "cpu") {
    try {
      other = await open(bytes, path, gate, wanted);
    } catch (e) {
      if (!isFault(e, "bad-file")) throw e;
      problem = providerProblem(wanted, e);
    }
  }
  return {
    ...plain,
    get provider() {
      return other ? wanted : "cpu";
    },
    get problem() {
      return problem;
    },
    async estimate(bank, mean, frames, estimate) {
      if (other) {
        try {
          return await other.estimate(bank, mean, frames, estimate);
        } catch (e) {
          if (!isFault(e, "bad-network")) throw e;
          // A device may be lost at any time; results must not be.
          problem = providerProblem(wanted, e);
          other = null;
        }
      }
      return plain.estimate(bank, mean, frames, estimate);
    },
    async close() {
      await other?.close();
      await plain.close();
    },
  };
}

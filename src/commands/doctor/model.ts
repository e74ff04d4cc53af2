import type { Config } from "../../config/index.js";
import { isFault } from "../../core/fault.js";
import { loadModel } from "../../line/load-model.js";
import { networkRuntime } from "../../networks/network.js";
import { type Check, fail, ok, warn } from "./check.js";

/** What a provider needs. */
const WEBGPU = "install a graphics driver for it (Vulkan, Metal or Direct3D 12)";
const CUDA =
  "install CUDA 12 and its libraries of ONNX Runtime (Linux x64: the install script of onnxruntime-node with --onnxruntime-node-install=cuda12)";

/** Whether the model that patterns are denoised with can be used, and on what. */
export async function checkModel(denoise: Config["denoise"]): Promise<Check> {
  const { name, version } = networkRuntime();
  try {
    const model = await loadModel(denoise);
    if (!model) return ok("model", `not used: denoise.method = ${JSON.stringify(denoise.method)}`);
    const what = `${model.path}, SHA-256 ${model.checksum.slice(0, 12)}, runs on ${model.provider} (${name} ${version})`;
    if (model.problem === null) return ok("model", what);
    return warn("model", `${what}: ${model.problem}`, `${denoise.provider === "cuda" ? CUDA : WEBGPU}, or set denoise.provider = "cpu"`);
  } catch (e) {
    if (!isFault(e)) throw e;
    return fail("model", e.message, "correct denoise.model, or leave it out");
  }
}

import { readFileSync } from "node:fs";
import t from "tap";
import type { ExecutionProvider } from "../../src/core/denoise.js";
import { Fault } from "../../src/core/fault.js";
import { openBankModel } from "../../src/networks/bank-model.js";
import { BANK_PLANES } from "../../src/networks/bank-network.js";
import { type OpenBank, openProvidedModel, type ProvidedModel } from "../../src/networks/provided-model.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { aRandom } from "../fixtures/frames.js";

const bytes = readFileSync(new URL("../../../models/denoise-bank.onnx", import.meta.url));
const PIXELS = 100;
const random = aRandom(2);
const bank = Float32Array.from({ length: BANK_PLANES * PIXELS }, () => 3 * random() ** 4);

async function estimateOf(model: Pick<ProvidedModel, "estimate">): Promise<Float32Array> {
  const estimate = new Float32Array(PIXELS);
  await model.estimate(bank, 0.4, 9, estimate);
  return estimate;
}

t.test("what cannot be had is named, and cpu computes the same bits in its place", async (t) => {
  const plain = await openBankModel(bytes, "shipped");
  const expected = await estimateOf(plain);
  await plain.close();
  for (const wanted of ["cpu", "webgpu", "cuda"] as const) {
    const model = await openProvidedModel(bytes, "shipped", wanted);
    const found = await estimateOf(model);
    if (model.provider === "cpu") t.same(found, expected, `${wanted}: the same bits`);
    else
      t.ok(
        found.every((v, p) => Math.abs(v - (expected[p] as number)) <= 1e-3 * v),
        `${wanted} is there, and agrees`,
      );
    if (model.provider === wanted) t.equal(model.problem, null);
    else t.match(model.problem, new RegExp(`^the execution provider ${wanted} cannot be had here: Failed .{3,170}$`));
    t.match(model, { name: plain.name, checksum: plain.checksum, parameters: plain.parameters });
    await model.close();
  }
});

/** Opens on any provider; what is not cpu fails from its third run on. */
const failing =
  (fault: Error): OpenBank =>
  async (file, path, gate, provider: ExecutionProvider = "cpu") => {
    const model = await openBankModel(file, path, gate);
    let runs = 0;
    if (provider === "cpu") return model;
    return {
      ...model,
      estimate: (...args) => {
        if (++runs > 2) throw fault;
        return model.estimate(...args);
      },
    };
  };

t.test("a device that is lost loses no result", async (t) => {
  const lost = new Fault("bad-network", "model", `model: /src/webgpu.cc:12 Failed: device lost ${"x".repeat(400)}`);
  const model = await openProvidedModel(bytes, "shipped", "webgpu", openRunGate(), failing(lost));
  const first = await estimateOf(model);
  await estimateOf(model);
  t.match(model, { provider: "webgpu", problem: null });
  t.same(await estimateOf(model), first);
  t.equal(model.provider, "cpu");
  t.match(model.problem, /^the execution provider webgpu cannot be had here: Failed: device lost x+\.\.\.$/);
  t.same(await estimateOf(model), first);
  await model.close();
});

t.test("what is no fault of a provider is thrown", async (t) => {
  await t.rejects(openProvidedModel(bytes.subarray(1), "cut.onnx", "cuda"), { code: "bad-file", at: "cut.onnx" });
  const model = await openProvidedModel(bytes, "shipped", "cuda", openRunGate(), failing(new Error("the process is ending")));
  await estimateOf(model);
  await estimateOf(model);
  await t.rejects(estimateOf(model), { message: "the process is ending" });
  await model.close();
  const ending: OpenBank = (file, path, gate, provider) => {
    if (provider === "cuda") throw new Error("the process is ending");
    return openBankModel(file, path, gate);
  };
  await t.rejects(openProvidedModel(bytes, "shipped", "cuda", openRunGate(), ending), { message: "the process is ending" });
});

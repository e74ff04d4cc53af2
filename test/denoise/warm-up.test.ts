import t from "tap";
import type { Estimator } from "../../src/denoise/estimator.js";
import { warmUp } from "../../src/denoise/warm-up.js";
import { createWasmEstimator } from "../../src/denoise/wasm-estimator.js";
import { instantiateKernels } from "../../src/kernels/kernel-module.js";
import { projectionWeights } from "../../src/stages/projections.js";
import { theKernels } from "../fixtures/lanes.js";

t.test("all that a scan does once is done", async (t) => {
  const called = new Set<string | symbol>();
  warmUp({
    products: instantiateKernels(theKernels),
    features: { ellipse: [1, 0], weights: projectionWeights((row, col) => [row, col]) },
    newEstimator: (setup) =>
      new Proxy<Estimator>(createWasmEstimator(theKernels, setup), {
        get(target, name) {
          called.add(name);
          return Reflect.get(target, name);
        },
      }),
  });
  for (const name of ["put", "aim", "score", "setModel", "weigh", "features", "fill", "learn", "bank"]) t.ok(called.has(name), name);
});

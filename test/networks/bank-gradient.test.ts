import t from "tap";
import { sampleInputs, writeLoss } from "../../src/networks/bank-gradient.js";
import { BANK_PLANES, firstParameters, PARAMETER_TENSORS, PARAMETERS } from "../../src/networks/bank-network.js";
import { openGraphWriter } from "../../src/networks/graph-writer.js";
import { openNetwork } from "../../src/networks/network.js";
import { aRandom } from "../fixtures/frames.js";
import { knownSamples } from "./bank-samples.js";

const BATCH = 48;
const SAMPLES = 40;

/** Loss and derivatives in float64. */
async function openLoss() {
  const w = openGraphWriter("float64");
  const { loss, gradient } = writeLoss(w, BATCH);
  const list = { element: "float64", shape: [PARAMETERS] } as const;
  const inputs = { ...sampleInputs("float64", BATCH), parameters: list };
  const network = await openNetwork(
    w.finish("loss", inputs, { loss: { value: loss, type: { element: "float64", shape: [] } }, gradient: { value: gradient, type: list } }),
  );
  const s = knownSamples(SAMPLES, 5);
  // A pixel where nothing is expected, and one that holds counts all the same.
  s.bank.fill(0, 0, 2 * BANK_PLANES);
  s.counts[1] = 3;
  const random = aRandom(2);
  const given = {
    bank: network.value("bank", Float64Array.from(s.bank), [SAMPLES, BANK_PLANES]),
    counts: network.value("counts", Float64Array.from(s.counts), [SAMPLES]),
    mean: network.value("mean", Float64Array.from(s.mean), [SAMPLES]),
    frames: network.value(
      "frames",
      Float64Array.from(s.frames, (n) => n * random()),
      [SAMPLES],
    ),
    pick: network.value(
      "pick",
      Int32Array.from({ length: BATCH }, (_, i) => i % SAMPLES),
    ),
  };
  const [lossOut, gradientOut] = [new Float64Array(1), new Float64Array(PARAMETERS)];
  const at = async (parameters: Float64Array): Promise<number> => {
    await network.run(
      { ...given, parameters: network.value("parameters", parameters) },
      { loss: network.value("loss", lossOut), gradient: network.value("gradient", gradientOut) },
    );
    return lossOut[0] as number;
  };
  return { at, gradient: gradientOut, close: () => network.close() };
}

/** `scale`: of the last layer's parameters, so that some outputs are clipped where it is large. */
function parametersOf(scale: number): Float64Array {
  const random = aRandom(9);
  return Float64Array.from(firstParameters(random), (v, i) => {
    const last = i >= PARAMETERS - (8 + 1) * 14;
    return last ? scale * (2 * random() - 1) : v + 0.1 * (2 * random() - 1);
  });
}

t.test("derivatives by every parameter are those of finite differences, in float64", async (t) => {
  const loss = await openLoss();
  for (const scale of [0, 0.3, 8]) {
    const parameters = parametersOf(scale);
    await loss.at(parameters);
    const analytic = loss.gradient.slice();
    let from = 0;
    for (const { name, shape } of PARAMETER_TENSORS) {
      const size = (shape[0] as number) * (shape[1] as number);
      let [error, norm] = [0, 0];
      for (let i = from; i < from + size; i++) {
        const h = 1e-6;
        const moved = (by: number): Promise<number> => loss.at(parameters.map((v, j) => (j === i ? v + by : v)));
        const numeric = ((await moved(h)) - (await moved(-h))) / (2 * h);
        error = Math.max(error, Math.abs(numeric - (analytic[i] as number)));
        norm = Math.max(norm, Math.abs(numeric));
      }
      from += size;
      t.ok(error < 1e-6 * Math.max(norm, 1e-3), `${name}, last layer ${scale}: ${error} of ${norm}`);
      // With a last layer of zeros nothing goes further back.
      t.equal(norm > 0, scale > 0 || name === "w4" || name === "b4", `${name}, last layer ${scale}`);
    }
    t.equal(from, PARAMETERS);
  }
  await loss.close();
});

import fc from "fast-check";
import { InferenceSession } from "onnxruntime-node";
import t from "tap";
import { checksum, encodeBankModel, openBankModel, sealModel } from "../../src/networks/bank-model.js";
import { BANK_PLANES, firstParameters, PARAMETERS } from "../../src/networks/bank-network.js";
import { openNetwork } from "../../src/networks/network.js";
import { encodeModel, type Graph, readMetadata } from "../../src/networks/onnx-model.js";
import { bytesField, message, numberField } from "../../src/networks/protobuf.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { aRandom } from "../fixtures/frames.js";

/** Parameters of a network that is no longer at its start. */
function trained(seed = 4): Float32Array {
  const random = aRandom(seed);
  return firstParameters(random).map((v) => v + 0.4 * (random() - 0.5));
}
function aBank(pixels: number, seed = 1): Float32Array {
  const random = aRandom(seed);
  return Float32Array.from({ length: BANK_PLANES * pixels }, () => 4 * random() ** 6);
}

/** The formula of bank-network.ts, pixel by pixel in float64. */
function slowly(p: Float32Array, bank: Float32Array, pixels: number, mean: number, frames: number): Float64Array {
  return Float64Array.from({ length: pixels }, (_, i) => {
    const eps = 0.02 * mean;
    const f = Array.from({ length: BANK_PLANES }, (_, k) => bank[k * pixels + i] as number);
    const g = f[12] as number;
    const clip = (v: number, most: number): number => Math.min(most, Math.max(-most, v));
    let h = [
      ...f.slice(0, 12).map((v) => clip(Math.log((v + eps) / (g + eps)), 2)),
      0.3 * Math.log2((g + eps) / mean),
      0.2 * Math.log2((g + eps) * frames),
    ];
    let at = 0;
    for (const outputs of [8, 8, 8, 14]) {
      const biases = at + outputs * h.length;
      const next = Array.from({ length: outputs }, (_, o) =>
        h.reduce((sum, v, j) => sum + (p[at + o * h.length + j] as number) * v, p[biases + o] as number),
      );
      at = biases + outputs;
      h = outputs === 14 ? next.map((v) => clip(v, 10)) : next.map((v) => Math.max(0, v));
    }
    const say = 1 / (1 + (((g + eps) * Math.max(1, frames)) / 3) ** 2);
    const o = h.map((v) => say * v);
    const shares = f.map((_, k) => (k < 12 ? 1 : 52) / 64);
    const mixed = (o: readonly number[]): number => {
      const s = shares.map((b, k) => b * Math.exp(o[k] as number));
      return s.reduce((sum, v, k) => sum + v * ((f[k] as number) + eps), 0) / s.reduce((a, b) => a + b);
    };
    return (g * Math.exp(o[13] as number) * mixed(o)) / mixed(o.map(() => 0));
  });
}

t.test("the file's network computes the formula", async (t) => {
  const pixels = 500;
  const bank = aBank(pixels);
  // Empty pixels, and one that only the training-free result knows nothing of.
  for (let k = 0; k < BANK_PLANES; k++) bank[k * pixels] = 0;
  bank[12 * pixels + 1] = 0;
  for (const [parameters, mean, frames] of [
    [trained(), 0.05, 7],
    [trained(5).map((v) => 6 * v), 3, 1],
  ] as const) {
    const bytes = encodeBankModel("small", parameters);
    const model = await openBankModel(bytes, "small.onnx");
    t.match(model, { name: "small", checksum: checksum(bytes) });
    t.same(model.parameters, parameters);
    const estimate = new Float32Array(pixels);
    await model.estimate(bank, mean, frames, estimate);
    const truth = slowly(parameters, bank, pixels, mean, frames);
    t.ok(estimate.every((v, i) => Math.abs(v - (truth[i] as number)) <= 2e-4 * (truth[i] as number)));
    t.equal(estimate[0], 0);
    await model.close();
  }
});

t.test("it starts at the training-free result, to the bit", async () => {
  const model = await openBankModel(encodeBankModel("first", firstParameters(aRandom(3))), "first.onnx");
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 700 }),
      fc.nat(),
      fc.double({ min: -9, max: 3, noNaN: true }),
      async (pixels, seed, dose) => {
        const bank = aBank(pixels, seed).map((v) => v * 10 ** dose);
        const estimate = new Float32Array(pixels);
        await model.estimate(bank, 10 ** dose, 1 + (seed % 60), estimate);
        return Buffer.from(estimate.buffer).equals(Buffer.from(bank.slice(12 * pixels).buffer));
      },
    ),
    { numRuns: 60 },
  );
  await model.close();
});

t.test("no mean count and no frames are no trouble", async (t) => {
  const model = await openBankModel(encodeBankModel("small", trained()), "small.onnx");
  const estimate = new Float32Array(20);
  for (const bank of [new Float32Array(BANK_PLANES * 20), aBank(20)]) {
    await model.estimate(bank, 0, 0, estimate);
    t.ok(estimate.every((v) => Number.isFinite(v) && v >= 0));
  }
  await t.rejects(model.estimate(new Float32Array(12 * 20), 1, 1, estimate), { code: "bad-network", at: "bank" });
  await model.close();
});

t.test("parameters that are no numbers are not written", (t) => {
  t.throws(() => encodeBankModel("bad", new Float32Array(PARAMETERS - 1)), { code: "bad-network" });
  t.throws(() => encodeBankModel("bad", trained().fill(Number.NaN, 7, 8)), { code: "bad-network", at: "parameters" });
  t.end();
});

const metadata = { "braggstream.name": "other", "braggstream.bank_model": "2" };
/** A graph with the right face that answers planes of the bank. */
const other = (o: Partial<Graph> = {}): Graph => ({
  name: "other",
  inputs: {
    bank: { element: "float32", shape: [BANK_PLANES, "n"] },
    mean: { element: "float32", shape: [] },
    frames: { element: "float32", shape: [] },
  },
  outputs: { estimate: { element: "float32", shape: [1, "n"] }, parameters: { element: "float32", shape: [PARAMETERS] } },
  constants: {
    list: { shape: [PARAMETERS], values: new Float32Array(PARAMETERS) },
    first: { shape: [1], values: BigInt64Array.of(0n) },
  },
  nodes: [
    { op: "Gather", inputs: ["bank", "first"], outputs: ["plane"] },
    { op: "Mul", inputs: ["plane", "mean"], outputs: ["scaled"] },
    { op: "Div", inputs: ["scaled", "frames"], outputs: ["estimate"] },
    { op: "Identity", inputs: ["list"], outputs: ["parameters"] },
  ],
  metadata,
  ...o,
});

const sealed = (graph: Graph): Uint8Array => sealModel(encodeModel(graph));
const unsealed = (file: Uint8Array): Uint8Array => file.subarray(0, file.length - sealModel(new Uint8Array(0)).length);

t.test("a network of another make with the same inputs and outputs is as good", async (t) => {
  const model = await openBankModel(sealed(other()), "other.onnx");
  const estimate = new Float32Array(5);
  await model.estimate(aBank(5), 1, 2, estimate);
  t.same(
    estimate,
    aBank(5)
      .slice(0, 5)
      .map((v) => v / 2),
  );
  await model.close();
});

t.test("what is no such network is a fault that names the file and what is wrong", async (t) => {
  const own = encodeBankModel("own", trained());
  const f32 = (...shape: (number | string)[]) => ({ element: "float32", shape }) as const;
  const { inputs, outputs } = other();
  for (const [what, bytes, says] of [
    ["nothing", new Uint8Array(0), /its own checksum/],
    ["text", Buffer.from("# a model\n\n".repeat(40)), /its own checksum/],
    ["sealed text", sealModel(Buffer.from("# a model\n\n".repeat(40))), /not an ONNX model/],
    ["cut short", own.subarray(0, own.length - 3), /its own checksum/],
    ["too long", new Uint8Array(2 ** 20 + 1), /1048577 bytes are too many/],
    ["metadata alone", sealModel(bytesField(14, message(bytesField(1, "braggstream.bank_model"), bytesField(2, "2")))), /model: /],
    ["metadata that is none", sealModel(bytesField(14, Uint8Array.of(7))), /not an ONNX model/],
    ["another network", sealed({ ...other(), metadata: {} }), /braggstream\.bank_model is missing/],
    ["another version", sealed(other({ metadata: { ...metadata, "braggstream.bank_model": "7" } })), /version 7; this program has 2/],
    [
      "a plane more",
      sealed(other({ inputs: { ...inputs, bank: f32(14, "n") } })),
      /bank must be float32 \[13, pixels\], not float32 \[14, n\]/,
    ],
    [
      "pixels fixed",
      sealed(other({ inputs: { ...inputs, bank: f32(BANK_PLANES, 9) }, outputs: { ...outputs, estimate: f32(1, 9) } })),
      /bank must be .* not float32 \[13, 9\]/,
    ],
    ["an input more", sealed(other({ inputs: { ...inputs, dose: f32() } })), /dose is unknown, only bank, mean, frames/],
    ["an output less", sealed(other({ outputs: { estimate: f32(1, "n") } })), /parameters is missing/],
    [
      "no numbers",
      sealed(
        other({
          nodes: other().nodes.map((n) =>
            n.op === "Mul" ? { ...n, op: "Mod", attributes: { fmod: { int: 1 } }, inputs: ["plane", "zero"] } : n,
          ),
          constants: { ...other().constants, zero: { shape: [], values: Float32Array.of(0) } },
        }),
      ),
      /no numbers/,
    ],
  ] as const)
    await t.rejects(openBankModel(bytes, "given.onnx"), { code: "bad-file", at: "given.onnx", message: says }, what);
  const wide = { element: "float64", shape: [] } as const;
  const cast = { op: "Cast", inputs: ["mean"], outputs: ["narrow"], attributes: { to: { int: 1 } } };
  const nodes = [cast, ...other().nodes.map((n) => (n.op === "Mul" ? { ...n, inputs: ["plane", "narrow"] } : n))];
  await t.rejects(openBankModel(sealed(other({ inputs: { ...inputs, mean: wide }, nodes })), "given.onnx"), {
    message: /mean must be float32 \[\], not float64/,
  });
});

/** Files with some bytes changed and perhaps the end cut off. */
const damages = (length: number) =>
  fc.record({
    changes: fc.array(fc.tuple(fc.nat({ max: length - 1 }), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
    kept: fc.oneof({ weight: 4, arbitrary: fc.constant(length) }, fc.nat({ max: length })),
  });
function damaged(file: Uint8Array, { changes, kept }: { changes: [number, number][]; kept: number }): Uint8Array {
  const bytes = file.slice(0, kept);
  for (const [at, by] of new Map(changes)) if (at < kept) bytes[at] = (bytes[at] as number) ^ by;
  return bytes;
}

t.test("a damaged file is refused", async (t) => {
  const own = encodeBankModel("own", trained());
  await fc.assert(
    fc.asyncProperty(damages(own.length), async (damage) => {
      await t.rejects(openBankModel(damaged(own, damage), "own.onnx"), { code: "bad-file", at: "own.onnx", message: /its own checksum/ });
    }),
  );
});

t.test("a false file with a true checksum: a fault or a network, never a crash", async (t) => {
  const seen = { faults: 0, opened: 0 };
  for (const file of [encodeModel(other()), unsealed(encodeBankModel("own", trained()))])
    await fc.assert(
      fc.asyncProperty(damages(file.length), async (damage) => {
        try {
          await (await openBankModel(sealModel(damaged(file, damage)), "false.onnx")).close();
          seen.opened++;
        } catch (e) {
          t.match(e, { code: "bad-file", at: "false.onnx" });
          seen.faults++;
        }
      }),
    );
  t.ok(seen.faults > 30 && seen.opened > 10, JSON.stringify(seen));
});

t.test("metadata is read back; the runtime takes the file as it is", async (t) => {
  const bytes = encodeBankModel("näme", trained());
  t.same(
    [...(readMetadata(unsealed(bytes)) ?? [])],
    [
      ["braggstream.name", "näme"],
      ["braggstream.bank_model", "2"],
    ],
  );
  const session = await InferenceSession.create(bytes);
  t.same(session.inputNames, ["bank", "mean", "frames"]);
  await session.release();
  // Fields that no model has: fixed sizes are passed over, groups and sizes beyond the end are refused.
  t.equal(readMetadata(Uint8Array.of(0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4))?.size, 0);
  for (const bad of [
    [0x09, 1, 2],
    [0x0b],
    [0x0c],
    [0x0f],
    [0x0a, 200],
    [0x00],
    [0x08, 0x80],
    [0x08],
    [0x80],
    [0x0a, ...Array<number>(9).fill(0xff), 1],
  ])
    t.equal(readMetadata(Uint8Array.from(bad)), null, bad.join(" "));
  t.equal(readMetadata(numberField(3, -1))?.size, 0);
});

t.test("a shut gate is not the file's fault", async (t) => {
  const gate = openRunGate();
  gate.shut(0);
  await t.rejects(openBankModel(encodeBankModel("own", trained()), "own.onnx", gate), { message: /process is ending/ });
  await t.rejects(openNetwork(other(), gate), { message: /process is ending/ });
});

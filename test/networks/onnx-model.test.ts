import { InferenceSession } from "onnxruntime-node";
import t from "tap";
import { networkRuntime, openNetwork } from "../../src/networks/network.js";
import { encodeModel, type Graph } from "../../src/networks/onnx-model.js";
import { floatField, numberField } from "../../src/networks/protobuf.js";
import { ELEMENTS, type ElementType } from "../../src/networks/tensor-type.js";

/** y = x W, the weights an input. */
const product = (rows: number | string, features: number, outputs: number): Graph => ({
  name: "product",
  inputs: { x: { element: "float32", shape: [rows, features] }, w: { element: "float32", shape: [features, outputs] } },
  outputs: { y: { element: "float32", shape: [rows, outputs] } },
  nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
});

t.test("numbers as protobuf writes them", async (t) => {
  // The example of the encoding's description: field 1, 150.
  t.same([...numberField(1, 150)], [0x08, 0x96, 0x01]);
  t.same([...numberField(1, -1)], [0x08, ...Array<number>(9).fill(0xff), 0x01]);
  t.same([...numberField(16, 2n ** 63n - 1n)], [0x80, 0x01, ...Array<number>(8).fill(0xff), 0x7f]);
  t.same([...floatField(2, 1.5)], [0x15, 0, 0, 0xc0, 0x3f]);
});

t.test("the bytes are a model with the declared names, types and shapes", async (t) => {
  const graph = product("rows", 300, 5);
  const session = await InferenceSession.create(encodeModel(graph));
  t.same(session.inputMetadata, [
    { name: "x", isTensor: true, type: "float32", shape: ["rows", 300] },
    { name: "w", isTensor: true, type: "float32", shape: [300, 5] },
  ]);
  t.same(session.outputMetadata, [{ name: "y", isTensor: true, type: "float32", shape: ["rows", 5] }]);
  await session.release();
  for (const element of Object.keys(ELEMENTS) as ElementType[]) {
    const type = { element, shape: [2, 3] };
    const same = await InferenceSession.create(
      encodeModel({ name: "same", inputs: { a: type }, outputs: { b: type }, nodes: [{ op: "Identity", inputs: ["a"], outputs: ["b"] }] }),
    );
    t.match(same.inputMetadata[0], { type: element, shape: [2, 3] });
    await same.release();
  }
});

t.test("a product by hand", async (t) => {
  const network = await openNetwork(product(2, 3, 2));
  const y = new Float32Array(4);
  const inputs = { x: network.value("x", Float32Array.of(1, 2, 3, 4, 5, 6)), w: network.value("w", Float32Array.of(1, 0, 0, 1, 10, -10)) };
  await network.run(inputs, { y: network.value("y", y) });
  t.same([...y], [31, -28, 64, -55]);
  await network.close();
});

t.test("nodes in a row, constants, every kind of attribute, an input left out, a free dimension", async (t) => {
  const image = (side: number) => ({ element: "float32" as const, shape: ["images", 1, side, side] });
  const network = await openNetwork({
    name: "layers",
    inputs: { image: image(4) },
    outputs: { smooth: image(2), padded: image(4), mean: { element: "float32", shape: [] } },
    constants: { kernel: { shape: [1, 1, 3, 3], values: new Float32Array(9).fill(1) }, top: { shape: [], values: Float32Array.of(50) } },
    nodes: [
      {
        op: "Conv",
        inputs: ["image", "kernel"],
        outputs: ["sums"],
        attributes: { kernel_shape: { ints: [3, 3] }, auto_pad: { text: "VALID" } },
      },
      { op: "Clip", inputs: ["sums", "", "top"], outputs: ["clipped"] },
      { op: "LeakyRelu", inputs: ["clipped"], outputs: ["smooth"], attributes: { alpha: { float: 0.5 } } },
      {
        op: "Constant",
        inputs: [],
        outputs: ["pads"],
        attributes: { value: { tensor: { shape: [8], values: BigInt64Array.of(0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n) } } },
      },
      { op: "Pad", inputs: ["smooth", "pads"], outputs: ["padded"] },
      { op: "Constant", inputs: [], outputs: ["halves"], attributes: { value_floats: { floats: [0.5, 1.5] } } },
      { op: "ReduceMean", inputs: ["halves"], outputs: ["mean"], attributes: { keepdims: { int: 0 } } },
    ],
  });
  const [smooth, padded, mean] = [new Float32Array(4), new Float32Array(16), new Float32Array(1)];
  await network.run(
    {
      image: network.value(
        "image",
        Float32Array.from({ length: 16 }, (_, i) => i - 4),
        [1, 1, 4, 4],
      ),
    },
    {
      smooth: network.value("smooth", smooth, [1, 1, 2, 2]),
      padded: network.value("padded", padded, [1, 1, 4, 4]),
      mean: network.value("mean", mean),
    },
  );
  // Sums of 3x3: 9, 18, 45 and 54, the last one clipped.
  t.same([...smooth], [9, 18, 45, 50]);
  t.same([...padded], [0, 0, 0, 0, 0, 9, 18, 0, 0, 45, 50, 0, 0, 0, 0, 0]);
  t.same([...mean], [1]);
  await network.close();
});

t.test("what does not fit is a fault that names the input", async (t) => {
  const network = await openNetwork(product("rows", 3, 2));
  const shared = new Float32Array(new SharedArrayBuffer(24));
  const wrong: [string, () => unknown, RegExp][] = [
    ["x", () => network.value("x", new Float32Array(6)), /free dimension rows: its shape must be given/],
    ["x", () => network.value("x", new Float32Array(6), [3, 2]), /x must be float32 \[rows, 3\]: not \[3, 2\]/],
    ["x", () => network.value("x", new Float32Array(6), [6]), /not \[6\]/],
    ["x", () => network.value("x", new Float32Array(5), [2, 3]), /the array has 5 elements/],
    ["w", () => network.value("w", new Float32Array(7)), /w must be float32 \[3, 2\]: the array has 7 elements/],
    ["w", () => network.value("w", new Uint8Array(6)), /not Uint8Array/],
    ["w", () => network.value("w", shared), /shared memory/],
    ["z", () => network.value("z", new Float32Array(6)), /product has no z, only x, w, y/],
  ];
  for (const [at, call, message] of wrong) t.throws(call, { name: "Fault", code: "bad-network", at, message });
  const [x, w] = [network.value("x", new Float32Array(3), [1, 3]), network.value("w", new Float32Array(6))];
  const y = network.value("y", new Float32Array(2), [1, 2]);
  await t.rejects(network.run({ x }, { y }), { code: "bad-network", at: "w", message: "product: w is missing" });
  await t.rejects(network.run({ x, w }, {}), { code: "bad-network", at: "y" });
  // Sizes that only meet when it runs.
  const two = network.value("y", new Float32Array(4), [2, 2]);
  await t.rejects(network.run({ x, w }, { y: two }), { code: "bad-network", at: "product" });
  await network.close();
  await t.rejects(network.run({ x, w }, { y }), { code: "bad-network", message: /disposed/ });
});

t.test("a graph that cannot be is a fault", async (t) => {
  const graph = product(1, 2, 2);
  const nodes = [{ op: "NoSuchOperator", inputs: ["x"], outputs: ["y"] }];
  await t.rejects(openNetwork({ ...graph, nodes }), { code: "bad-network", at: "product", message: /NoSuchOperator/ });
  const values = Float32Array.of(1, 2, 3);
  await t.rejects(openNetwork({ ...graph, constants: { c: { shape: [2, 2], values } } }), {
    at: "c",
    message: /3 values do not make \[2, 2\]/,
  });
  const other = new Uint16Array(1) as unknown as Uint8Array;
  await t.rejects(openNetwork({ ...graph, constants: { c: { shape: [1], values: other } } }), { at: "c", message: /Uint16Array/ });
});

t.test("the runtime says what it is", async (t) => {
  t.match(networkRuntime(), { name: "onnxruntime", version: /^\d+\.\d+\.\d+$/, provider: "cpu" });
});

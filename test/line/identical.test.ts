import t from "tap";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aRandom, aScan, played, type Wire } from "../fixtures/scan.js";
import { aStand, MEASURES_ONLY, type Stand, type StandOptions } from "./stand.js";

/** Bytes of every layer and summary of a series. */
async function everything({ line }: Stand, run: SeriesRun): Promise<Record<string, string>> {
  const hex = (a: ArrayBufferView): string => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString("hex");
  const layers = Object.fromEntries(run.maps.layers().map((l) => [l.name, hex(l.value)]));
  for (const kind of ["mean", "max", "variance"] as const) {
    const image = await line.summary(run.id, kind);
    layers[kind] = image === "none" ? "none" : hex(image.pixels);
  }
  for (const [row, column] of [
    [0, 0],
    [7, 4],
  ] as const) {
    const image = await line.pattern(run.id, row, column, "denoised");
    if (typeof image === "object" && "pixels" in image) layers[`denoised ${row}, ${column}`] = hex(image.pixels);
  }
  return layers;
}

async function outcome(protocol: Wire, messages: Iterable<readonly Uint8Array[]>, o: StandOptions = {}): Promise<Record<string, string>> {
  const stand = await aStand({ protocol, ...o });
  await stand.send(messages);
  await stand.until(1);
  const found = await everything(stand, stand.over[0] as SeriesRun);
  await stand.close();
  return found;
}

const scan = aScan({ rows: 20, columns: 20, electrons: 400 });
const shape = { scan: { shape: [20, 20] as const, shapeByFlag: true } };
const reference = outcome("dectris-v2", played(scan, "dectris-v2"), { ...shape, receiver: "bound" });

t.test("the same series by three protocols gives identical layers", async (t) => {
  t.match(Object.keys(await reference).sort(), [
    "adf",
    "bf",
    "boundary",
    "centre",
    "com_col",
    "com_row",
    "confidence",
    "denoised 0, 0",
    "denoised 7, 4",
    "fold",
    "frame_status",
    "grain",
    "inplane_angle",
    "label",
    "max",
    "mean",
    "neighbours",
    "novelty",
    "projections",
    "sum",
    "tier",
    "variance",
    "weights",
  ]);
  for (const protocol of ["dectris-v1", "array-1.0"] as const)
    t.same(await outcome(protocol, played(scan, protocol), shape), await reference, protocol);
});

t.test("whoever reads the socket, the bits are the same", async (t) => {
  for (const protocol of ["dectris-v2", "dectris-v1", "array-1.0"] as const)
    for (const receiver of ["fast", "zeromq"] as const)
      t.same(await outcome(protocol, played(scan, protocol), { ...shape, receiver }), await reference, `${protocol}, ${receiver}`);
});

t.test("every number of lanes gives the same bits, out of order too", async (t) => {
  const random = aRandom(5);
  const order = [...scan.payloads.keys()]
    .map((i) => ({ i, key: i + 30 * random() }))
    .sort((a, b) => a.key - b.key)
    .map((x) => x.i)
    .filter((i) => i % 17 !== 3);
  const one = await outcome("dectris-v2", played(scan, "dectris-v2", {}, order), { ...shape, settings: { "lanes.pixel": 1 } });
  for (const lanes of [2, 3])
    t.same(
      await outcome("dectris-v2", played(scan, "dectris-v2", {}, order), { ...shape, settings: { "lanes.pixel": lanes } }),
      one,
      `${lanes} lanes`,
    );
});

t.test("float frames too, in any number of lanes", async (t) => {
  const float = aScan({ rows: 10, columns: 10, type: "float32" });
  const o = (lanes: number): StandOptions => ({
    scan: { shape: [10, 10], shapeByFlag: true },
    settings: { ...MEASURES_ONLY, "lanes.pixel": lanes },
  });
  t.same(await outcome("dectris-v2", played(float, "dectris-v2"), o(3)), await outcome("dectris-v2", played(float, "dectris-v2"), o(1)));
});

t.test("the pace of the messages does not show, not even out of order, with hot pixels and measuring again", async (t) => {
  const random = aRandom(11);
  const wandering = aScan({ rows: 24, columns: 24, electrons: 300, descan: 5 });
  const payloads = wandering.frames.map((f) => {
    const g = Uint16Array.from(f);
    g[400] = 60;
    return encodeBslz4(g, 2);
  });
  const order = [...payloads.keys()]
    .map((i) => ({ i, key: i + 40 * random() }))
    .sort((a, b) => a.key - b.key)
    .map((x) => x.i)
    .filter((i) => i % 23 !== 5);
  const paced = async (every: number, lanes: number): Promise<Record<string, string>> => {
    const stand = await aStand({ scan: { shape: [24, 24], shapeByFlag: true }, settings: { "lanes.pixel": lanes } });
    let n = 0;
    for (const parts of played({ ...wandering, payloads }, "dectris-v2", {}, order)) {
      await stand.sender.send(parts);
      if (every > 0 && ++n % every === 0) await new Promise((r) => setTimeout(r, 8));
    }
    await stand.until(1);
    t.ok(
      stand.line.events().some((e) => e.code === "measured-again"),
      "rows were measured again",
    );
    const found = await everything(stand, stand.over[0] as SeriesRun);
    await stand.close();
    return found;
  };
  const atOnce = await paced(0, 1);
  t.same(await paced(7, 1), atOnce, "in small batches");
  t.same(await paced(50, 2), atOnce, "in larger ones, by two lanes");
});

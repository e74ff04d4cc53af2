import t from "tap";
import { fastKernels, KernelStock } from "../../src/components/polar-kernels.js";
import type { Estimator } from "../../src/denoise/estimator.js";
import { createLane, type LaneTools } from "../../src/line/lane.js";
import type { LaneWork } from "../../src/line/lane-calls.js";
import { SlabReader, slabControl } from "../../src/line/slab.js";
import { type SpareLane, warmUp } from "../../src/line/warm-up.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import { aWasmLane, theKernels } from "../fixtures/lanes.js";
import { scan, tools } from "./denoise-stand.js";
import { aboutScan } from "./frames-in-slab.js";

const estimators = new Set<string | symbol>();
const laneTools: LaneTools = {
  ...tools,
  newPixelLane: aWasmLane,
  polarKernels: new KernelStock(() => fastKernels(theKernels)),
  newEstimator: (setup) =>
    new Proxy<Estimator>(tools.newEstimator(setup), {
      get(target, name) {
        estimators.add(name);
        return Reflect.get(target, name);
      },
    }),
};

/** Opens lanes, and counts what is asked of them. */
function spied() {
  const asked = new Map<string, number>();
  const count = (name: string): void => void asked.set(name, (asked.get(name) ?? 0) + 1);
  function open(slab: SlabReader): SpareLane {
    const lane = createLane(slab, laneTools, openRunGate());
    count("opened");
    return {
      ...lane,
      answer(call, ask) {
        count(call);
        return lane.answer(call, ask);
      },
      close() {
        count("closed");
        return lane.close();
      },
    };
  }
  return { open, asked: (name: string): number => asked.get(name) ?? 0 };
}

const CALLS: Readonly<Record<LaneWork, readonly string[]>> = {
  pixels: ["open", "task"],
  images: ["open", "task", "summary", "fit"],
  denoise: ["denoiseOpen", "denoiseRow", "denoiseEnd"],
  lists: ["listOpen", "listRow", "listEnd", "listJudge"],
  components: ["listRow", "componentOpen", "componentBegin", "componentRow", "componentEnd", "listJudge", "componentSettle"],
};

for (const [work, calls] of Object.entries(CALLS) as [LaneWork, readonly string[]][])
  t.test(`all that a lane does for a scan is done: ${work}`, async (t) => {
    const { open, asked } = spied();
    let parts = 0;
    for await (const _ of warmUp(work, true, open)) parts++;
    t.ok(parts > 40, "in parts");
    for (const call of calls) t.ok(asked(call) > 0, call);
    t.equal(asked("closed"), asked("opened"));
    if (work !== "denoise") return;
    for (const name of ["putList", "aim", "score", "setModel", "weigh", "features", "fill", "learn", "bank"])
      t.ok(estimators.has(name), name);
  });

t.test("whoever stops it in between leaves nothing open", async (t) => {
  const { open, asked } = spied();
  const parts = warmUp("components", false, open);
  await parts.next();
  await parts.return();
  t.equal(asked("opened"), 1);
  t.equal(asked("closed"), 1);
});

t.test("a lane warms up while nothing is asked, until a scan begins", async (t) => {
  const lane = createLane(new SlabReader(slabControl()), laneTools, openRunGate());
  t.equal(await lane.rest(), false);
  await lane.answer("warmUp", { work: "components", model: false });
  t.equal(await lane.rest(), true);
  await lane.answer("componentOpen", { ...aboutScan(scan), columns: 4, rows: 4, most: 8, again: false });
  t.equal(await lane.rest(), false);
  await lane.answer("warmUp", { work: "images", model: false });
  let parts = 0;
  while (await lane.rest()) parts++;
  t.ok(parts > 40, "to its end");
  t.equal(await lane.rest(), false);
  await lane.answer("warmUp", { work: "denoise", model: true });
  t.equal(await lane.rest(), true);
  await lane.close();
});

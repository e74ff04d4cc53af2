import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import t, { type Test } from "tap";
import { DETECTORS, detectorByName } from "../../detectors/index.js";
import { isFault } from "../../src/core/fault.js";
import type { FrameShape } from "../../src/core/frame.js";
import { frameBytes, MAX_FRAME_BYTES } from "../../src/core/frame.js";
import { arrayMessage } from "../../src/wire/write-array.js";
import * as v1 from "../../src/wire/write-dectris-v1.js";
import * as v2 from "../../src/wire/write-dectris-v2.js";
import { jsonPart } from "../../src/wire/write-json.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";
import { aFrame, packed } from "../fixtures/frames.js";

const SHAPE: FrameShape = { height: 6, width: 4, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };
const payload = packed(aFrame({ count: 24, density: 0.4 }), SHAPE);
const common = {
  series: 1,
  height: 6,
  width: 4,
  type: "uint16",
  countTime: 1,
  frameTime: 1,
  energyEv: 2e5,
  mask: new Uint8Array(24),
} as const;
const id = { series: 1, uniqueId: "01K94ZPX3V7Q2M8C5T1R6B0HWE" };
const user = JSON.stringify({ scan: { shape: [2, 2] } });

/** Good streams of every protocol. */
const STREAMS: Readonly<Record<string, Uint8Array[][]>> = {
  "dectris-v2": [
    v2.startMessage({ ...common, ...id, images: 4, userData: user }),
    v2.imageMessage({ ...id, image: 0, channels: [{ name: "threshold_1", shape: SHAPE, payload }] }),
    v2.endMessage(id),
  ],
  "dectris-v1": [
    v1.headerMessage({ ...common, detail: "all", images: 1, triggers: 4, triggerMode: "exte", appendix: user }),
    v1.imageMessage({ series: 1, frame: 0, shape: SHAPE, payload }),
    v1.endMessage({ series: 1 }),
  ],
  "array-1.0": [arrayMessage({ frame: 0, shape: SHAPE, payload, source: "x" })],
  sls: [
    [
      jsonPart({ jsonversion: 4, bitmode: 16, shape: [4, 6], frameIndex: 0, data: 1 }),
      packed(aFrame({ count: 24 }), { ...SHAPE, encoding: "none" }),
    ],
    [jsonPart({ jsonversion: 4, data: 0 })],
  ],
};

t.test("the list of detectors is complete", async (t) => {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "detectors");
  const files = readdirSync(folder).filter((f) => /\.[jt]s$/.test(f) && !f.includes(".d.") && !f.startsWith("index."));
  t.same(files.map((f) => f.slice(0, -3)).sort(), DETECTORS.map((d) => d.name).sort());
  t.same(Object.keys(STREAMS).sort(), DETECTORS.map((d) => d.name).sort(), "and each is tested here");
  for (const d of DETECTORS) {
    t.equal(detectorByName(d.name), d);
    t.ok(d.about.length > 20);
  }
  try {
    detectorByName("nonsense");
    t.fail("an unknown name");
  } catch (e) {
    t.ok(isFault(e, "bad-config"));
    t.match((e as Error).message, /dectris-v1, dectris-v2/);
  }
});

/** Reads hostile messages, then a good stream: whatever came before, that one must be read whole. */
function survives(t: Test, name: string, messages: Uint8Array[][]): void {
  const reader = detectorByName(name).open({});
  const arrivals = arrivalsOf(reader, messages);
  for (const a of arrivals) {
    if (a.kind !== "frame") continue;
    const { image, shape, payload } = a.frame;
    const parts = messages[a.message] as Uint8Array[];
    // a byte string in chunks is the one thing that must be joined
    const joined = name === "dectris-v2" && payload.length <= (parts[0]?.length ?? 0);
    const held = joined || parts.some((p) => p.buffer === payload.buffer);
    if (!held || !Number.isSafeInteger(image) || image < 0 || frameBytes(shape) > MAX_FRAME_BYTES)
      t.fail(`frame ${image} of ${messages.length} messages`);
  }
  const said = new Map<number, number>();
  for (const a of arrivals) if (a.kind === "malformed") said.set(a.message, (said.get(a.message) ?? 0) + 1);
  if ([...said.values()].some((n) => n > 1)) t.fail("one fault per message");
  reader.closed();
  const after = arrivalsOf(reader, STREAMS[name] as Uint8Array[][]);
  t.equal(only(after, "frame").length, 1);
}

t.test("random parts", async (t) => {
  const parts = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((j) => new TextEncoder().encode(j)),
    ),
    { maxLength: 12 },
  );
  for (const { name } of DETECTORS) {
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 4 }), (messages) => survives(t, name, messages)),
      { numRuns: 300 },
    );
  }
});

t.test("cut anywhere", async (t) => {
  for (const [name, stream] of Object.entries(STREAMS)) {
    for (const [m, parts] of stream.entries()) {
      for (const [p, part] of parts.entries()) {
        for (let cut = 0; cut < part.length; cut++) survives(t, name, stream.with(m, parts.with(p, part.subarray(0, cut))));
      }
      for (let n = 0; n < parts.length; n++) survives(t, name, stream.with(m, parts.slice(0, n)));
      survives(t, name, stream.with(m, [...parts, ...parts]));
    }
  }
});

t.test("bits turned over", async (t) => {
  for (const [name, stream] of Object.entries(STREAMS)) {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(flips, (list) => {
        const copy = stream.map((parts) => parts.map((p) => p.slice()));
        for (const [m, p, at, bit] of list) {
          const parts = copy[m % copy.length] as Uint8Array[];
          const part = parts[p % parts.length] as Uint8Array;
          if (part.length > 0) part[at % part.length] = (part[at % part.length] ?? 0) ^ (1 << bit);
        }
        survives(t, name, copy);
      }),
      { numRuns: 500 },
    );
  }
});

t.test("values of the wrong kind under every key", async (t) => {
  const keys = [
    "htype",
    "series",
    "frame",
    "shape",
    "type",
    "encoding",
    "size",
    "header_detail",
    "jsonversion",
    "bitmode",
    "frameIndex",
    "data",
    "endianness",
    "source",
  ];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("dimage-1.0", "dheader-1.0", "array-1.0", "all", 4, [1, 1], "<", "uint8", 2 ** 53),
  );
  const header = fc.dictionary(fc.constantFrom(...keys, "__proto__"), value, { noNullPrototype: true }).map(jsonPart);
  const parts = fc.array(fc.oneof(header, fc.constant(new Uint8Array(1))), { minLength: 1, maxLength: 5 });
  for (const name of ["dectris-v1", "array-1.0", "sls"]) {
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 3 }), (messages) => survives(t, name, messages)),
      { numRuns: 500 },
    );
  }
});

import t from "tap";
import { sls } from "../../detectors/sls.js";
import { jsonPart } from "../../src/wire/write-json.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";

const header = (frameIndex: number, change: object = {}) =>
  jsonPart({ jsonversion: 4, bitmode: 16, shape: [3, 2], size: 12, frameIndex, data: 1, completeImage: 1, fname: "run", ...change });
const message = (frameIndex: number, change: object = {}, bytes = 12): Uint8Array[] => [header(frameIndex, change), new Uint8Array(bytes)];
const END = [jsonPart({ jsonversion: 4, bitmode: 0, shape: [0, 0], size: 0, frameIndex: 0, data: 0 })];
const play = (messages: Uint8Array[][]) => arrivalsOf(sls.open({}), messages);
const said = (messages: Uint8Array[][]): string[] =>
  play(messages).map((a) =>
    a.kind === "frame" ? a.frame.key : a.kind === "malformed" ? a.reason : a.kind === "end" ? `end ${a.key}` : a.kind,
  );

t.test("a run", async (t) => {
  const arrivals = play([message(4), message(5, { completeImage: 0 }), message(6, { completeImage: undefined }), END]);
  t.match(only(arrivals, "begin")[0]?.begin, {
    key: "1",
    implied: true,
    height: 2,
    width: 3,
    type: "uint16",
    channel: "default",
    meta: { fname: "run", shape: [3, 2] },
  });
  t.same(
    only(arrivals, "frame").map((a) => [a.frame.image, a.frame.complete]),
    [
      [4, true],
      [5, false],
      [6, true],
    ],
  );
  t.same(
    only(arrivals, "end").map((a) => a.key),
    ["1"],
  );
});

t.test("where a run begins", async (t) => {
  t.same(said([message(1), END, message(0), END, END]), ["begin", "1", "end 1", "begin", "2", "end 2", "end 2"]);
  t.same(said([END]), ["end 0"], "an end of nothing");
  t.same(said([message(5000), message(904), message(903)]), ["begin", "1", "1", "begin", "2"], "a fall by more than 4096");
  const reader = sls.open({});
  arrivalsOf(reader, [message(1)]);
  reader.closed();
  t.same(
    arrivalsOf(reader, [message(2)]).map((a) => a.kind),
    ["begin", "frame"],
    "after the line has closed it",
  );
});

t.test("pixel types", async (t) => {
  for (const [bitmode, type, bytes] of [
    [8, "uint8", 6],
    [16, "uint16", 12],
    [32, "uint32", 24],
  ] as const) {
    t.match(only(play([message(0, { bitmode }, bytes)]), "frame")[0]?.frame.shape, { type, height: 2, width: 3, encoding: "none" });
  }
});

t.test("faults", async (t) => {
  const cases: [string, Uint8Array[], number | null][] = [
    ["empty", [], null],
    ["empty", [new Uint8Array(0)], null],
    ["bad-envelope", [new Uint8Array(3)], null],
    ["missing-field", message(0, { jsonversion: undefined }), null],
    ["bad-field", message(0, { jsonversion: 3 }), null],
    ["missing-field", message(0, { frameIndex: undefined }), null],
    ["bad-field", message(-1), null],
    ["missing-part", [header(7)], 7],
    ["missing-field", message(7, { shape: undefined }), 7],
    ["missing-field", message(7, { bitmode: undefined }), 7],
    ["bad-type", message(7, { bitmode: 4 }), 7],
    ["bad-shape", message(7, { shape: [3] }), 7],
    ["truncated", message(7, {}, 11), 7],
    ["size-mismatch", message(7, {}, 13), 7],
  ];
  for (const [i, [reason, parts, image]] of cases.entries()) {
    const arrivals = play([parts]);
    t.match(arrivals, [{ kind: "malformed", reason, key: null, image }], `case ${i}`);
    t.equal(arrivals.length, 1, "begins nothing");
  }
  t.same(said([message(1), message(2, { shape: [2, 3] }), message(3)]), ["begin", "1", "wrong-frame", "1"]);
  t.match(play([message(1), message(2, {}, 3)]).at(-1), { key: "1", image: 2 }, "in the open run");
});

import t from "tap";
import { dectrisV1 } from "../../detectors/dectris-v1.js";
import type { FrameShape } from "../../src/core/frame.js";
import { endMessage, type HeaderMessage, headerMessage, type ImageMessage, imageMessage } from "../../src/wire/write-dectris-v1.js";
import { jsonPart } from "../../src/wire/write-json.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";
import { aFrame, packed } from "../fixtures/frames.js";
import { pixelsOf } from "../fixtures/vectors.js";

const U16: FrameShape = { height: 4, width: 6, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };
const pixels = aFrame({ count: 24, density: 0.5 });
const header = (change: Partial<HeaderMessage> = {}) =>
  headerMessage({
    series: 3,
    detail: "basic",
    images: 1,
    triggers: 12,
    triggerMode: "exte",
    height: 4,
    width: 6,
    type: "uint16",
    countTime: 1e-5,
    frameTime: 2e-5,
    energyEv: 200000,
    ...change,
  });
const image = (frame: number, change: Partial<ImageMessage> = {}) =>
  imageMessage({ series: 3, frame, shape: U16, payload: packed(pixels, U16), ...change });
const play = (messages: Uint8Array[][]) => arrivalsOf(dectrisV1.open({}), messages);
const said = (messages: Uint8Array[][]): string[] =>
  play(messages).map((a) => (a.kind === "malformed" || a.kind === "ignored" ? a.reason : a.kind));
const beginOf = (message: Uint8Array[]) => only(play([message]), "begin")[0]?.begin;

t.test("a series, written and read", async (t) => {
  const mask = new Uint8Array(24);
  mask[7] = 1;
  const appendix = { scan: { shape: [3, 4], line_skip: 1 } };
  const arrivals = play([header({ detail: "all", mask, appendix }), image(0, { appendix: "col 0" }), image(1), endMessage({ series: 3 })]);
  const [begin] = only(arrivals, "begin");
  t.match(begin?.begin, {
    key: "3",
    wireSeries: 3,
    wireUniqueId: null,
    expected: 12,
    channels: ["default"],
    channel: "default",
    implied: false,
  });
  t.match(begin?.begin, {
    height: null,
    width: null,
    type: null,
    scan: { shape: [3, 4], lineSkip: 1 },
    meta: { trigger_mode: "exte", header_appendix: appendix },
  });
  t.strictSame(begin?.begin.mask, mask);
  t.strictSame(begin?.begin.flatfield, new Float32Array(24).fill(1));
  const frames = only(arrivals, "frame");
  t.strictSame(
    frames.map((f) => [f.frame.key, f.frame.image, f.frame.shape]),
    [
      ["3", 0, U16],
      ["3", 1, U16],
    ],
  );
  t.strictSame(frames[0] && pixelsOf(frames[0].frame), pixels);
  t.same(
    only(arrivals, "end").map((e) => e.key),
    ["3"],
  );
  for (const encoding of ["none", "lz4-block"] as const) {
    const shape: FrameShape = { ...U16, encoding, element: 0, bigEndian: true };
    const [frame] = only(play([image(0, { shape, payload: packed(pixels, shape) })]), "frame");
    t.strictSame(frame && pixelsOf(frame.frame), pixels, encoding);
  }
});

t.test("announced images", async (t) => {
  const expected = (config: object) =>
    beginOf([jsonPart({ htype: "dheader-1.0", series: 1, header_detail: "basic" }), jsonPart(config)])?.expected;
  t.equal(expected({ nimages: 9, ntrigger: 8, trigger_mode: "exts" }), 72);
  t.equal(expected({ nimages: 64, ntrigger: 1, trigger_mode: "ints" }), 64);
  t.equal(expected({ nimages: 100000, ntrigger: 16, trigger_mode: "exte" }), 16);
  t.equal(expected({ nimages: 5, ntrigger: 16, trigger_mode: "inte" }), 16);
  t.equal(expected({ nimages: 5, trigger_mode: "inte" }), 5);
  t.equal(expected({ nimages: 5, ntrigger: 16 }), 80);
  t.equal(expected({ nimages: 5 }), 5);
  t.equal(expected({ ntrigger: 7 }), 7);
  t.equal(expected({ nimages: 0, ntrigger: 7 }), null);
  t.equal(expected({ nimages: "5", ntrigger: -1 }), null);
  t.equal(expected({ nimages: 2 ** 52, ntrigger: 2 ** 52 }), null);
  t.equal(expected({}), null);
});

t.test("headers", async (t) => {
  t.match(beginOf(header({ detail: "none" })), { expected: null, meta: {}, mask: null });
  t.match(beginOf(header({ detail: "none", appendix: { scan: { shape: [2, 2] } } })), { scan: { shape: [2, 2] } });
  t.match(beginOf(header({ detail: "basic", appendix: "sample 5" })), { scan: {}, meta: { header_appendix: "sample 5", nimages: 1 } });
  t.match(beginOf(header({ appendix: Uint8Array.of(0xff, 0xfe) })), { scan: {}, meta: { header_appendix: "2 bytes" } });
  const first = jsonPart({ htype: "dheader-1.0", series: 1, header_detail: "all" });
  t.match(
    beginOf([first, new Uint8Array(3)]),
    { key: "1", expected: null, meta: { configuration_fault: /not JSON/ } },
    "a broken configuration does not cost the series",
  );
  const array = (htype: string, change: object = {}) => jsonPart({ htype, shape: [2, 1], type: "uint32", ...change });
  t.match(
    beginOf([first, jsonPart({}), array("flatfield-1.0", { type: "float32" }), new Uint8Array(8)]),
    { flatfield: new Float32Array(2) },
    "as simulators spell it",
  );
  t.match(beginOf([first, jsonPart({}), array("dpixelmask-1.0"), new Uint8Array(7)]), { mask: null }, "a cut mask is none");
  t.match(beginOf([first, jsonPart({}), array("dpixelmask-1.0", { shape: [1e9, 1e9] }), new Uint8Array(8)]), { mask: null });
  t.match(beginOf([first, jsonPart({}), array("dpixelmask-1.0")]), { mask: null }, "an array part that is not there");
});

t.test("a header in two messages", async (t) => {
  const [first, config, appendix] = header({ appendix: { scan: { shape: [2, 6] } } }) as [Uint8Array, Uint8Array, Uint8Array];
  const arrivals = play([[first], [config, appendix], image(0)]);
  t.same(
    arrivals.map((a) => [a.kind, a.message]),
    [
      ["begin", 1],
      ["frame", 2],
    ],
  );
  t.match(only(arrivals, "begin")[0]?.begin, { expected: 12, scan: { shape: [2, 6] } });
  t.same(said([[first], image(0), image(1)]), ["begin", "frame", "frame"], "without its configuration the series begins all the same");
  t.same(said([[first], [Uint8Array.of(1)], image(0)]), ["begin", "bad-envelope", "frame"]);
  t.same(said([[first], [], [config]]), ["empty", "begin"]);
  t.same(said([[first], [first], [config]]), ["begin", "begin"]);
});

t.test("size and type are those of the first good image", async (t) => {
  const other = (change: Partial<FrameShape>) => {
    const shape = { ...U16, ...change };
    return image(1, { shape, payload: packed(aFrame({ type: shape.type, count: 24 }), shape) });
  };
  const u8 = other({ type: "uint8", element: 1 });
  t.same(said([header(), u8, image(1), u8]), ["begin", "frame", "wrong-frame", "frame"], "whatever the header announces");
  t.same(said([header(), image(0), u8, header({ series: 4 }), image(0)]), ["begin", "frame", "wrong-frame", "begin", "frame"]);
  t.same(
    said([header(), image(0), image(1, { series: 9, shape: { ...U16, height: 6, width: 4 } })]),
    ["begin", "frame", "frame"],
    "other series are not held against this one",
  );
});

t.test("faults", async (t) => {
  const [one, two, data, four] = image(5) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const d = (change: object) => [
    one,
    jsonPart({ htype: "dimage_d-1.0", shape: [6, 4], type: "uint16", encoding: "bs16-lz4<", ...change }),
    data,
    four,
  ];
  const first = (change: object) => [jsonPart({ htype: "dimage-1.0", series: 3, frame: 5, ...change }), two, data, four];
  const cases: [string, Uint8Array[], string | null, number | null][] = [
    ["empty", [], null, null],
    ["empty", [new Uint8Array(0)], null, null],
    ["bad-envelope", [one.subarray(0, 20), two, data, four], null, null],
    ["bad-envelope", [new Uint8Array(0), two], null, null],
    ["bad-envelope", [Uint8Array.of(0xd9, 0xd9, 0xf7)], null, null],
    ["missing-field", [jsonPart({ series: 3 })], null, null],
    ["bad-field", [jsonPart({ htype: 3 })], null, null],
    ["missing-field", first({ series: undefined }), null, null],
    ["bad-field", first({ series: "3" }), null, null],
    ["missing-field", first({ frame: undefined }), "3", null],
    ["bad-field", first({ frame: -1 }), "3", null],
    ["missing-part", [one], "3", 5],
    ["missing-part", [one, two, data], "3", 5],
    ["bad-envelope", [one, Uint8Array.of(0xff), data, four], "3", 5],
    ["bad-envelope", [one, four, data, four], "3", 5],
    ["missing-field", d({ shape: undefined }), "3", 5],
    ["missing-field", d({ type: undefined }), "3", 5],
    ["missing-field", d({ encoding: undefined }), "3", 5],
    ["bad-field", d({ encoding: 3 }), "3", 5],
    ["bad-encoding", d({ encoding: "bs16-zstd<" }), "3", 5],
    ["bad-encoding", d({ encoding: "bs32-lz4<" }), "3", 5],
    ["bad-shape", d({ shape: [6] }), "3", 5],
    ["too-large", d({ shape: [1e6, 1e6] }), "3", 5],
    ["bad-type", d({ type: "complex64" }), "3", 5],
    ["size-mismatch", d({ shape: [6, 5] }), "3", 5],
    ["size-mismatch", d({ size: data.length - 1 }), "3", 5],
    ["truncated", d({ size: data.length + 1 }), "3", 5],
    ["missing-field", [jsonPart({ htype: "dheader-1.0" })], null, null],
    ["missing-field", [jsonPart({ htype: "dheader-1.0", series: 1 })], null, null],
    ["bad-field", [jsonPart({ htype: "dheader-1.0", series: 1, header_detail: "most" })], null, null],
    ["missing-field", [jsonPart({ htype: "dseries_end-1.0" })], null, null],
    ["other-type", [jsonPart({ htype: "dwhatever-1.0" })], null, null],
  ];
  for (const [i, [reason, parts, key, n]] of cases.entries()) {
    const arrivals = play([parts]);
    t.match(arrivals, [reason === "other-type" ? { reason } : { kind: "malformed", reason, key, image: n }], `case ${i}`);
    t.equal(arrivals.length, 1);
  }
  t.match(only(play([[Uint8Array.of(0xd9, 0xd9, 0xf7)]]), "malformed")[0]?.detail, /looks like CBOR/);
  t.same(said([[jsonPart({ htype: "deseries_end-1.0", series: 3 })]]), ["end"], "the spelling of a mock");
  t.same(said([d({ shape: [6, 4, 1] })]), ["frame"], "the third dimension of the manual");
});

t.test("closing by the line changes nothing", async (t) => {
  const reader = dectrisV1.open({});
  arrivalsOf(reader, [header()]);
  reader.closed();
  t.same(
    arrivalsOf(reader, [image(0)]).map((a) => a.kind),
    ["frame"],
  );
});

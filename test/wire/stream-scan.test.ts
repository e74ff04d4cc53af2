import * as fc from "fast-check";
import t from "tap";
import type { CborValue } from "../../src/wire/read-cbor.js";
import { streamScan } from "../../src/wire/stream-scan.js";

const FULL = {
  shape: [4, 6],
  order: "serpentine",
  line_skip: 1,
  line_skip_at: "end",
  skip_start: 3,
  step_nm: 1.5,
  parent: "20251103T102144Z-1",
  origin: [10, 20],
};
const READ = {
  shape: [4, 6],
  order: "serpentine",
  lineSkip: 1,
  lineSkipAt: "end",
  skipStart: 3,
  stepNm: 1.5,
  parent: "20251103T102144Z-1",
  origin: [10, 20],
};

t.test("forms of user data", async (t) => {
  const text = JSON.stringify({ scan: FULL, sample: "Au" });
  t.same(streamScan({ scan: FULL }), READ, "object");
  t.same(streamScan(text), READ, "text");
  t.same(streamScan(JSON.stringify(text)), READ, "text that was quoted twice");
  t.same(streamScan(new TextEncoder().encode(text)), READ, "bytes");
  const map: CborValue = new Map<string, CborValue>([["scan", new Map<string, CborValue>(Object.entries(FULL) as [string, CborValue][])]]);
  t.same(streamScan(map), READ, "CBOR map");
});

t.test("what is not about the scan", async (t) => {
  for (const nothing of [
    null,
    undefined,
    "",
    "sample 3",
    "{",
    "[]",
    '{"scan":3}',
    4,
    true,
    [],
    {},
    { scan: null },
    { scan: [] },
    new Uint8Array([0xff]),
    "\ufffd",
  ]) {
    t.same(streamScan(nothing), {});
  }
  t.same(streamScan(JSON.parse('{"__proto__":{"scan":{"shape":[2,2]}}}')), {});
});

t.test("fields that do not fit are dropped alone", async (t) => {
  const without = (change: object, key: string): void => {
    const { [key]: _, ...rest } = READ as Record<string, unknown>;
    t.same(streamScan({ scan: { ...FULL, ...change } }), rest, JSON.stringify(change));
  };
  for (const shape of [[0, 4], [4], [4, 4, 4], [2.5, 2], [-1, 4], ["4", 4], [65536, 65536], 16, null]) without({ shape }, "shape");
  for (const order of ["Raster", "toString", 1, null]) without({ order }, "order");
  for (const line_skip of [-1, 0.5, "1", 1e12]) without({ line_skip }, "lineSkip");
  without({ skip_start: -2 }, "skipStart");
  without({ line_skip_at: "middle" }, "lineSkipAt");
  for (const step_nm of [0, -1, "2", null]) without({ step_nm }, "stepNm");
  for (const parent of ["", "x".repeat(300), 7]) without({ parent }, "parent");
  for (const origin of [[1], [-1, 0], "0,0"]) without({ origin }, "origin");
});

t.test("any user data is survived", async (t) => {
  fc.assert(
    fc.property(fc.anything(), (v) => t.type(streamScan(v), "object")),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.json(), (v) => t.type(streamScan(`{"scan":${v}}`), "object")),
    { numRuns: 500 },
  );
});

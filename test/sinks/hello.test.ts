import fc from "fast-check";
import t from "tap";
import { isRefusal, readHello } from "../../src/sinks/hello.js";
import { PackError, readPack } from "../../src/sinks/read-pack.js";
import { HELLO, pack } from "./viewer.js";

const hello = (fields: object) => readHello(pack({ ...HELLO, ...fields }));

t.test("a hello as a browser packs it", async (t) => {
  t.same(hello({ layers: ["sum", "bf"], max_rate_hz: 4, since: { series: "a", seq: 2 ** 40 } }), {
    t: "hello",
    v: 1,
    layers: ["sum", "bf"],
    max_rate_hz: 4,
    since: { series: "a", seq: 2 ** 40 },
  });
  t.same(readHello(pack({ t: "hello", v: 1 })), { t: "hello", v: 1, layers: [], max_rate_hz: 10 }, "all layers, 10 Hz");
  t.match(hello({ max_rate_hz: 1e9 }), { max_rate_hz: 60 });
  t.match(hello({ max_rate_hz: Number.POSITIVE_INFINITY, since: null }), { max_rate_hz: 60, since: undefined });
});

t.test("what is not our protocol is closed with 1002, what is unusable with 1008", async (t) => {
  const cases: [string, number, ReturnType<typeof readHello>][] = [
    ["no bytes", 1002, readHello(new Uint8Array())],
    ["a list", 1002, readHello(pack([1]))],
    ["another kind", 1002, hello({ t: "tile" })],
    ["another version", 1002, hello({ v: 2 })],
    ["no version", 1002, readHello(pack({ t: "hello" }))],
    ["layers no list", 1008, hello({ layers: "sum" })],
    ["a layer that is no name", 1008, hello({ layers: [7] })],
    ["a very long name", 1008, hello({ layers: ["x".repeat(129)] })],
    ["too many layers", 1008, hello({ layers: Array(257).fill("a") })],
    ["no rate", 1008, hello({ max_rate_hz: 0 })],
    ["a rate that is none", 1008, hello({ max_rate_hz: Number.NaN })],
    ["since is no map", 1008, hello({ since: 7 })],
    ["since without series", 1008, hello({ since: { seq: 1 } })],
    ["since with half a number", 1008, hello({ since: { series: "a", seq: 1.5 } })],
    ["since below zero", 1008, hello({ since: { series: "a", seq: -1 } })],
  ];
  for (const [name, code, got] of cases) {
    t.ok(isRefusal(got), name);
    if (isRefusal(got)) {
      t.equal(got.code, code, name);
      t.ok(Buffer.byteLength(got.reason) <= 123, "fits a close frame");
    }
  }
});

/** Plain objects as the reader gives them. */
function asRead(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(asRead);
  if (v instanceof Uint8Array || v === null || typeof v !== "object") return v;
  return new Map(Object.entries(v).map(([k, x]) => [k, asRead(x)]));
}

t.test("reads what MessagePack writes", async (t) => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
    fc.double({ noNaN: true }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.boolean(),
    fc.constant(null),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("tree"), { maxLength: 20 }),
      fc.dictionary(fc.string(), tie("tree"), { maxKeys: 20 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      t.strictSame(readPack(new Uint8Array(pack(value))), asRead(value));
    }),
    { numRuns: 200 },
  );
  const bin = pack({ b: new Uint8Array(300).fill(7) });
  t.same(readPack(new Uint8Array(bin)), new Map([["b", new Uint8Array(300).fill(7)]]));
});

t.test("every number format", async (t) => {
  const cases: [number[], unknown][] = [
    [[0xcc, 200], 200],
    [[0xcd, 1, 0], 256],
    [[0xce, 0, 1, 0, 0], 65536],
    [[0xcf, 0, 0, 0, 1, 0, 0, 0, 0], 2 ** 32],
    [[0xd0, 0x80], -128],
    [[0xd1, 0x80, 0], -32768],
    [[0xd2, 0x80, 0, 0, 0], -(2 ** 31)],
    [[0xd3, 255, 255, 255, 255, 0, 0, 0, 0], -(2 ** 32)],
    [[0xca, 0x3f, 0x80, 0, 0], 1],
    [[0xe0], -32],
    [[0xdb, 0, 0, 0, 1, 0x61], "a"],
    [[0xda, 0, 1, 0x61], "a"],
    [[0xc6, 0, 0, 0, 1, 9], new Uint8Array([9])],
    [[0xdd, 0, 0, 0, 1, 5], [5]],
    [[0xdf, 0, 0, 0, 1, 0xa1, 0x61, 5], new Map([["a", 5]])],
  ];
  for (const [bytes, value] of cases) t.same(readPack(Uint8Array.from(bytes)), value);
});

t.test("hostile bytes: an error, no allocation, no crash", async (t) => {
  const cases: [string, number[], RegExp][] = [
    ["an array that announces four thousand million", [0xdd, 255, 255, 255, 255], /cut short/],
    ["arrays in arrays that announce millions", Array(300).fill([0xdd, 1, 255, 255, 255]).flat(), /cut short|nested/],
    ["a map without its entries", [0xdf, 255, 255, 255, 255], /cut short/],
    ["a long text", [0xdb, 255, 255, 255, 255, 65], /cut short/],
    ["a long bin", [0xc6, 255, 255, 255, 255, 65], /cut short/],
    ["deep nesting", Array(1000).fill(0x91), /nested/],
    ["an extension type", [0xd4, 0x72, 0x40], /not used/],
    ["the byte that means nothing", [0xc1], /not used/],
    ["broken text", [0xa1, 0xff], /UTF-8/],
    ["a number as key", [0x81, 1, 2], /key/],
    ["two values", [1, 2], /more than one/],
  ];
  for (const [name, bytes, why] of cases) {
    t.throws(() => readPack(Uint8Array.from(bytes)), { message: why }, name);
    t.match(readHello(Uint8Array.from(bytes)), { code: 1002 }, name);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        readPack(bytes);
        return true;
      } catch (e) {
        return e instanceof PackError;
      }
    }),
    { numRuns: 2000 },
  );
});

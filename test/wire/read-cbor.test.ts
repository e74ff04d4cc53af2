import * as fc from "fast-check";
import t from "tap";
import { type CborValue, MAX_DEPTH, MAX_ITEMS, MAX_TEXT, readCbor, Tagged } from "../../src/wire/read-cbor.js";
import { cborWriter } from "../../src/wire/write-cbor.js";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const read = (text: string): CborValue => {
  const r = readCbor(hex(text));
  if (r.problem) throw new Error(`${r.problem.reason}: ${r.problem.detail}`);
  return r.value;
};
const reason = (bytes: Uint8Array): string | undefined => readCbor(bytes).problem?.reason;

t.test("examples of RFC 8949, appendix A", async (t) => {
  const examples: [string, CborValue][] = [
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["1903e8", 1000],
    ["1a000f4240", 1000000],
    ["1b000000e8d4a51000", 1000000000000],
    ["1bffffffffffffffff", 18446744073709551615n],
    ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["1b0020000000000000", 9007199254740992n],
    ["20", -1],
    ["3903e7", -1000],
    ["3bffffffffffffffff", -18446744073709551616n],
    ["3b001ffffffffffffe", -Number.MAX_SAFE_INTEGER],
    ["3b001fffffffffffff", -9007199254740992n],
    ["f90000", 0],
    ["f98000", -0],
    ["f93c00", 1],
    ["f93e00", 1.5],
    ["f97bff", 65504],
    ["f90001", 2 ** -24],
    ["f9c400", -4],
    ["f97c00", Number.POSITIVE_INFINITY],
    ["f9fc00", Number.NEGATIVE_INFINITY],
    ["f97e00", Number.NaN],
    ["fa47c35000", 100000],
    ["fb3ff199999999999a", 1.1],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["f7", undefined],
    ["f0", undefined],
    ["f8ff", undefined],
    ["60", ""],
    ["6449455446", "IETF"],
    ["62c3bc", "ü"],
    ["83010203", [1, 2, 3]],
    ["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
    ["7f657374726561646d696e67ff", "streaming"],
  ];
  for (const [text, value] of examples) t.strictSame(read(text), value, text);
  t.strictSame(read("5f42010243030405ff"), hex("0102030405"), "chunks are joined");
  t.strictSame(read("5fff"), hex(""), "no chunks");
  t.strictSame(
    read("bf6161 01 6162 9f02 03ffff"),
    new Map<string, CborValue>([
      ["a", 1],
      ["b", [2, 3]],
    ]),
  );
  t.strictSame(read("c11a514b67b0"), new Tagged(1, 1363896240));
  t.strictSame(read("dbffffffffffffffff00"), new Tagged(18446744073709551615n, 0));
  t.strictSame(read("1900 05"), 5, "wider than needed");
});

t.test("what is not well-formed", async (t) => {
  for (const text of [
    "1c",
    "1d",
    "1f",
    "3e",
    "5c",
    "7d",
    "9c",
    "bd",
    "dc",
    "fc",
    "fe",
    "ff",
    "83 01 ff 02",
    "5f 6161 ff",
    "5f 5f ff ff",
    "df 00",
  ]) {
    t.equal(reason(hex(text)), "bad-envelope", text);
  }
  for (const text of [
    "",
    "18",
    "19 00",
    "1a 000000",
    "1b 00",
    "f9 00",
    "fa 00",
    "f8",
    "42 01",
    "63 6161",
    "82 01",
    "a1 6161",
    "c1",
    "9f 01",
    "bf 6161",
    "5f 41",
    "5f",
    "5f 41 01",
  ]) {
    t.equal(reason(hex(text)), "truncated", text);
  }
});

t.test("keys", async (t) => {
  t.strictSame(read("a3 01 02 6161 03 f6 04"), new Map([["a", 3]]), "those that are not text are read over");
  const map = read("a2 69 5f5f70726f746f5f5f a1 6178 01 6b 636f6e7374727563746f72 02") as Map<string, CborValue>;
  t.same([...map.keys()], ["__proto__", "constructor"]);
  t.equal(({} as { x?: unknown }).x, undefined);
});

t.test("limits", async (t) => {
  const nested = (n: number) => new Uint8Array([...new Uint8Array(n).fill(0x81), 0]);
  t.equal(reason(nested(MAX_DEPTH)), undefined);
  t.equal(reason(nested(MAX_DEPTH + 1)), "bad-envelope");
  t.equal(reason(new Uint8Array(1_000_000).fill(0x81)), "bad-envelope", "no deep recursion");
  t.equal(reason(new Uint8Array(1_000_000).fill(0xc1)), "bad-envelope", "of tags neither");
  t.equal(reason(hex("9affffffff 00")), "truncated", "a list cannot be longer than its bytes");
  t.equal(reason(hex("ba7fffffff 00")), "truncated", "nor a map");
  t.equal(reason(hex("5b00ffffffffffffff 00")), "truncated", "nor a string");
  t.equal(reason(hex("5bffffffffffffffff 00")), "truncated", "of 64 bits");
  const many = cborWriter(MAX_ITEMS + 16).array(MAX_ITEMS);
  for (let i = 0; i < MAX_ITEMS; i++) many.int(0);
  t.equal(reason(many.finish()), "too-large", "items");
  t.equal(reason(new Uint8Array([0x5f, ...new Uint8Array(MAX_ITEMS).fill(0x40)])), "too-large", "chunks");
  const long = readCbor(
    cborWriter()
      .text("a".repeat(MAX_TEXT + 1))
      .finish(),
  ).value;
  t.ok(long instanceof Uint8Array && long.length === MAX_TEXT + 1, "a text that is too long stays bytes");
});

t.test("text that is not UTF-8 does not cost the message", async (t) => {
  t.equal(read("62 c328"), "\ufffd(");
});

t.test("what stands before a problem is kept", async (t) => {
  const whole = cborWriter().tag(55799).map(3).text("a").int(1).text("b").value([1, 2]).text("c").bytes(new Uint8Array(9)).finish();
  const { value, problem, end } = readCbor(whole.subarray(0, -3));
  t.match(problem, { reason: "truncated" });
  t.ok(end < whole.length);
  t.same(
    value,
    new Map<string, CborValue>([
      ["a", 1],
      ["b", [1, 2]],
    ]),
    "without the tag",
  );
});

t.test("byte strings are views; trailing bytes are told by the end", async (t) => {
  const bytes = hex("43 010203 ff");
  const { value, end } = readCbor(bytes);
  t.equal((value as Uint8Array).buffer, bytes.buffer);
  t.equal(end, 4);
  const chunk = hex("5f 42 0102 ff");
  t.equal((readCbor(chunk).value as Uint8Array).buffer, chunk.buffer, "a single chunk too");
});

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.double(),
    fc.float(),
    fc.string({ maxLength: 80, unit: "grapheme" }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.string({ maxLength: 10 }), tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

const asRead = (v: unknown): unknown => {
  if (v instanceof Uint8Array || v === null || typeof v !== "object") return v;
  if (Array.isArray(v)) return v.map(asRead);
  return new Map(Object.entries(v).map(([k, x]) => [k, asRead(x)]));
};

t.test("what the writer writes is read back", async (t) => {
  fc.assert(
    fc.property(json, (value) => {
      const bytes = cborWriter(4).value(value).finish();
      const r = readCbor(bytes);
      t.equal(r.problem, null);
      t.equal(r.end, bytes.length);
      // whole floats travel as integers; the sign of zero is lost with them
      t.strictSame(r.value, normal(asRead(value)));
    }),
    { numRuns: 200 },
  );
  for (const v of [
    0,
    -0,
    0.5,
    -0.5,
    65504,
    65536,
    1e-5,
    0.1,
    1e300,
    2 ** -14,
    2 ** -15,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]) {
    t.ok(Object.is(readCbor(cborWriter().float(v).finish()).value, v), `float ${v}`);
  }
  t.equal(cborWriter().float(8000).finish().length, 3, "the shortest form");
  for (const n of [
    0,
    23,
    24,
    255,
    256,
    65535,
    65536,
    2 ** 32 - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    -1,
    -24,
    -25,
    -(2 ** 32),
    Number.MIN_SAFE_INTEGER,
  ]) {
    t.equal(readCbor(cborWriter().int(n).finish()).value, n, `integer ${n}`);
  }
  t.throws(() => cborWriter().int(0.5), /safe integer/);
  t.throws(() => cborWriter().value(() => 0), /cannot be written/);
});

function normal(v: unknown): unknown {
  if (Object.is(v, -0)) return 0;
  if (Array.isArray(v)) return v.map(normal);
  return v instanceof Map ? new Map([...v].map(([k, x]) => [k, normal(x)])) : v;
}

t.test("any bytes are read or refused", async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const r = readCbor(bytes);
      t.ok(r.end <= bytes.length);
    }),
    { numRuns: 2000 },
  );
});

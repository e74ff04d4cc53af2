import t from "tap";
import { toPlain } from "../../src/wire/plain.js";
import { Problem, quoted } from "../../src/wire/problem.js";
import { type CborValue, Tagged } from "../../src/wire/read-cbor.js";
import { field, MAX_JSON, parseText, readJson, readObject } from "../../src/wire/read-json.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const problem = (v: unknown): string => (v instanceof Problem ? `${v.reason}: ${v.detail}` : `no problem: ${String(v)}`);

t.test("parts", async (t) => {
  t.same(readObject(bytes('{"a":[1,2]}'), "part"), { a: [1, 2] });
  t.equal(readJson(bytes("3"), "part"), 3);
  t.match(problem(readObject(bytes("[1]"), "first part")), /^bad-envelope: first part is not a JSON object/);
  t.match(problem(readObject(bytes("null"), "part")), /not a JSON object/);
  t.match(problem(readObject(bytes('{"a":'), "part")), /^bad-envelope: part is not JSON/);
  t.match(problem(readObject(Uint8Array.of(0x22, 0xc3, 0x28, 0x22), "part")), /^bad-envelope: part is not UTF-8/);
  t.match(problem(readObject(new Uint8Array(0), "part")), /not JSON/);
  t.match(problem(readJson(new Uint8Array(MAX_JSON + 1).fill(0x20), "part")), /^too-large/);
  t.match(problem(parseText(" ".repeat(MAX_JSON + 1), "text")), /^too-large/);
  const view = new Uint8Array(bytes('xx{"a":1}xx').buffer, 2, 7);
  t.same(readObject(view, "part"), { a: 1 }, "a view into a larger buffer");
});

t.test("depth", async (t) => {
  t.match(problem(parseText(`${"[".repeat(33)}${"]".repeat(33)}`, "text")), /nested too deeply/);
  t.not(parseText(`${"[".repeat(32)}${"]".repeat(32)}`, "text") instanceof Problem, true);
  const quotedBrackets = JSON.stringify({ a: '[[[["'.repeat(20), b: "\\" });
  t.not(parseText(quotedBrackets, "text") instanceof Problem, true, "brackets inside of texts do not count");
  t.match(problem(parseText("[".repeat(1_000_000), "text")), /nested too deeply/);
});

t.test("keys of objects", async (t) => {
  const o = readObject(bytes('{"__proto__":{"series":1},"constructor":2}'), "part");
  if (o instanceof Problem) throw new Error(o.detail);
  t.equal(field(o, "series"), undefined, "nothing is inherited from the wire");
  t.equal(field(o, "toString"), undefined, "nor from the language");
  t.equal(field(o, "constructor"), 2);
});

t.test("plain data", async (t) => {
  const wire: CborValue = new Map<string, CborValue>([
    ["n", 1.5],
    ["nan", Number.NaN],
    ["big", 2n ** 60n],
    ["bytes", new Uint8Array(7)],
    ["date", new Tagged(0, "2025-11-03")],
    ["nothing", undefined],
    ["list", [true, null, new Map([["x", 1]])]],
    ["__proto__", 3],
  ]);
  const plain = toPlain(wire);
  t.same(plain, {
    n: 1.5,
    nan: null,
    big: String(2n ** 60n),
    bytes: "7 bytes",
    date: "2025-11-03",
    nothing: null,
    list: [true, null, { x: 1 }],
  });
  t.equal(Object.getPrototypeOf(plain), null);
  t.equal(toPlain(Symbol("x")), null);
  t.equal((toPlain("x".repeat(100_000)) as string).length, 65536);
  const long = toPlain(Array.from({ length: 50_000 }, () => 0)) as unknown[];
  t.ok(long.length < 20_001, "bounded");
  const wide = toPlain(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i]))) as object;
  t.ok(Object.keys(wide).length < 20_001);
});

t.test("wire text in our sentences", async (t) => {
  t.equal(quoted("a\u0007\u001b[31mb"), "'a??[31mb'");
  t.equal(quoted("x".repeat(1000)).length, 45);
  t.equal(quoted({ a: 1 }), "'object'");
  t.equal(quoted(undefined), "'undefined'");
});

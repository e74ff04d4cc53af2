import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import t from "tap";
import { type Fault, isFault } from "../../src/core/fault.js";
import { BSREC_MAGIC, encodeRecord, readBsrec, readRecording } from "../../src/wire/containers.js";
import { MAX_PART_BYTES, MAX_PARTS, type RecordedMessage } from "../../src/wire/recorded-message.js";
import { sequenceOf } from "../../src/wire/sequential-file.js";
import { endMessage, headerMessage, imageMessage } from "../../src/wire/write-dectris-v1.js";
import { jsonPart } from "../../src/wire/write-json.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-containers-"));
t.teardown(() => rmSync(folder, { recursive: true }));

const file = (name: string, ...pieces: Uint8Array[]): string => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat(pieces));
  return path;
};
const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);
const i64 = (n: bigint): Uint8Array => new Uint8Array(BigInt64Array.of(n).buffer);
const zmsg = (...messages: Uint8Array[][]): Uint8Array =>
  Buffer.concat(messages.flatMap((parts) => [u32(parts.length), ...parts.flatMap((p) => [u32(p.length), p])]));
const dump = (...messages: Uint8Array[][]): Uint8Array => Buffer.concat(messages.flat().flatMap((p) => [i64(BigInt(p.length)), p]));
const text = (m: RecordedMessage): string[] => m.parts.map((p) => Buffer.from(p).toString());
const part = (s: string): Uint8Array => new TextEncoder().encode(s);

/** Messages before the fault, and the fault. */
function untilFault(path: string): { messages: RecordedMessage[]; fault: Fault | null } {
  const messages: RecordedMessage[] = [];
  try {
    for (const m of readRecording(path)) messages.push(m);
  } catch (e) {
    if (!isFault(e, "bad-file")) throw e;
    return { messages, fault: e };
  }
  return { messages, fault: null };
}

t.test("vector container", async (t) => {
  const path = file("a.zmsg", zmsg([part("a"), part("")], [part("bcd")], []));
  const messages = [...readRecording(path)];
  t.same(messages.map(text), [["a", ""], ["bcd"], []]);
  t.same(
    messages.map((m) => m.offset),
    [0, 13, 24],
  );
  t.ok(messages.every((m) => m.ns === null));
  t.same([...readRecording(file("empty.zmsg"))], []);
});

t.test("ours: written, then read", async (t) => {
  const records = [encodeRecord(-5n, [part("one")]), encodeRecord(2n ** 62n, [part("two"), part("")])];
  t.equal(records[0]?.[2], records[0]?.at(-1), "parts are not copied");
  const path = file("a.bsrec", BSREC_MAGIC, ...records.flat());
  const messages = [...readRecording(path)];
  t.same(messages.map(text), [["one"], ["two", ""]]);
  t.same(
    messages.map((m) => m.ns),
    [-5n, 2n ** 62n],
  );
  t.same(
    messages.map((m) => m.offset),
    [6, 6 + 12 + 4 + 3],
  );
  t.same([...readRecording(file("other.name", BSREC_MAGIC, ...records.flat()))].length, 2, "known by its magic");
  t.same([...readRecording(file("none.bsrec", BSREC_MAGIC))], []);
});

t.test("what cannot be read says where", async (t) => {
  const whole = zmsg([part("abc")], [part("defg"), part("h")]);
  for (let cut = 12; cut < whole.length; cut++) {
    const { messages, fault } = untilFault(file("cut.zmsg", whole.subarray(0, cut)));
    t.same(messages.map(text), [["abc"]].slice(0, cut < 11 ? 0 : 1), `cut at ${cut}`);
    t.match(fault?.message, /byte \d+: .* \d+ bytes, \d+ are left/);
  }
  t.match(untilFault(file("parts.zmsg", u32(MAX_PARTS + 1))).fault?.message, /byte 0: a message of 1025 parts/);
  t.match(untilFault(file("long.zmsg", u32(1), u32(MAX_PART_BYTES + 1))).fault?.message, /byte 4: a part of 1073741825 bytes/);
  t.match(
    untilFault(file("lies.zmsg", u32(1), u32(2 ** 30), part("x"))).fault?.message,
    /byte 8: a part takes 1073741824 bytes, 1 are left/,
  );
  t.match(untilFault(file("no-magic.bsrec", part("BSREC2"))).fault?.message, /does not begin with BSREC1/);
  t.match(untilFault(file("empty.bsrec")).fault?.message, /does not begin with BSREC1/);
  t.match(untilFault(file("cut.bsrec", BSREC_MAGIC, i64(1n).subarray(0, 5))).fault?.message, /byte 6: time of a message/);
  t.match(untilFault(file("a.txt", part("hello"))).fault?.message, /\.zmsg \.bin \.bsrec/);
  t.match(untilFault(join(folder, "absent.zmsg")).fault, { at: join(folder, "absent.zmsg"), message: /cannot be opened/ });
  t.match(untilFault(folder).fault?.message, /not a regular file/);
});

t.test("LiberTEM dump: parts find their messages", async (t) => {
  const shape = { height: 2, width: 2, type: "uint8", encoding: "none", element: 0, bigEndian: false } as const;
  const header = {
    series: 3,
    images: 1,
    triggers: 2,
    triggerMode: "exte",
    height: 2,
    width: 2,
    type: "uint8",
    countTime: 1,
    frameTime: 1,
    energyEv: 1,
  } as const;
  const image = (frame: number, appendix?: unknown) =>
    imageMessage({ series: 3, frame, shape, payload: new Uint8Array(4), ...(appendix === undefined ? {} : { appendix }) });
  const end = endMessage({ series: 3 });
  const misspelt = [jsonPart({ htype: "deseries_end-1.0", series: 3 })];
  const forms: Record<string, Uint8Array[][]> = {
    "stale end, basic": [end, headerMessage({ ...header, detail: "basic" }), image(0), image(1), end],
    "none and misspelt end": [headerMessage({ ...header, detail: "none" }), image(0), misspelt],
    "none with an appendix": [headerMessage({ ...header, detail: "none", appendix: "note" }), image(0, "col 0"), image(1, { col: 1 }), end],
    "all with an appendix": [headerMessage({ ...header, detail: "all", appendix: { scan: {} } }), image(0), end],
    all: [headerMessage({ ...header, detail: "all" }), image(0), end],
    "unknown detail": [[jsonPart({ htype: "dheader-1.0", header_detail: "most", series: 3 })], image(0), end],
    "no end": [headerMessage({ ...header, detail: "basic" }), image(0)],
  };
  for (const [what, messages] of Object.entries(forms)) {
    const read = [...readRecording(file("a.bin", dump(...messages)))];
    t.same(
      read.map(text),
      messages.map((parts) => parts.map((p) => Buffer.from(p).toString())),
      what,
    );
  }
  const cut = dump(headerMessage({ ...header, detail: "basic" }), image(0), image(1).slice(0, 1));
  t.same(
    [...readRecording(file("b.bin", cut))].map((m) => m.parts.length),
    [2, 4, 1],
    "ends inside a message",
  );
  const torn = dump(end, image(0));
  const { messages, fault } = untilFault(file("c.bin", torn, i64(40n), part("short")));
  t.same(
    messages.map((m) => m.parts.length),
    [1, 4],
    "what is complete is given out",
  );
  t.match(fault?.message, /byte \d+: a record takes 40 bytes, 5 are left/);
  t.match(untilFault(file("d.bin", i64(-1n))).fault?.message, /byte 0: a record of -1 bytes/);
  t.match(untilFault(file("e.bin", i64(2n ** 62n))).fault?.message, /byte 0: a record of \d+ bytes/);
  t.same(
    [...readRecording(file("f.bin", dump([part("{not json")], [new Uint8Array(100_000).fill(0x7b)])))].length,
    2,
    "foreign records stand alone",
  );
});

t.test("blocks: what is taken stays valid and is never read beyond the end", async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(40), { maxLength: 30 }),
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 7 }),
      (sizes, block, atOnce) => {
        const source = Uint8Array.from({ length: sizes.reduce((a, b) => a + b, 0) }, (_, i) => i);
        const bytes = sequenceOf(
          (into, at) => {
            const n = Math.min(into.length, atOnce, source.length - at);
            into.set(source.subarray(at, at + n));
            return n;
          },
          source.length,
          "memory",
          block,
        );
        const taken = sizes.map((n) => bytes.take(n, "piece"));
        t.ok(Buffer.concat(taken).equals(source));
        t.equal(bytes.left, 0);
      },
    ),
    { numRuns: 100 },
  );
  t.throws(() => sequenceOf(() => 0, 10, "shrunk").take(5, "a part"), /the file became shorter inside a part/);
  const record = Buffer.concat([BSREC_MAGIC, ...encodeRecord(1n, [part("x")])]);
  const read = (into: Uint8Array, at: number): number => record.copy(into, 0, at);
  t.equal([...readBsrec(sequenceOf(read, record.length, "memory"))].length, 1, "from any source");
});

t.test("any file is read or refused", async (t) => {
  const whole = zmsg([part("abc")], [part("defg"), part("h")]);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, v]) => whole.with(at, v)),
      ),
      (bytes) => {
        for (const name of ["fuzz.zmsg", "fuzz.bin", "fuzz.bsrec"]) {
          const { messages } = untilFault(file(name, bytes));
          t.ok(messages.flatMap((m) => m.parts).reduce((n, p) => n + p.length, 0) <= bytes.length);
        }
      },
    ),
    { numRuns: 150 },
  );
});

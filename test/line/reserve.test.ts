import { setImmediate } from "node:timers/promises";
import t from "tap";
import { openReserve, type ReserveOptions } from "../../src/line/reserve.js";
import { REF, SlabWriter, slabControl } from "../../src/line/slab.js";
import { touchPages } from "../../src/line/touch-pages.js";
import { aLine } from "./stand.js";

const MB = 1 << 20;
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((r) => setTimeout(r, 5));
};
const wrong = (e: unknown): never => {
  throw e;
};

function aReserve(o: Partial<ReserveOptions> = {}) {
  const told: string[] = [];
  const events = { tell: (level: string, code: string, message: string) => void told.push(`${level} ${code}: ${message}`) };
  return { told, reserve: openReserve({ limitBytes: 8 * MB, segmentBytes: 2 * MB, events, onCrash: wrong, delayMs: 0, leave: 0, ...o }) };
}

function aWriter(reserve: readonly SharedArrayBuffer[], limitBytes: number) {
  const made: SharedArrayBuffer[] = [];
  const onBuffer = (_: number, buffer: SharedArrayBuffer): void => void made.push(buffer);
  const writer = new SlabWriter({ control: slabControl(), limitBytes, keepBytes: 0, segmentBytes: MB, reserve, onBuffer });
  return { made, append: (length: number) => writer.append(new Uint8Array(length).fill(7), new Int32Array(REF.width), 0), writer };
}

t.test("touching pages changes none of their bytes", async (t) => {
  const buffer = new SharedArrayBuffer(3 * 4096 + 4);
  const bytes = new Uint8Array(buffer.byteLength).map((_, i) => i % 251);
  new Uint8Array(buffer).set(bytes);
  touchPages(buffer, 4096, 2 ** 20);
  t.same(new Uint8Array(buffer), bytes);
});

t.test("a thread takes memory for all segments, and ends by itself", async (t) => {
  const { told, reserve } = aReserve();
  t.same(
    reserve.take().map((s) => s.byteLength),
    [2, 2, 2, 2].map((n) => n * MB),
  );
  t.same(reserve.take(), [], "once");
  await until(() => reserve.size === 8 * MB);
  await reserve.close();
  t.same(told, []);
});

t.test("where others would be left with too little memory it stops, and says so", async (t) => {
  const { told, reserve } = aReserve({ leave: Number.POSITIVE_INFINITY });
  await until(() => told.length > 0);
  t.equal(reserve.size, 0);
  t.match(told, [/^warn memory-short: 0 of the 8 MiB/]);
  await reserve.close();
});

t.test("it waits as long as frames come", async (t) => {
  const { reserve } = aReserve({ delayMs: 50 });
  reserve.busy();
  const began = performance.now();
  for (; performance.now() < began + 400; await setImmediate()) reserve.busy();
  t.equal(reserve.size, 0);
  await until(() => reserve.size === 8 * MB);
  await reserve.close();
});

t.test("what is closed early takes no more, and says nothing", async (t) => {
  const { told, reserve } = aReserve({ delayMs: 600_000 });
  await reserve.close();
  t.equal(reserve.size, 0);
  t.same(told, []);
});

t.test("the slab takes reserved segments first, from the front, and then new ones up to its limit", async (t) => {
  const reserve = [new SharedArrayBuffer(MB), new SharedArrayBuffer(MB)];
  const { made, append } = aWriter(reserve, 3 * MB);
  for (let i = 0; i < 3; i++) t.ok(append(MB - 64));
  t.notOk(append(MB - 64), "full");
  t.equal(made.length, 3);
  t.ok(made[0] === reserve[0] && made[1] === reserve[1]);
  t.notOk(reserve.includes(made[2] as SharedArrayBuffer));
  t.equal(new Uint8Array(reserve[1] as SharedArrayBuffer)[9], 7, "frames lie there");
});

t.test("a segment of another size takes the place of reserved ones: never more than the limit", async (t) => {
  const reserve = Array.from({ length: 4 }, () => new SharedArrayBuffer(MB));
  const { made, append, writer } = aWriter(reserve, 4 * MB);
  t.ok(append(2 * MB), "a large message");
  t.ok(append(MB - 64));
  t.ok(append(MB - 64));
  t.notOk(append(MB - 64));
  t.equal(writer.size, 4 * MB);
  t.ok(made[1] === reserve[0] && made[2] === reserve[1], "the first ones stay, which have their memory soonest");
});

t.test("a line reserves what frames may take, and tells how much it has", async (t) => {
  const line = await aLine({
    "source.endpoint": "tcp://127.0.0.1:*",
    "source.bind": true,
    "memory.reserve": true,
    "memory.backlog_mb": 16,
    "memory.frames_mb": 8,
  });
  t.teardown(() => line.close());
  await until(() => line.stats().memory.reserved_mb === 24);
  t.equal(line.stats().memory.slab_limit_mb, 24);
});

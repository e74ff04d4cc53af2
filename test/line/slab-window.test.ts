import fc from "fast-check";
import t from "tap";
import { REF } from "../../src/line/slab.js";
import { aWindow } from "../fixtures/zmtp.js";

const KB = 1024;
const SEGMENT = 256 * KB;

/** Bytes that tell which message they are of. */
const message = (n: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (n + 31 * i) & 255);

interface Step {
  readonly length: number;
  /** What becomes of it: a frame in place, a copied one, or nothing. */
  readonly fate: "place" | "copy" | "none";
  /** Bytes per read. */
  readonly read: number;
  /** Frames that may wait before the oldest is released. */
  readonly patience: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  length: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 20 * KB }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: SEGMENT }) },
    { weight: 1, arbitrary: fc.integer({ min: SEGMENT, max: 3 * SEGMENT }) },
  ),
  fate: fc.constantFrom("place", "place", "place", "copy", "none"),
  read: fc.integer({ min: 50, max: SEGMENT }),
  patience: fc.integer({ min: 0, max: 200 }),
});

t.test("every pending frame keeps its bytes, every message comes in one piece, whatever the order of reading and releasing", async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 6 }), (steps, keep) => {
      const { window, reader, slab } = aWindow({ limitBytes: 6 * SEGMENT, keepBytes: keep * SEGMENT, segmentBytes: SEGMENT });
      const ref = new Int32Array(REF.width);
      const pending: { slot: number; serial: number; offset: number; length: number; n: number }[] = [];
      const release = (): void => {
        const f = pending.shift();
        if (!f) throw new Error("full, and nothing is pending");
        if (Buffer.compare(reader.bytes(f.slot, f.offset, f.length), message(f.n, f.length)) !== 0)
          throw new Error(`frame ${f.n} is damaged`);
        if (!reader.hold(f.slot, f.serial)) throw new Error(`frame ${f.n} is gone`);
        reader.release(f.slot, 2);
      };
      for (const [n, { length, fate, read, patience }] of steps.entries()) {
        const bytes = message(n, length);
        for (let at = 0; at < length; ) {
          const room = window.room(length);
          if (!room) {
            release();
            continue;
          }
          const count = Math.min(room.length, read, length - at);
          room.set(bytes.subarray(at, at + count));
          window.commit(count);
          at += count;
        }
        const whole = window.bytes.subarray(window.from, window.from + length);
        if (Buffer.compare(whole, bytes) !== 0) throw new Error(`message ${n} is damaged`);
        window.consume(length);
        while (fate !== "none" && !window.append(fate === "place" ? whole : bytes, ref, 0)) release();
        const [slot, serial, offset] = ref as unknown as [number, number, number];
        if (fate !== "none") pending.push({ slot, serial, offset, length, n });
        while (pending.length > patience) release();
        // What is larger than a segment may be there twice while it grows.
        if (slab.size > 6 * SEGMENT + 8 * SEGMENT) throw new Error(`${slab.size} bytes`);
      }
      while (pending.length > 0) release();
    }),
    { numRuns: 150 },
  );
  t.pass("held");
});

t.test("the limit holds for messages that fit into a segment, and old frames are known to be gone", async (t) => {
  const { window, reader, slab } = aWindow({ limitBytes: 4 * SEGMENT, segmentBytes: SEGMENT });
  const ref = new Int32Array(REF.width);
  let first: number[] | null = null;
  for (let n = 0; n < 2000; n++) {
    window.room(5000);
    window.commit(5000);
    const payload = window.bytes.subarray(window.from + 100, window.from + 5000);
    window.consume(5000);
    t.ok(window.append(payload, ref, 0) || n < 0);
    first ??= [...ref];
    reader.release(ref[REF.slot] as number);
    if (slab.size > 4 * SEGMENT) t.fail(`${slab.size} bytes`);
  }
  t.equal(slab.size, 4 * SEGMENT);
  t.notOk(reader.hold(first?.[REF.slot] as number, first?.[REF.serial] as number), "the oldest is gone");
  t.ok(reader.hold(ref[REF.slot] as number, ref[REF.serial] as number), "the newest is there");
});

t.test("full while the oldest frame is held; goes on when it is released", async (t) => {
  const { window, reader } = aWindow({ limitBytes: 2 * SEGMENT, segmentBytes: SEGMENT });
  const ref = new Int32Array(REF.width);
  const held: number[] = [];
  const length = 100 * KB;
  for (;;) {
    if (!window.room(length)) break;
    window.commit(length);
    const payload = window.bytes.subarray(window.from, window.from + length);
    window.consume(length);
    window.append(payload, ref, 0);
    held.push(ref[REF.slot] as number);
  }
  t.equal(held.length, 2, "what is left of a segment must be worth a read");
  t.equal(window.room(length), null);
  reader.release(held[0] as number);
  t.ok(window.room(length));
  t.equal(window.from, window.to);
});

t.test("what became no frame is read over", async (t) => {
  const { window, slab } = aWindow({ limitBytes: 4 * SEGMENT, segmentBytes: SEGMENT });
  for (let n = 0; n < 1000; n++) {
    window.room(5000);
    window.commit(5000);
    window.consume(4999);
    window.drop();
  }
  t.equal(slab.size, SEGMENT, "one segment suffices for ever");
});

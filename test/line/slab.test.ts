import t from "tap";
import { segmentSize } from "../../src/line/ingest-lane.js";
import { REF, SlabReader, SlabWriter, slabControl } from "../../src/line/slab.js";

const MB = 1 << 20;

function aSlab(limit: number, keep: number, segment: number) {
  const control = slabControl();
  const reader = new SlabReader(control);
  let made = 0;
  const writer = new SlabWriter({
    control,
    limitBytes: limit,
    keepBytes: keep,
    segmentBytes: segment,
    onBuffer: (slot, buffer) => {
      made++;
      reader.adopt(slot, buffer);
    },
  });
  return { reader, writer, made: () => made };
}
const bytes = (n: number, fill = 1): Uint8Array => new Uint8Array(n).fill(fill);

t.test("kept frames go oldest first; what is held stays", async (t) => {
  const { reader, writer } = aSlab(4 * MB, 2 * MB, MB);
  const refs: Int32Array[] = [];
  for (let i = 0; i < 6; i++) {
    const ref = new Int32Array(REF.width);
    t.ok(writer.append(bytes(MB - 64, i), ref, 0));
    refs.push(ref);
    reader.release(ref[REF.slot] as number);
  }
  const held = (ref: Int32Array): boolean => reader.hold(ref[REF.slot] as number, ref[REF.serial] as number);
  t.same(refs.map(held), [false, false, false, false, true, true], "two segments are kept");
  t.equal(writer.size, 2 * MB);
  const last = refs[5] as Int32Array;
  t.equal(reader.bytes(last[REF.slot] as number, last[REF.offset] as number, last[REF.length] as number)[100], 5);
  const ref = new Int32Array(REF.width);
  for (let i = 0; i < 2; i++) t.ok(writer.append(bytes(MB - 64), ref, 0), "the backlog may take more");
  t.notOk(writer.append(bytes(MB - 64), ref, 0), "up to the limit");
  t.equal(writer.size, 4 * MB);
  reader.release(refs[4]?.[REF.slot] as number);
  t.ok(writer.append(bytes(MB - 64), ref, 0));
});

t.test("an old frame that is held does not keep newer segments from being used again", async (t) => {
  const { reader, writer } = aSlab(4 * MB, 0, MB);
  const refs = Array.from({ length: 4 }, (_, i) => {
    const ref = new Int32Array(REF.width);
    t.ok(writer.append(bytes(MB - 64, i), ref, 0));
    return ref;
  });
  const ref = new Int32Array(REF.width);
  t.notOk(writer.append(bytes(MB - 64), ref, 0), "all are held");
  reader.release(refs[2]?.[REF.slot] as number);
  t.ok(writer.append(bytes(MB - 64, 9), ref, 0));
  t.equal(ref[REF.slot], refs[2]?.[REF.slot], "the one that is free, although others are older");
  for (const i of [0, 1, 3]) {
    const [slot, , offset, length] = refs[i] as Int32Array;
    t.ok(reader.bytes(slot as number, offset as number, length as number).every((b) => b === i));
  }
});

t.test("frames that grow: memory stays within the limit, and is not made anew each time", async (t) => {
  const { reader, writer, made } = aSlab(64 * MB, 64 * MB, MB);
  const ref = new Int32Array(REF.width);
  const send = (size: number, count: number): void => {
    for (let i = 0; i < count; i++) if (writer.append(bytes(size), ref, 0)) reader.release(ref[REF.slot] as number);
  };
  send(100_000, 1000);
  send(4 * MB, 60);
  t.ok(writer.size <= 64 * MB, `${writer.size / MB}`);
  send(16 * MB, 20);
  t.ok(writer.size <= 64 * MB, `${writer.size / MB}`);
  send(1.5 * MB, 100);
  const before = made();
  send(1.2 * MB, 100);
  send(1.8 * MB, 100);
  t.equal(made(), before, "sizes are rounded to segments");
  t.ok(writer.append(bytes(100 * MB), ref, 0), "a frame larger than everything still comes through");
});

t.test("the size of segments follows the memory", async (t) => {
  t.equal(segmentSize(3072 * MB), 8 * MB);
  t.equal(segmentSize(16 * MB), 2 * MB);
  t.equal(segmentSize(1024 * 65536 * MB), 16384 * MB, "never more slots than there are");
  t.equal(segmentSize(65536 * MB), 16 * MB);
});

t.test("a segment that was recycled is recognised", async (t) => {
  const { reader } = aSlab(MB, MB, MB);
  t.notOk(reader.hold(0, 7));
  t.throws(() => reader.bytes(3, 0, 1), /unknown/);
});

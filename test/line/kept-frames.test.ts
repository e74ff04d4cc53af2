import t from "tap";
import type { FrameShape } from "../../src/core/frame.js";
import { keptRow } from "../../src/line/kept-frames.js";
import { REF, SlabReader, SlabWriter, slabControl } from "../../src/line/slab.js";
import { aScan, played } from "../fixtures/scan.js";
import { aStand } from "./stand.js";

t.test("the frames of a row that are kept, in parts", (t) => {
  const control = slabControl();
  const slab = new SlabReader(control);
  const onBuffer = (slot: number, buffer: SharedArrayBuffer): void => slab.adopt(slot, buffer);
  const writer = new SlabWriter({ control, limitBytes: 2 ** 16, keepBytes: 2 ** 16, segmentBytes: 2 ** 12, onBuffer });
  const refs = new Int32Array(8 * REF.width);
  for (let i = 0; i < 8; i++) {
    writer.append(new Uint8Array(10 + i).fill(i), refs, i * REF.width);
    slab.release(refs[i * REF.width] as number);
  }
  // Of the third nothing is kept, of the fourth nothing came; the last position has two.
  refs[2 * REF.width + REF.serial] = -1;
  const shapes = [0, 1].map((element) => ({ element }) as FrameShape);
  const source = {
    columns: 6,
    slab,
    eachImage: (at: number, visit: (image: number) => void) => {
      const column = at - 12;
      if (column === 3) return;
      visit(column);
      if (column === 5) visit(6);
      if (column === 1) visit(7);
    },
    ref: (image: number, out: Int32Array) => {
      out.set(refs.subarray(image * REF.width, (image + 1) * REF.width));
      return image !== 7;
    },
    shape: (image: number) => shapes[image & 1] as FrameShape,
  };
  const whole = keptRow(source, 2, 0);
  t.same(whole.frames, [
    [0, 0, 10],
    [1, 1, 11],
    [4, 0, 14],
    [5, 1, 15],
    [5, 0, 16],
  ]);
  t.same([whole.shapes, whole.next, whole.payloads.length], [shapes, null, 66]);
  t.same([...whole.payloads.subarray(10, 21)], new Array(11).fill(1));
  const part = keptRow(source, 2, 0, 15);
  t.same([part.frames.length, part.next], [2, 2]);
  t.same([keptRow(source, 2, 2, 15).frames.length, keptRow(source, 2, 2, 15).next], [3, null]);
  t.end();
});

t.test("what a line tells of its frames", async (t) => {
  const scan = aScan({ rows: 4, columns: 5, size: 16 });
  const stand = await aStand({ scan: { shape: [4, 5], shapeByFlag: true }, settings: { "components.max": 0 } });
  const mask = new Uint8Array(256);
  mask[3] = 1;
  const messages = [...played(scan, "dectris-v2", { mask })];
  t.same([stand.line.frames("none"), stand.line.keptRow("none", 0, 0), stand.line.model("none")], ["none", "none", "none"]);
  await stand.send(messages.slice(0, 1));
  while (!stand.line.newest()) await new Promise((r) => setTimeout(r, 5));
  const id = stand.line.newest()?.id ?? "";
  t.same([stand.line.frames(id), stand.line.keptRow(id, 0, 0)], ["none", "none"]);
  await stand.send(messages.slice(1));
  await stand.until(1);
  t.match(stand.line.frames(id), { series: id, rows: 4, columns: 5, height: 16, width: 16, type: "uint16", low: 0, high: 65533 });
  const about = stand.line.frames(id);
  t.ok(typeof about === "object" && about.masked.includes(3));
  const row = stand.line.keptRow(id, 2, 1);
  t.same(typeof row === "object" && row.frames.map(([column]) => column), [1, 2, 3, 4]);
  t.same(typeof row === "object" && Buffer.from(row.payloads), Buffer.concat(scan.payloads.slice(11, 15)));
  await stand.close();
});

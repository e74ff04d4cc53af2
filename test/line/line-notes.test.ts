import fc from "fast-check";
import t from "tap";
import { LineNotes } from "../../src/line/line-notes.js";

t.test("notes of a line are read in the order of the images, however they came", async (t) => {
  const notes = new LineNotes();
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(5000), { maxLength: 300 }), (images) => {
      for (const image of images) notes.add(image, image + 1, Float64Array.of(-1, image / 2, image / 4, image / 8), 1);
      const read: number[][] = [];
      notes.each((values, i) => read.push([...values.subarray(i, i + 4)]));
      const sorted = [...images].sort((a, b) => a - b);
      t.equal(notes.count, images.length);
      notes.clear();
      return JSON.stringify(read) === JSON.stringify(sorted.map((i) => [i + 1, i / 2, i / 4, i / 8]));
    }),
  );
});

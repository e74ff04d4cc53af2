import t from "tap";
import { detectorByName } from "../../detectors/index.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";
import { aWasmLane } from "../fixtures/lanes.js";
import { needs } from "../fixtures/shared.js";
import { aVector, pixelsOf, VECTORS, vectorNames } from "../fixtures/vectors.js";

t.test("WebAssembly decodes every payload of the vectors as the plain decoder does", needs(VECTORS, "the test vectors"), async (t) => {
  const lane = aWasmLane();
  let [frames, refused] = [0, 0];
  for (const name of vectorNames()) {
    const vector = aVector(name);
    let different = 0;
    for (const { frame } of only(arrivalsOf(detectorByName(vector.protocol).open({}), vector.messages), "frame")) {
      const code = lane.decode(frame.payload, frame.shape);
      const expected = pixelsOf(frame);
      if (typeof expected === "number") refused++;
      const same =
        typeof expected === "number"
          ? code === expected
          : code === 0 && Buffer.compare(new Uint8Array(expected.buffer), new Uint8Array(lane.pixels().slice().buffer)) === 0;
      if (!same) different++;
      frames++;
    }
    t.equal(different, 0, name);
  }
  t.ok(frames > 1000, `${frames} frames`);
  t.ok(refused > 0, `${refused} of them damaged`);
});

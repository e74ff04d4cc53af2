import t from "tap";
import { detectorByName } from "../../detectors/index.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";
import { aRandom } from "../fixtures/frames.js";
import { needs } from "../fixtures/shared.js";
import { aVector, differences, type Expected, frameDifferences, pixelsOf, playedOf, VECTORS, vectorNames } from "../fixtures/vectors.js";

const here = needs(VECTORS, "the test vectors");
const PROTOCOLS = ["dectris-v1", "dectris-v2", "array-1.0", "sls"];
const open = (protocol: string) => detectorByName(protocol).open({});

t.test("every vector is read as its expectation says", here, async (t) => {
  t.ok(vectorNames().length >= 30, "vectors are there");
  for (const name of vectorNames()) {
    const v = aVector(name);
    if (v.expected.messages !== null) t.equal(v.messages.length, v.expected.messages, `${name}: messages`);
    t.same(differences(v.expected, arrivalsOf(open(v.protocol), v.messages)), [], name);
  }
});

t.test("the comparison finds what is wrong", here, async (t) => {
  const v = aVector("v2-malformed");
  const arrivals = arrivalsOf(open(v.protocol), v.messages);
  const { frames, faults, series } = v.expected;
  const fourth = (change: object) => ({ frames: frames.map((f, i) => (i === 3 ? { ...f, ...change } : f)) });
  const all = <T>(list: readonly T[], change: object): T[] => list.map((e) => ({ ...e, ...change }));
  const wrong: Record<string, Partial<Expected>> = {
    "pixels of a frame": fourth({ sha256: "0".repeat(64) }),
    "sum of a frame": fourth({ sum: 1 }),
    "message of a frame": fourth({ message: 1 }),
    "a frame too many": { frames: frames.slice(1) },
    "order of frames": { frames: frames.toReversed() },
    "an unexpected fault": { faults: faults.slice(1) },
    "another kind of fault": { faults: all(faults, { kind: "empty-message" }) },
    "another image of a fault": { faults: all(faults, { index: 99 }) },
    "nothing missing": { series: all(series, { missing: [] }) },
    "unique id": { series: all(series, { unique_id: "other" }) },
    "end message": { series: all(series, { end_message: 3 }) },
    "no series": { series: [] },
  };
  for (const [what, change] of Object.entries(wrong)) t.not(differences({ ...v.expected, ...change }, arrivals).length, 0, what);
});

t.test("all containers of a protocol after one another, in any order, on one reader", here, async (t) => {
  const vectors = vectorNames().map(aVector);
  for (const protocol of PROTOCOLS) {
    for (const seed of [1, 2, 3]) {
      const random = aRandom(seed);
      const reader = open(protocol);
      const mine = vectors.filter((v) => v.protocol === protocol).map((v) => ({ v, at: random() }));
      for (const { v } of mine.sort((a, b) => a.at - b.at)) {
        t.same(frameDifferences(v.expected, playedOf(arrivalsOf(reader, v.messages))), [], `${v.name}, order ${seed}`);
      }
    }
  }
});

t.test("a reader of another protocol makes nothing of a stream", here, async (t) => {
  for (const name of vectorNames()) {
    const v = aVector(name);
    for (const protocol of PROTOCOLS.filter((p) => p !== v.protocol)) {
      const arrivals = arrivalsOf(open(protocol), v.messages);
      t.equal(only(arrivals, "frame").length + only(arrivals, "begin").length, 0, `${name} read as ${protocol}`);
      t.ok(arrivals.length >= v.messages.length, "and says so for every message");
    }
  }
});

t.test("details of headers", here, async (t) => {
  const beginOf = (name: string) => {
    const v = aVector(name);
    return { v, begin: only(arrivalsOf(open(v.protocol), v.messages), "begin")[0]?.begin };
  };
  await t.test("appendix as JSON part", async (t) => {
    const { begin } = beginOf("v1-u16-all-appendix");
    t.same(begin?.scan, { shape: [8, 8], order: "raster", lineSkip: 1, stepNm: 2 });
    t.match(begin?.meta, { header_appendix: { sample: "Au film" }, trigger_mode: "exts", description: "Dectris ARINA Si" });
  });
  await t.test("user data as text that holds JSON", async (t) => {
    t.same(beginOf("v2-u16-bslz4").begin?.scan, { shape: [8, 8], stepNm: 1.5 });
  });
  await t.test("Jungfraujoch", async (t) => {
    const { begin } = beginOf("v2-jungfraujoch");
    t.match(begin, { errorValue: -32768, saturation: 32766, type: "int16", channel: "default" });
  });
  await t.test("masked pixels are those without data in the frames", async (t) => {
    for (const name of ["v2-header-all", "v1-u16-all-appendix"]) {
      const { v, begin } = beginOf(name);
      const [first] = only(arrivalsOf(open(v.protocol), v.messages), "frame");
      const pixels = first && pixelsOf(first.frame);
      if (!pixels || typeof pixels === "number" || !begin?.mask) throw new Error(`${name} has no mask or no frame`);
      const noData = 2 ** (8 * pixels.BYTES_PER_ELEMENT) - 1;
      t.same(
        Array.from(begin.mask),
        Array.from(pixels, (p) => (p === noData ? 1 : 0)),
        name,
      );
    }
  });
  await t.test("channel of the maps", async (t) => {
    const v = aVector("v2-two-thresholds");
    for (const [channel, drives] of [
      ["threshold_2", "threshold_2"],
      ["nonsense", "threshold_1"],
    ] as const) {
      const arrivals = arrivalsOf(detectorByName(v.protocol).open({ channel }), v.messages);
      t.equal(only(arrivals, "begin")[0]?.begin.channel, drives);
      const driving = only(arrivals, "frame").filter((a) => a.frame.drives);
      t.equal(driving.length, 64);
      t.ok(driving.every((a) => a.frame.channel === drives));
    }
  });
});

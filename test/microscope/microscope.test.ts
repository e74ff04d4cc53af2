import t from "tap";
import { detectorByName } from "../../detectors/index.js";
import type { PixelArray } from "../../src/core/frame.js";
import { exposureOf } from "../../src/microscope/exposure.js";
import { parseFaults } from "../../src/microscope/faults.js";
import { frameCache } from "../../src/microscope/frame-cache.js";
import { type Microscope, type StartOptions, startMicroscope } from "../../src/microscope/microscope.js";
import type { Progress } from "../../src/microscope/publisher.js";
import { makeSensor } from "../../src/microscope/sensor.js";
import { PROTOCOLS, type Protocol } from "../../src/microscope/series-writer.js";
import { makeSpecimen } from "../../src/microscope/specimen.js";
import { type Arrival, arrivalsOf, only } from "../fixtures/arrivals.js";
import { takeMessages } from "../fixtures/take-messages.js";
import { pixelsOf } from "../fixtures/vectors.js";

const ROWS = 12;
const COLUMNS = 15;
const SIZE = 48;
const IMAGES = ROWS * COLUMNS;

interface Setup extends Partial<Omit<StartOptions, "faults">> {
  readonly faults?: string;
}

const start = ({ faults = "", ...more }: Setup = {}): Promise<Microscope> =>
  startMicroscope({
    endpoint: "tcp://127.0.0.1:*",
    protocol: "dectris-v2",
    socket: "push",
    fps: 5000,
    rows: ROWS,
    columns: COLUMNS,
    size: SIZE,
    dose: 200,
    seed: 3,
    scans: 1,
    pauseBetweenScans_s: 0.01,
    faults: parseFaults(faults),
    ...more,
  });

/** Plays a microscope to its end and reads what it sent. */
async function played(setup: Setup = {}): Promise<{ microscope: Microscope; arrivals: Arrival[]; messages: number }> {
  const microscope = await start(setup);
  const taker = await takeMessages({ endpoint: microscope.endpoint, socket: setup.socket === "pub" ? "sub" : "pull" });
  await microscope.done;
  const protocol = setup.protocol ?? "dectris-v2";
  const bare = protocol === "array-1.0";
  const sent = microscope.counts.reduce((n, c) => n + c.sent + (bare ? 0 : Number(c.begun) + Number(c.ended)), 0);
  const messages = await taker.until(sent);
  await taker.close();
  return { microscope, arrivals: arrivalsOf(detectorByName(protocol).open({}), messages), messages: messages.length };
}

const images = (arrivals: readonly Arrival[]): number[] => only(arrivals, "frame").map((a) => a.frame.image);
const seq = (n: number): number[] => [...new Array(n).keys()];

for (const protocol of PROTOCOLS) {
  t.test(`${protocol}: the frames on the wire are the patterns of the specimen`, async (t) => {
    const { microscope, arrivals } = await played({ protocol });
    const sensor = makeSensor(SIZE, 3);
    const expose = exposureOf(makeSpecimen(ROWS, COLUMNS, SIZE, 3), SIZE, 200, 3);
    const counts = new Uint16Array(SIZE * SIZE);
    const frames = only(arrivals, "frame");
    t.same(images(arrivals), seq(IMAGES));
    for (const { frame } of frames) {
      expose(frame.image, counts);
      sensor.spoil(counts, frame.image);
      const pixels = pixelsOf(frame) as PixelArray;
      if (!(pixels instanceof Uint16Array) || pixels.some((v, i) => v !== counts[i])) t.fail(`image ${frame.image} differs`);
    }
    const [first] = only(arrivals, "begin");
    if (!first) throw new Error("no begin");
    const { begin } = first;
    if (protocol === "array-1.0") t.equal(begin.expected, null);
    else {
      t.match(begin.scan, { shape: [ROWS, COLUMNS], order: "raster", stepNm: 2 });
      t.equal(begin.expected, IMAGES);
      t.same(begin.mask, sensor.mask);
      t.equal(only(arrivals, "end").length, 1);
    }
    t.same(only(arrivals, "malformed"), []);
    t.match(microscope.counts, [
      { scan: 1, announced: IMAGES, sent: IMAGES, dropped: 0, lost: 0, copies: 0, swaps: 0, corrupted: 0, begun: true, over: true },
    ]);
    t.equal(microscope.counts[0]?.ended, protocol !== "array-1.0");
  });
}

t.test("the truth is that of the specimen", async (t) => {
  const { microscope } = await played();
  t.same(microscope.truth, makeSpecimen(ROWS, COLUMNS, SIZE, 3).truth);
  t.equal(microscope.truth, microscope.truth);
});

t.test("every scan is a series of its own with the same frames", async (t) => {
  const { microscope, arrivals } = await played({ scans: 3 });
  const begins = only(arrivals, "begin").map((a) => a.begin);
  t.same(
    begins.map((b) => b.wireSeries),
    [1, 2, 3],
  );
  t.equal(new Set(begins.map((b) => b.wireUniqueId)).size, 3);
  t.ok(begins.every((b) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(b.wireUniqueId ?? "")));
  t.same(images(arrivals), [...seq(IMAGES), ...seq(IMAGES), ...seq(IMAGES)]);
  const payloads = only(arrivals, "frame").map((a) => Buffer.from(a.frame.payload).toString("base64"));
  t.same(payloads.slice(0, IMAGES), payloads.slice(2 * IMAGES));
  t.same(
    microscope.counts.map((c) => c.scan),
    [1, 2, 3],
  );
});

t.test("a pub socket begins when somebody has subscribed", async (t) => {
  const { arrivals } = await played({ socket: "pub", fps: 500 });
  t.same(images(arrivals), seq(IMAGES));
  t.equal(only(arrivals, "end").length, 1);
});

for (const protocol of ["dectris-v2", "dectris-v1"] as const satisfies readonly Protocol[]) {
  t.test(`${protocol}: faults are on the wire exactly as counted`, async (t) => {
    const { microscope, arrivals, messages } = await played({ protocol, faults: "loss=0.1,duplicate=0.1,swap=0.1,corrupt=0.1", scans: 2 });
    let at = 0;
    for (const c of microscope.counts) {
      t.equal(c.sent + c.lost, IMAGES + c.copies);
      const frames = only(arrivals, "frame").slice(at, at + c.sent);
      at += c.sent;
      const numbers = frames.map((a) => a.frame.image);
      t.equal(IMAGES - new Set(numbers).size, c.lost);
      t.equal(numbers.length - new Set(numbers).size, c.copies);
      t.equal(frames.filter((a) => typeof pixelsOf(a.frame) === "number").length, c.corrupted);
      const falls = numbers.filter((n, i) => n < (numbers[i - 1] ?? -1)).length;
      t.ok(falls > 0 && falls <= c.swaps, `${falls} of ${c.swaps}; the others lost their partner`);
      t.ok(c.lost > 0 && c.copies > 0 && c.corrupted > 0 && c.ended);
      const bytes = frames.reduce((n, a) => n + a.frame.payload.length, 0);
      t.ok(c.bytes > bytes && c.bytes < bytes + 1000 * c.sent);
    }
    t.equal(
      messages,
      microscope.counts.reduce((n, c) => n + c.sent + 2, 0),
    );
  });
}

t.test("abort ends early, with an end message", async (t) => {
  const { microscope, arrivals } = await played({ faults: "abort=0.25" });
  t.same(images(arrivals), seq(45));
  t.equal(only(arrivals, "end").length, 1);
  t.match(microscope.counts, [{ announced: IMAGES, sent: 45, ended: true }]);
});

t.test("no-end leaves the end out", async (t) => {
  const { microscope, arrivals } = await played({ faults: "no-end" });
  t.same(images(arrivals), seq(IMAGES));
  t.equal(only(arrivals, "end").length, 0);
  t.match(microscope.counts, [{ ended: false, over: true }]);
});

t.test("a restarted detector begins anew under another id, a v2 one with the same number", async (t) => {
  for (const [protocol, numbers] of [
    ["dectris-v2", [1, 1]],
    ["dectris-v1", [1, 2]],
  ] as const) {
    const { microscope, arrivals } = await played({ protocol, faults: "restart=0.5" });
    const begins = only(arrivals, "begin").map((a) => a.begin);
    t.same(
      begins.map((b) => b.wireSeries),
      numbers,
    );
    t.equal(new Set(begins.map((b) => b.key)).size, 2);
    t.same(images(arrivals), [...seq(90), ...seq(IMAGES)]);
    t.equal(only(arrivals, "end").length, 1);
    t.match(microscope.counts, [
      { scan: 1, sent: 90, ended: false, over: true },
      { scan: 1, sent: IMAGES, ended: true, over: true },
    ]);
  }
});

t.test("it never waits for a slow receiver: what it drops is counted, and the end still comes", async (t) => {
  const microscope = await start({ rows: 100, columns: 120, size: 32, dose: 20, fps: 100_000, protocol: "dectris-v2" });
  // a receiver that takes nothing until the scan is over: only the buffers on the way fill
  const { Pull } = await import("zeromq");
  const receiver = new Pull({ receiveHighWaterMark: 1, receiveBufferSize: 4096 });
  receiver.connect(microscope.endpoint);
  const received: Uint8Array[][] = [];
  const counts = async (): Promise<void> => {
    while ((microscope.counts[0]?.sent ?? 0) + (microscope.counts[0]?.dropped ?? 0) < 12_000) await new Promise((r) => setTimeout(r, 10));
  };
  await counts();
  const c = microscope.counts[0];
  t.ok((c?.dropped ?? 0) > 0, `${c?.dropped} dropped`);
  const reading = (async () => {
    for await (const parts of receiver) received.push(parts);
  })();
  await microscope.done;
  const last = microscope.counts[0];
  while (received.length < (last?.sent ?? 0) + Number(last?.begun) + Number(last?.ended)) await new Promise((r) => setTimeout(r, 10));
  receiver.close();
  await reading;
  t.equal((last?.sent ?? 0) + (last?.dropped ?? 0), 12_000);
  t.equal(only(arrivalsOf(detectorByName("dectris-v2").open({}), received), "frame").length, last?.sent);
});

t.test("stopping ends the open series as a detector does", async (t) => {
  const seen: Progress[] = [];
  const stop = new AbortController();
  const microscope = await start({ fps: 200, scans: Number.POSITIVE_INFINITY, onProgress: (p) => seen.push(p), signal: stop.signal });
  const taker = await takeMessages({ endpoint: microscope.endpoint });
  await taker.until(20);
  stop.abort();
  await microscope.done;
  const [c] = microscope.counts;
  const messages = await taker.until((c?.sent ?? 0) + 2);
  await taker.close();
  const arrivals = arrivalsOf(detectorByName("dectris-v2").open({}), messages);
  t.ok((c?.sent ?? 0) < IMAGES);
  t.same(images(arrivals), seq(c?.sent ?? 0));
  t.equal(only(arrivals, "end").length, 1);
  t.ok(seen.some((p) => p.waiting) && seen.some((p) => p.series?.over));
});

t.test("it can be stopped before anybody listens, and twice", async (t) => {
  const microscope = await start();
  await microscope.stop();
  await microscope.stop();
  t.same(microscope.counts, []);
  const stopped = AbortSignal.abort();
  await (await start({ signal: stopped })).done;
});

t.test("an endpoint that cannot be had is a fault", async (t) => {
  const microscope = await start();
  await t.rejects(start({ endpoint: microscope.endpoint }), { code: "port-taken" });
  await t.rejects(start({ endpoint: "nonsense" }), { code: "bad-endpoint" });
  await microscope.stop();
});

t.test("the cache keeps what fits and renders the rest anew, with the same bytes", async (t) => {
  const expose = exposureOf(makeSpecimen(ROWS, COLUMNS, 256, 3), 256, 30_000, 3);
  const sensor = makeSensor(256, 3);
  const all = frameCache(IMAGES, 256, expose, sensor, 64 << 20);
  const some = frameCache(IMAGES, 256, expose, sensor, 1);
  t.equal(some.prepare(0), true);
  t.equal(some.prepare(1), false, "full");
  t.same(some.kept(), { frames: 0, bytes: 0 });
  t.equal(all.prepare(0), true);
  t.equal(all.prepare(0), false);
  t.equal(all.payload(0), all.payload(0));
  for (const p of [0, 1, 100]) t.same(Buffer.from(some.payload(p)), Buffer.from(all.payload(p)));
  t.equal(all.kept().frames, 3);
});

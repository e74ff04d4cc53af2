import t from "tap";
import type { SeriesRun } from "../../src/line/series-run.js";
import { needs } from "../fixtures/shared.js";
import { aVector, type ExpectedFrame, VECTORS, type Vector, vectorNames } from "../fixtures/vectors.js";
import { aStand, MEASURES_ONLY, SILENCE } from "./stand.js";

const sumOf = (f: ExpectedFrame): number => (f as { sum_valid?: number }).sum_valid ?? f.sum;

/** Frames of a series that must be on its map, by image number; the driving channel, first copy. */
function framesOf(v: Vector, n: number): Map<number, ExpectedFrame> {
  const s = v.expected.series[n];
  const channel = s?.channels[0];
  const first = s?.start_message ?? 0;
  const last = v.expected.series[n + 1]?.start_message ?? Number.POSITIVE_INFINITY;
  const frames = new Map<number, ExpectedFrame>();
  for (const f of v.expected.frames) {
    if (channel !== undefined && f.channel !== channel) continue;
    if (f.message !== null && (f.message < first || f.message >= last)) continue;
    if (f.message === null && s && f.series !== s.series) continue;
    if (!frames.has(f.index)) frames.set(f.index, f);
  }
  return frames;
}

function check(t: Tap.Test, v: Vector, n: number, run: SeriesRun): void {
  const frames = framesOf(v, n);
  const a = run.account.account();
  const { grid } = run.plan;
  t.equal(a.received, a.placed + a.duplicate + a.skipped + a.beyond + a.malformed, "received adds up");
  const sum = run.maps.layer("sum");
  const positions = new Map<number, number>();
  let placed = 0;
  for (const [image, f] of frames) {
    const perLine = grid.columns + grid.lineSkip;
    const within = image % perLine;
    if (within < grid.lineSkip) continue;
    placed++;
    positions.set(Math.floor(image / perLine) * grid.columns + within - grid.lineSkip, Math.fround(sumOf(f)));
  }
  t.equal(a.placed, placed, "every good frame is placed");
  for (const [at, expected] of positions)
    if (sum?.value[at] !== expected) t.fail(`${v.name}: sum at ${at} is ${sum?.value[at]}, expected ${expected}`);
  // header_detail none: the count is not on the wire.
  if (v.expected.series[n]?.expected_frames != null && v.name !== "v1-u8-raw-noheader")
    t.equal(a.expected, v.expected.series[n]?.expected_frames, "expected as announced");
  if (a.expected !== null) t.ok(a.lost + a.not_sent + a.placed + a.skipped <= a.expected, "lost and not sent are part of expected");
}

declare namespace Tap {
  type Test = typeof t;
}

const PROTOCOLS = ["dectris-v2", "dectris-v1", "array-1.0", "sls"];
for (const receiver of ["bound", "fast"] as const)
  for (const protocol of PROTOCOLS) {
    t.test(`every ${protocol} vector, one after another on one socket (${receiver})`, needs(VECTORS, "shared/vectors"), async (t) => {
      const vectors = vectorNames()
        .map(aVector)
        .filter((v) => v.protocol === protocol);
      t.ok(vectors.length > 0, "there are vectors");
      const socket = protocol === "sls" ? "pub" : "push";
      // What is done with frames does not depend on who reads them.
      const stages = receiver === "bound" ? {} : MEASURES_ONLY;
      const stand = await aStand({ protocol, receiver, socket, settings: { "memory.keep_series": 64, ...SILENCE, ...stages } });
      if (protocol === "sls") await new Promise((r) => setTimeout(r, 300));
      let over = 0;
      for (const v of vectors) {
        await stand.send(v.messages);
        const count = Math.max(1, v.expected.series.length);
        await stand.until(over + count);
        // A short series may be over before the one that began before it.
        const runs = stand.over.slice(over, over + count).sort((a, b) => a.number - b.number);
        for (let n = 0; n < count; n++)
          await t.test(`${v.name}, series ${n}`, async (t) => check(t as Tap.Test, v, n, runs[n] as SeriesRun));
        over += count;
      }
      await stand.close();
    });
  }

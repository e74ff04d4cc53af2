import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { detectorByName } from "../../detectors/index.js";
import { replayCommand } from "../../src/commands/replay.js";
import { encodeRecord, readRecording } from "../../src/wire/containers.js";
import { jsonPart } from "../../src/wire/write-json.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";
import { anIo, runCommand } from "../fixtures/command-line.js";
import { needs } from "../fixtures/shared.js";
import { type Taker, takeMessages } from "../fixtures/take-messages.js";
import { aVector, pixelsOf, sha256, VECTORS, vectorNames } from "../fixtures/vectors.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-replay-"));
t.teardown(() => rmSync(folder, { recursive: true }));

type Messages = readonly (readonly Uint8Array[])[];
const plain = (messages: Messages): string[] => messages.map((parts) => parts.map((p) => Buffer.from(p).toString("base64")).join(" "));
const file = (name: string): string => join(VECTORS ?? "", name);

/** Replays into a receiver of ours that listens. */
async function replayed(args: readonly string[], count: number): Promise<{ messages: Messages; out: string; err: string }> {
  const taker = await takeMessages();
  const { code, out, err } = await runCommand(replayCommand, [...args, "--connect", taker.endpoint]);
  if (code !== 0) throw new Error(`code ${code}: ${err}`);
  const messages = await taker.until(count);
  await taker.close();
  return { messages, out, err };
}

/** A recording with these times, ns. */
function aRecording(name: string, times: readonly number[]): { path: string; messages: Uint8Array[][] } {
  const messages = times.map((_, i) => [new TextEncoder().encode(`message ${i}`), new Uint8Array(i * 1000), new Uint8Array(0)]);
  const path = join(folder, name);
  const records = messages.flatMap((parts, i) => encodeRecord(BigInt(times[i] ?? 0), parts));
  writeFileSync(path, Buffer.concat([Buffer.from("BSREC1"), ...records]));
  return { path, messages };
}

t.test("every vector arrives byte for byte", needs(VECTORS, "shared/vectors"), async (t) => {
  for (const name of vectorNames()) {
    const { messages, expected } = aVector(name);
    const got = await replayed([file(expected.container)], messages.length);
    t.same(plain(got.messages), plain(messages), name);
    t.match(got.out, new RegExp(`^${messages.length} messages, `));
  }
});

t.test("a listening replay waits for its receiver, also as pub", needs(VECTORS, "shared/vectors"), async (t) => {
  const { messages } = aVector("v1-u8-bslz4");
  for (const [socket, mine] of [
    ["push", "pull"],
    ["pub", "sub"],
  ] as const) {
    const io = { ...anIo(), tty: true };
    const done = replayCommand.run([file("v1-u8-bslz4.zmsg"), "--bind", "tcp://127.0.0.1:*", "--socket", socket], io);
    while (!io.errs.some((line) => line.includes("waiting for a receiver"))) await new Promise((resolve) => setTimeout(resolve, 5));
    const endpoint = /tcp:\/\/\S+:\d+/.exec(io.errs.join("\n"))?.[0] ?? "";
    const taker = await takeMessages({ endpoint, socket: mine });
    t.equal(await done, 0);
    t.same(plain(await taker.until(messages.length)), plain(messages));
    await taker.close();
  }
});

t.test("nobody comes: code 3 after --wait, 0 when stopped", needs(VECTORS, "shared/vectors"), async (t) => {
  const args = [file("v1-u8-bslz4.zmsg"), "--bind", "tcp://127.0.0.1:*"];
  const { code, err } = await runCommand(replayCommand, [...args, "--wait", "0.05"]);
  t.equal(code, 3);
  t.match(err, "no receiver came within 0.05 s");
  const stop = new AbortController();
  const done = replayCommand.run(args, anIo({ signal: stop.signal }));
  stop.abort();
  t.equal(await done, 0);
});

for (const [name, loops] of [
  ["v2-u16-bslz4", 150],
  ["v1-u16-bslz4", 100],
  ["v1-u16-all-appendix", 70],
  ["v1-u8-raw-noheader", 5],
  ["v1-missing-end", 40],
  ["v2-gaps", 90],
  ["v2-late-join", 80],
  ["v2-two-thresholds", 33],
  ["v2-jungfraujoch", 50],
  ["htypes-array-1.0", 77],
  ["sls-u16", 66],
  ["libertem-dump", 60],
  ["libertem-mock", 60],
] as const) {
  t.test(`--frames ${loops}: one series of ${name}, numbered and announced anew`, needs(VECTORS, "shared/vectors"), async (t) => {
    const { expected, protocol } = aVector(name);
    const bare = protocol === "array-1.0" || protocol === "sls";
    const ends = protocol === "array-1.0" ? 0 : 1;
    const { messages, out } = await replayed([file(expected.container), "--frames", `${loops}`], loops + (bare ? 0 : 1) + ends);
    t.match(out, ` ${loops} images, `);
    const arrivals = arrivalsOf(detectorByName(protocol).open({}), messages);
    const frames = only(arrivals, "frame").filter((a) => a.frame.drives);
    t.same(
      frames.map((a) => a.frame.image),
      [...new Array(loops).keys()],
    );
    t.equal(only(arrivals, "begin").length, 1);
    t.equal(only(arrivals, "end").length, ends);
    const [begin] = only(arrivals, "begin");
    if (!bare && name !== "v1-u8-raw-noheader") t.equal(begin?.begin.expected, loops);
    // the pixels go round those of the first series, in their order of arrival
    const [first] = expected.series;
    const known = expected.frames.filter((f) => f.series === (first?.series ?? null) && f.channel === (first?.channels[0] ?? f.channel));
    const hashes = frames.map(({ frame }) => sha256(new Uint8Array((pixelsOf(frame) as Uint8Array).buffer)));
    t.same(
      hashes,
      hashes.map((_, i) => known[i % known.length]?.sha256),
    );
  });
}

t.test("--repeat names every series anew, --series same does not", needs(VECTORS, "shared/vectors"), async (t) => {
  for (const name of ["v2-restart", "v1-back-to-back", "v2-u16-bslz4"]) {
    const { messages, expected, protocol } = aVector(name);
    const again = await replayed([file(expected.container), "--repeat", "3"], 3 * messages.length);
    const begins = (m: Messages) => only(arrivalsOf(detectorByName(protocol).open({}), m), "begin").map((a) => a.begin);
    const recorded = begins(messages);
    const keys = begins(again.messages).map((b) => b.key);
    t.equal(keys.length, 3 * recorded.length, name);
    t.equal(new Set(keys).size, keys.length, `${name}: ${keys}`);
    t.same(
      begins(again.messages.slice(0, messages.length)).map((b) => b.wireSeries),
      recorded.map((b) => b.wireSeries),
    );
    const images = (m: Messages): number[] => only(arrivalsOf(detectorByName(protocol).open({}), m), "frame").map((a) => a.frame.image);
    t.same(images(again.messages), [...images(messages), ...images(messages), ...images(messages)]);
    const same = await replayed([file(expected.container), "--repeat", "2", "--series", "same"], 2 * messages.length);
    t.same(plain(same.messages), [...plain(messages), ...plain(messages)]);
  }
  const cycled = await replayed([file("v2-u16-bslz4.zmsg"), "--frames", "10", "--repeat", "2"], 24);
  const begins = only(arrivalsOf(detectorByName("dectris-v2").open({}), cycled.messages), "begin").map((a) => a.begin);
  t.same(
    begins.map((b) => b.wireSeries),
    [7, 8],
  );
  t.equal(new Set(begins.map((b) => b.wireUniqueId)).size, 2);
});

t.test("a set rate is kept, and recorded times too; nothing is early", async (t) => {
  const { path, messages } = aRecording("times.bsrec", [5e9, 5.05e9, 5.05e9, 5.2e9]);
  const began = performance.now();
  const { messages: got, err } = await replayed([path, "--rate", "recorded"], 4);
  const took = performance.now() - began;
  t.ok(took >= 195);
  t.same(plain(got), plain(messages));
  // A machine that was busy meanwhile may be late, and says so.
  if (took < 400) t.notMatch(err, "not held");
  const many = join(folder, "images.zmsg");
  const parts = [jsonPart({ htype: "array-1.0", frame: 0 }), new Uint8Array(4)];
  const message = Buffer.concat([Buffer.from([2, 0, 0, 0]), ...parts.flatMap((p) => [Buffer.from(Uint32Array.of(p.length).buffer), p])]);
  writeFileSync(many, Buffer.concat(new Array(21).fill(message)));
  const again = performance.now();
  t.match((await replayed([many, "--rate", "100"], 21)).out, " 21 images,");
  t.ok(performance.now() - again >= 195);
});

t.test("a slow receiver loses nothing; that the rate was not held is said", async (t) => {
  const path = join(folder, "big.zmsg");
  const part = new Uint8Array(1 << 20);
  const message = Buffer.concat([Buffer.from([1, 0, 0, 0]), Buffer.from(Uint32Array.of(part.length).buffer), part]);
  writeFileSync(path, Buffer.concat(new Array(8).fill(message)));
  const io = anIo();
  const done = replayCommand.run([path, "--bind", "tcp://127.0.0.1:*", "--repeat", "200", "--rate", "1e7"], io);
  while (io.errs.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { openReceiver } = await import("../../src/transport/receiver.js");
  const endpoint = /tcp:\/\/\S+:\d+/.exec(io.errs[0] ?? "")?.[0] ?? "";
  const receiver = await openReceiver({ endpoint, bind: false, socket: "pull", topic: "", highWaterMark: 2 });
  await new Promise((resolve) => setTimeout(resolve, 600));
  for (let n = 0; n < 1600; n++) await receiver.receive();
  t.equal(await done, 0);
  t.match(io.outs[0] ?? "", /^1600 messages, 0 images, 1\.68 GB/);
  t.match(io.errs.at(-1) ?? "", /the rate was not held: up to \d+\.\d s behind/);
  await receiver.close();
});

t.test("endless repetition ends with the signal", needs(VECTORS, "shared/vectors"), async (t) => {
  const stop = new AbortController();
  const taker: Taker = await takeMessages();
  const io = { ...anIo({ signal: stop.signal }), tty: true };
  const done = replayCommand.run([file("v1-u8-bslz4.zmsg"), "--repeat", "0", "--connect", taker.endpoint, "--rate", "2000"], io);
  await taker.until(700);
  stop.abort();
  t.equal(await done, 0);
  t.ok(io.errs.some((line) => /messages, \d+ images/.test(line)));
  await taker.close();
});

const some = (): string => aRecording("some.bsrec", [0, 1]).path;
for (const [args, says, code] of [
  [[], /replay needs a FILE/, "bad-usage"],
  [[some(), "more"], /unexpected argument/, "bad-usage"],
  [[some()], /--bind ENDPOINT is needed/, "bad-usage"],
  [[some(), "--bind", "tcp://127.0.0.1:*", "--connect", "tcp://127.0.0.1:1"], /exclude each other/, "bad-usage"],
  [[some(), "--rate", "fast"], /--rate must be a number, recorded or max/, "bad-usage"],
  [[some(), "--rate", "0"], /--rate must be a number from 0.001/, "bad-usage"],
  [[some(), "--rate", "recorded", "--repeat", "2"], /goes with neither/, "bad-usage"],
  [[some(), "--rate", "recorded", "--frames", "2"], /goes with neither/, "bad-usage"],
  [[some(), "--series", "other"], /--series must be one of new, same/, "bad-usage"],
  [[some(), "--frames", "0"], /--frames/, "bad-usage"],
  [[some(), "--bind", "nonsense"], /nonsense/, "bad-endpoint"],
  [[join(folder, "absent.zmsg"), "--bind", "tcp://127.0.0.1:*"], /absent\.zmsg/, "bad-file"],
  [[folder, "--bind", "tcp://127.0.0.1:*"], /./, "bad-file"],
] as const) {
  t.test(`refuses ${args.slice(1).join(" ") || args.length}`, async (t) => {
    await t.rejects(runCommand(replayCommand, args), { code, message: says });
  });
}

t.test("a file without times has no recorded rate", async (t) => {
  const path = join(folder, "no-times.zmsg");
  writeFileSync(path, Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 9]));
  await t.rejects(runCommand(replayCommand, [path, "--rate", "recorded"]), { message: /keeps no times/ });
});

t.test("a file without images cannot be cycled", async (t) => {
  const taker = await takeMessages();
  await t.rejects(runCommand(replayCommand, [some(), "--frames", "3", "--connect", taker.endpoint]), {
    code: "bad-file",
    message: /no image/,
  });
  await taker.close();
});

t.test("its help names every flag", async (t) => {
  const { code, out } = await runCommand(replayCommand, ["--help"]);
  t.equal(code, 0);
  for (const flag of ["--bind", "--connect", "--socket", "--rate", "--repeat", "--series", "--frames", "--wait"]) t.match(out, flag);
});

t.test("what was recorded is readable as it was written", async (t) => {
  const { path, messages } = aRecording("plain.bsrec", [7, 8, 9]);
  t.same(plain([...readRecording(path)].map((m) => m.parts)), plain(messages));
});

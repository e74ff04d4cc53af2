import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import type { RecordingFile } from "../../src/commands/record/disk-queue.js";
import { recordingWriter } from "../../src/commands/record/recording-writer.js";
import { recordCommand } from "../../src/commands/record.js";
import { replayCommand } from "../../src/commands/replay.js";
import { openSender, type Sender } from "../../src/transport/sender.js";
import { BSREC_MAGIC, encodeRecord, readRecording } from "../../src/wire/containers.js";
import { anIo, runCommand } from "../fixtures/command-line.js";
import { needs } from "../fixtures/shared.js";
import { aVector, VECTORS } from "../fixtures/vectors.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-record-"));
t.teardown(() => rmSync(folder, { recursive: true }));

type Messages = readonly (readonly Uint8Array[])[];
const plain = (messages: Messages): string[] => messages.map((parts) => parts.map((p) => Buffer.from(p).toString("base64")).join(" "));
const stored = (path: string): Uint8Array[][] => [...readRecording(path)].map((m) => [...m.parts]);
const sender = (socket: "push" | "pub" = "push"): Promise<Sender> =>
  openSender({ endpoint: "tcp://127.0.0.1:*", socket, bind: true, highWaterMark: 1000 });
const sendAll = async (to: Sender, messages: Messages): Promise<void> => {
  while (!to.connected()) await new Promise((resolve) => setTimeout(resolve, 2));
  for (const parts of messages) await to.send(parts);
};

t.test("what comes is stored, with the time of its arrival, until the end of the series", needs(VECTORS, "shared/vectors"), async (t) => {
  const { messages } = aVector("v2-u16-bslz4");
  const from = await sender();
  const out = join(folder, "once.bsrec");
  const before = BigInt(Date.now()) * 1_000_000n;
  const io = { ...anIo(), tty: true };
  const done = recordCommand.run(["--source", from.endpoint, "--out", out, "--once"], io);
  await sendAll(from, messages.slice(0, 20));
  // long enough for a line of progress
  while (!io.errs.some((line) => /connected: 20 messages, .*free/.test(line))) await new Promise((resolve) => setTimeout(resolve, 20));
  await sendAll(from, [...messages.slice(20), ...messages]);
  t.equal(await done, 0);
  await from.close();
  t.same(plain(stored(out)), plain(messages));
  t.match(io.outs[0] ?? "", /^66 messages, /);
  const times = [...readRecording(out)].map((m) => m.ns ?? 0n);
  t.ok(times.every((ns, i) => ns >= (times[i - 1] ?? before)));
  t.ok((times.at(-1) ?? 0n) <= BigInt(Date.now() + 1) * 1_000_000n);
});

t.test("record, replay, record: the same messages", needs(VECTORS, "shared/vectors"), async (t) => {
  for (const [name, protocol] of [
    ["v1-malformed", "dectris-v1"],
    ["sls-u16", "sls"],
    ["v2-malformed", "dectris-v2"],
  ] as const) {
    const { messages, expected } = aVector(name);
    const paths = [join(VECTORS ?? "", expected.container), join(folder, `${name}-1.bsrec`), join(folder, `${name}-2.bsrec`)];
    for (const [i, from] of paths.slice(0, 2).entries()) {
      const io = { ...anIo(), tty: true };
      const stop = new AbortController();
      const recording = recordCommand.run(
        ["--source", "tcp://127.0.0.1:*", "--bind", "--socket", "pull", "--protocol", protocol, "--out", paths[i + 1] ?? ""],
        { ...io, signal: stop.signal },
      );
      while (io.errs.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const endpoint = /tcp:\/\/\S+:\d+/.exec(io.errs[0] ?? "")?.[0] ?? "";
      t.equal((await runCommand(replayCommand, [from, "--connect", endpoint])).code, 0);
      while (!io.errs.some((line) => line.includes(`: ${messages.length} messages,`)))
        await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort();
      t.equal(await recording, 0);
    }
    t.same(plain(stored(paths[2] ?? "")), plain(messages), name);
  }
});

t.test("--frames ends after so many images, --seconds after so long", needs(VECTORS, "shared/vectors"), async (t) => {
  const { messages } = aVector("v1-u8-bslz4");
  const from = await sender("pub");
  const out = join(folder, "five.bsrec");
  const done = runCommand(recordCommand, [
    "--source",
    from.endpoint,
    "--protocol",
    "dectris-v1",
    "--socket",
    "sub",
    "--out",
    out,
    "--frames",
    "5",
  ]);
  await sendAll(from, messages);
  t.equal((await done).code, 0);
  t.same(plain(stored(out)), plain(messages.slice(0, 6)));
  await from.close();
  const empty = join(folder, "empty.bsrec");
  t.match(await runCommand(recordCommand, ["--source", "tcp://127.0.0.1:1", "--out", empty, "--seconds", "0.3"]), {
    code: 0,
    out: /^0 messages/,
  });
  t.same(stored(empty), []);
});

t.test("an existing file is safe, unless --force", async (t) => {
  const out = join(folder, "mine.bsrec");
  writeFileSync(out, "precious");
  await t.rejects(runCommand(recordCommand, ["--source", "tcp://127.0.0.1:1", "--out", out]), {
    code: "bad-usage",
    message: /exists; --force/,
  });
  t.equal(readFileSync(out, "utf8"), "precious");
  t.equal((await runCommand(recordCommand, ["--source", "tcp://127.0.0.1:1", "--out", out, "--force", "--seconds", "0"])).code, 0);
  t.same(stored(out), []);
});

t.test("a full disk ends the recording in words", needs(process.platform === "linux", "/dev/full"), async (t) => {
  const from = await sender();
  const done = runCommand(recordCommand, ["--source", from.endpoint, "--out", "/dev/full", "--force"]);
  while (!from.connected()) await new Promise((resolve) => setTimeout(resolve, 2));
  const feeding = setInterval(() => from.trySend([new Uint8Array(1000)]), 5);
  const { code, out, err } = await done;
  clearInterval(feeding);
  await from.close(0);
  t.equal(code, 1);
  t.match(out, /^0 messages/);
  t.match(err, /\/dev\/full: the disk is full; the file holds the 0 whole messages before/);
});

for (const [args, says] of [
  [["--out", "x.bsrec"], /--source ENDPOINT is needed/],
  [["--source", "tcp://127.0.0.1:1"], /--out FILE.bsrec is needed/],
  [["--sourc", "tcp://127.0.0.1:1"], /did you mean --source/],
  [["--source", "tcp://127.0.0.1:1", "--out", join(folder, "no", "x")], /cannot be written/],
  [["--source", "tcp://127.0.0.1:1", "--out", join(folder, "x"), "--protocol", "v2"], /--protocol must be one of/],
  [["--source", "tcp://127.0.0.1:1", "--out", join(folder, "x"), "--protocol", "array-1.0", "--once"], /array-1.0 has no end/],
  [["--source", "tcp://127.0.0.1:1", "--out", join(folder, "x"), "--frames", "0"], /--frames/],
  [["--source", "tcp://127.0.0.1:1", "--out", join(folder, "x"), "--socket", "push"], /--socket must be one of auto, pull, sub/],
  [["--source", "tcp://127.0.0.1:1", "x"], /unexpected argument/],
] as const) {
  t.test(`refuses ${says.source}`, async (t) => {
    await t.rejects(runCommand(recordCommand, args), { code: "bad-usage", message: says });
  });
}

t.test("an endpoint that is none, and its help", async (t) => {
  await t.rejects(runCommand(recordCommand, ["--source", "nonsense", "--out", join(folder, "none.bsrec")]), { code: "bad-endpoint" });
  const { code, out } = await runCommand(recordCommand, ["--help"]);
  t.equal(code, 0);
  for (const flag of ["--source", "--protocol", "--out", "--force", "--bind", "--socket", "--topic", "--frames", "--seconds", "--once"])
    t.match(out, flag);
});

/** A disk in memory that takes a little at a time, and is full at `room` bytes. */
function aDisk(
  room = Number.POSITIVE_INFINITY,
  mouthful = 1000,
): RecordingFile & { bytes(): Uint8Array; closed: boolean; synced: boolean } {
  let held = new Uint8Array(0);
  return {
    closed: false,
    synced: false,
    bytes: () => held,
    async write(bytes, offset, length, position) {
      await new Promise((resolve) => setImmediate(resolve));
      const n = Math.min(length, mouthful, room - position);
      if (n <= 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      const grown = new Uint8Array(Math.max(held.length, position + n));
      grown.set(held);
      grown.set(bytes.subarray(offset, offset + n), position);
      held = grown;
      return { bytesWritten: n };
    },
    async truncate(length) {
      held = held.slice(0, length);
    },
    async sync() {
      this.synced = true;
    },
    async close() {
      this.closed = true;
    },
  };
}

const recorded = (messages: Messages): Uint8Array =>
  Buffer.concat([BSREC_MAGIC, ...messages.flatMap((parts, i) => encodeRecord(BigInt(i), parts))]);
const someMessages = fc.array(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 4 }), { maxLength: 30 });

t.test("whatever comes, in whatever pieces the disk takes it, the file is the records in order", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      someMessages,
      fc.integer({ min: 16, max: 600 }),
      fc.integer({ min: 1, max: 700 }),
      async (messages, buffer, mouthful) => {
        const disk = aDisk(Number.POSITIVE_INFINITY, mouthful);
        const writer = recordingWriter(disk, buffer);
        for (const [i, parts] of messages.entries()) {
          const waiting = writer.append(BigInt(i), parts);
          // the caller's bytes are free as soon as it is told to go on
          if (waiting) await waiting;
          if (i % 7 === 0) writer.flush();
        }
        const kept = await writer.close();
        return (
          kept === messages.length &&
          writer.messages === kept &&
          writer.bytes === disk.bytes().length &&
          disk.closed &&
          disk.synced &&
          Buffer.compare(disk.bytes(), recorded(messages)) === 0
        );
      },
    ),
    { numRuns: 40 },
  );
  t.pass("held");
});

t.test("a disk that fills up leaves the whole messages before", async (t) => {
  await fc.assert(
    fc.asyncProperty(someMessages, fc.integer({ min: 0, max: 3000 }), async (messages, room) => {
      const disk = aDisk(room, 50);
      const writer = recordingWriter(disk, 64);
      try {
        for (const [i, parts] of messages.entries()) await writer.append(BigInt(i), parts);
      } catch (e) {
        if (e !== writer.fault()) throw e;
      }
      const kept = await writer.close();
      const full = room < recorded(messages).length;
      const expected = recorded(messages.slice(0, kept));
      const rest = recorded(messages.slice(0, kept + 1)).length;
      const right = room < BSREC_MAGIC.length ? disk.bytes().length === room : Buffer.compare(disk.bytes(), expected) === 0;
      return disk.closed && right && (!full ? kept === messages.length : writer.fault() !== null && rest > room);
    }),
    { numRuns: 60 },
  );
  t.pass("held");
});

t.test("a disk that takes nothing, or cannot sync, is a fault too", async (t) => {
  const stuck = recordingWriter({ ...aDisk(), write: async () => ({ bytesWritten: 0 }) }, 16);
  await stuck.append(0n, [new Uint8Array(10)]);
  t.equal(await stuck.close(), 0);
  t.match(stuck.fault()?.message, "takes no more");
  const unsynced = recordingWriter({ ...aDisk(), sync: () => Promise.reject(new Error("I/O")) }, 16);
  t.equal(await unsynced.close(), 0);
  t.match(unsynced.fault()?.message, "I/O");
  const odd = recordingWriter({ ...aDisk(), write: () => Promise.reject("broken"), truncate: () => Promise.reject(new Error("no")) }, 16);
  await odd.append(0n, [new Uint8Array(64)])?.catch(() => {});
  await odd.close();
  t.match(odd.fault()?.message, "broken");
});

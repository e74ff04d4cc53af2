import { createServer, type Server } from "node:net";
import t from "tap";
import { checkData, checkEndpoint } from "../../src/commands/doctor/endpoint.js";
import { type Config, parseConfig } from "../../src/config/index.js";
import { openReceiver } from "../../src/transport/receiver.js";
import { aClosedPort, aPush, aServer } from "../fixtures/loopback.js";

/** Nobody waits for so long: there is an answer. */
const PATIENCE_MS = 60_000;
/** Long enough for an answer of a busy machine, short enough where none comes, ms. */
const SILENCE_MS = 2000;

type Source = Config["source"];
const aSource = (change: Partial<Source>): Source => ({ ...parseConfig().config.source, ...change });
const never = new AbortController().signal;

/** Accepts, says these bytes, and waits for the other side to leave. */
const saying = (bytes: Uint8Array): Server =>
  createServer((socket) => {
    socket.on("error", () => {});
    // Reads what comes, so that the end is seen.
    socket.resume();
    socket.write(bytes);
  });

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A ZMTP greeting of another version or mechanism, and what follows it. */
function greeting(o: { major?: number; mechanism?: string; after?: readonly number[] } = {}): Uint8Array {
  const bytes = new Uint8Array(64 + (o.after?.length ?? 0));
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = o.major ?? 3;
  bytes.set(bytesOf(o.mechanism ?? "NULL"), 12);
  bytes.set(o.after ?? [], 64);
  return bytes;
}

t.test("a closed port: the machine answers, nobody listens", async (t) => {
  const endpoint = `tcp://127.0.0.1:${await aClosedPort()}`;
  t.match(await checkEndpoint(aSource({ endpoint })), {
    state: "fail",
    what: `${endpoint}: the machine answers, but nothing listens on this port`,
  });
  t.match(await checkEndpoint(aSource({ endpoint: "ipc:///no/such/path" })), { state: "fail", what: /there is no such host or path/ });
  t.match(await checkEndpoint(aSource({ endpoint: "nonsense" })), { state: "fail", cure: "correct source.endpoint" });
});

t.test("what is not ZeroMQ is told apart", async (t) => {
  const silent = await aServer(t, saying(new Uint8Array(0)));
  const talker = await aServer(t, saying(bytesOf("SSH-2.0-OpenSSH_9.2\r\n")));
  const slammer = await aServer(
    t,
    createServer((socket) => void socket.on("error", () => {}).destroy()),
  );
  const nearly = await aServer(t, saying(Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7e)));
  for (const [port, ms] of [
    [silent, SILENCE_MS],
    [talker, PATIENCE_MS],
    [slammer, PATIENCE_MS],
    [nearly, PATIENCE_MS],
  ])
    t.match(await checkEndpoint(aSource({ endpoint: `tcp://127.0.0.1:${port}` }), ms), {
      state: "fail",
      what: /something listens, but not a ZeroMQ socket$/,
      cure: /port of the stream/,
    });
});

t.test("a PUSH socket is seen, and loses no message to the doctor", async (t) => {
  const sender = await aPush();
  t.teardown(() => sender.close());
  const waiting = sender.send([bytesOf("first")]);
  const source = aSource({ endpoint: sender.endpoint });
  const check = await checkEndpoint(source, PATIENCE_MS);
  t.equal(check.state, "ok");
  t.match(check.what, `${sender.endpoint}: a ZeroMQ PUSH socket is reachable (ZMTP 3.1)`);
  const receiver = await openReceiver({ endpoint: sender.endpoint, bind: false, socket: "pull", topic: "", highWaterMark: 10 });
  t.same((await receiver.receive())?.map(String), ["first"]);
  await waiting;
  await receiver.close();
  t.match(await checkEndpoint({ ...source, socket: "sub" }, PATIENCE_MS), { state: "fail", what: /our SUB socket hears only PUB or XPUB/ });
});

t.test("a PUB socket is right for sls and wrong for dectris", async (t) => {
  const sender = await aPush("pub");
  t.teardown(() => sender.close());
  const endpoint = sender.endpoint;
  t.match(await checkEndpoint(aSource({ endpoint, protocol: "sls" }), PATIENCE_MS), {
    state: "ok",
    what: /ZeroMQ X?PUB socket is reachable/,
  });
  t.match(await checkEndpoint(aSource({ endpoint }), PATIENCE_MS), {
    state: "fail",
    what: /our PULL socket hears only PUSH/,
    cure: /source\.protocol/,
  });
});

t.test("greetings of all kinds", async (t) => {
  const ready = (...properties: number[]): number[] => [4, 6 + properties.length, 5, ...bytesOf("READY"), ...properties];
  const cases: [string, Uint8Array, string, RegExp][] = [
    ["old peer", greeting({ major: 1 }), "ok", /a ZeroMQ socket is reachable \(ZMTP 2\)/],
    ["ten bytes only", greeting().subarray(0, 10), "ok", /a ZeroMQ socket is reachable;/],
    ["five bytes only", greeting().subarray(0, 5), "fail", /not a ZeroMQ socket/],
    ["half a greeting", greeting().subarray(0, 40), "ok", /a ZeroMQ socket is reachable \(ZMTP 3\.0\)/],
    ["eleven bytes", greeting().subarray(0, 11), "ok", /\(ZMTP 3\.0\)/],
    ["another mechanism", greeting({ mechanism: "CURVE" }), "fail", /it demands CURVE security/],
    ["no property", greeting({ after: ready() }), "ok", /a ZeroMQ socket is reachable \(ZMTP 3\.0\)/],
    ["another command", greeting({ after: [4, 6, 5, ...bytesOf("ERROR")] }), "ok", /a ZeroMQ socket/],
    ["cut short", greeting({ after: ready(11, ...bytesOf("Socket")) }), "ok", /a ZeroMQ socket is reachable/],
    [
      "identity before type",
      greeting({ after: ready(8, ...bytesOf("Identity"), 0, 0, 0, 1, 7, 11, ...bytesOf("socket-type"), 0, 0, 0, 4, ...bytesOf("PUSH")) }),
      "ok",
      /a ZeroMQ PUSH socket/,
    ],
    ["a huge value", greeting({ after: ready(8, ...bytesOf("Identity"), 255, 255, 255, 255) }), "ok", /a ZeroMQ socket/],
    ["far too much", greeting({ after: Array.from({ length: 8192 }, () => 1) }), "ok", /a ZeroMQ socket/],
  ];
  const checks = cases.map(async ([name, bytes, state, what]) => {
    const port = await aServer(t, saying(bytes));
    t.match(await checkEndpoint(aSource({ endpoint: `tcp://127.0.0.1:${port}` }), SILENCE_MS), { state, what }, name);
  });
  await Promise.all(checks);
});

t.test("an endpoint to listen on", async (t) => {
  const port = await aServer(t, createServer());
  t.match(await checkEndpoint(aSource({ bind: true, endpoint: `tcp://127.0.0.1:${port}` })), {
    state: "fail",
    what: /cannot listen there \(EADDRINUSE\)/,
  });
  t.match(await checkEndpoint(aSource({ bind: true, endpoint: "tcp://*:0" })), { state: "ok", what: /the daemon can listen there/ });
  t.match(await checkEndpoint(aSource({ bind: true, endpoint: "ipc:///tmp/x" })), { state: "ok", what: /will listen there/ });
});

t.test("--listen: data, idle, or another protocol", async (t) => {
  const quiet = await aPush();
  t.teardown(() => quiet.close());
  const source = aSource({ endpoint: quiet.endpoint, protocol: "dectris-v1" });
  t.match(await checkData(source, 0.2, never), { state: "warn", what: "idle: no message in 0.2 s", cure: /armed and triggered/ });
  t.match(await checkData(source, 60, AbortSignal.abort()), { state: "warn", what: /^idle/ }, "a signal ends the wait");
  const header = bytesOf('{"htype":"dheader-1.0","series":7,"header_detail":"none"}');
  // A sender of its own each time: one whose receiver has just left may still send to it.
  const hear = async (protocol: Source["protocol"], parts: readonly Uint8Array[]) => {
    const sender = await aPush();
    t.teardown(() => sender.close());
    const [check] = await Promise.all([checkData(aSource({ endpoint: sender.endpoint, protocol }), 60, never), sender.send(parts)]);
    return check;
  };
  t.match(await hear("dectris-v1", [header]), {
    state: "ok",
    what: /^data: a message of \d+ bytes in 1 part, dectris-v1: begin of series 7/,
  });
  t.match(await hear("dectris-v2", [header]), {
    state: "fail",
    what: /is not dectris-v2/,
    cure: "set source.protocol to dectris-v1",
  });
  t.match(await hear("dectris-v1", [bytesOf("hello"), bytesOf("world")]), {
    state: "fail",
    what: /in 2 parts that is not dectris-v1/,
    cure: /see what the sender is/,
  });
});

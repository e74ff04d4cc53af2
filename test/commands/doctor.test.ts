import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { checkData, checkEndpoint } from "../../src/commands/doctor/endpoint.js";
import { checkHttp } from "../../src/commands/doctor/http.js";
import { checkLibrary } from "../../src/commands/doctor/library.js";
import { checkDashboard, checkDisk, checkFiles, checkKernels, checkMemory, checkNode } from "../../src/commands/doctor/machine.js";
import { checkModel } from "../../src/commands/doctor/model.js";
import { doctorCommand } from "../../src/commands/doctor.js";
import { type Config, parseConfig } from "../../src/config/index.js";
import { encodeSession } from "../../src/line/library-file.js";
import { openReceiver } from "../../src/transport/receiver.js";
import { openSender } from "../../src/transport/sender.js";
import { anIo, cleanEnvironment, MAIN, runMain } from "../fixtures/command-line.js";

/** Nobody waits for so long: there is an answer. */
const PATIENCE_MS = 60_000;
/** Long enough for an answer of a busy machine, short enough where none comes, ms. */
const SILENCE_MS = 2000;

type Source = Config["source"];
const aSource = (change: Partial<Source>): Source => ({ ...parseConfig().config.source, ...change });
const never = new AbortController().signal;

/** A TCP server on a free loopback port, closed with the test. */
async function aServer(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** Accepts, says these bytes, and waits for the other side to leave. */
const saying = (bytes: Uint8Array): Server =>
  createServer((socket) => {
    socket.on("error", () => {});
    // Reads what comes, so that the end is seen.
    socket.resume();
    socket.write(bytes);
  });

async function aClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const aPush = (socket: "push" | "pub" = "push") => openSender({ endpoint: "tcp://127.0.0.1:*", socket, bind: true, highWaterMark: 100 });
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

t.test("the address of the dashboard", async (t) => {
  t.match(await checkHttp("127.0.0.1:0"), { state: "ok", what: "127.0.0.1:0 is free" });
  t.match(await checkHttp("0.0.0.0:0"), { state: "ok", what: /can be reached from other machines/ });
  t.match(await checkHttp("nonsense"), { state: "fail" });
  t.match(await checkHttp("[2001:db8::1]:80"), { state: "fail", what: /cannot listen at/ });
  const web = (body: string, status = 200) => createHttpServer((_q, answer) => void answer.writeHead(status).end(body));
  const other = await aServer(t, web("<html></html>"));
  t.match(await checkHttp(`127.0.0.1:${other}`), { state: "fail", what: /another program holds/ });
  const list = await aServer(t, web('["no object"]'));
  t.match(await checkHttp(`127.0.0.1:${list}`), { state: "fail" });
  const nothing = await aServer(t, web("null"));
  t.match(await checkHttp(`127.0.0.1:${nothing}`), { state: "fail" });
  const ours = await aServer(t, web('{"series":[]}'));
  t.match(await checkHttp(`127.0.0.1:${ours}`), { state: "warn", what: /a braggstream daemon runs/ });
  const guarded = await aServer(t, web('{"error":{"code":"unauthorized","message":"x"}}', 401));
  t.match(await checkHttp(`127.0.0.1:${guarded}`), { state: "warn" });
});

t.test("the machine", async (t) => {
  t.match(checkNode(), { state: "ok" });
  t.match(checkNode("18.20.1"), { state: "fail", cure: /install Node 20/ });
  const { denoise } = parseConfig().config;
  const memory = { backlog_mb: 1000, frames_mb: 2000, patterns_mb: 500, maps_mb: 100, keep_series: 4 };
  t.match(checkMemory({ memory, denoise }, { totalMib: 8000, freeMib: 7000 }), { state: "ok" });
  t.match(checkMemory({ memory, denoise }, { totalMib: 8000, freeMib: 3000 }), { state: "warn" });
  t.match(checkMemory({ memory, denoise }, { totalMib: 3000, freeMib: 3000 }), { state: "fail", cure: /memory\.frames_mb/ });
  t.match(checkMemory({ memory: { ...memory, backlog_mb: 1_048_576 * 64 }, denoise }), { state: "fail" });
  const all = { memory, denoise: { ...denoise, patterns: "all" } } as const;
  t.match(checkMemory(all, { totalMib: 3700, freeMib: 3700 }), { state: "fail", what: /, patterns 500 MiB, the rest/ });
  t.match(await checkDisk(), { state: "ok", what: /\d+ MB\/s, \d+ MiB free$/ });
  t.match(await checkDisk(join(tmpdir(), "no", "such", "folder")), { state: "warn", what: /ENOENT/ });
  t.match(await checkKernels(), { state: "ok" });
  t.match(checkDashboard("/no/such/page"), { state: "fail", cure: /npm run build/ });
  t.match(await checkFiles([{ key: "detector.mask", path: "/no/such/mask.npy" }]), [{ name: "detector.mask", state: "fail" }]);
});

t.test("the model, and what it is computed with", async (t) => {
  const denoise = { ...parseConfig().config.denoise, provider: "cpu" } as const;
  t.match(await checkModel(denoise), {
    state: "ok",
    what: /denoise-bank\.onnx, SHA-256 [0-9a-f]{12}, runs on cpu \(onnxruntime 1\.[\d.]+\)$/,
  });
  t.match(await checkModel({ ...denoise, method: "neighbour" }), { state: "ok", what: 'not used: denoise.method = "neighbour"' });
  t.match(await checkModel({ ...denoise, model: "/no/such.onnx" }), { state: "fail", what: /no such/, cure: /correct denoise\.model/ });
  for (const provider of ["webgpu", "cuda"] as const) {
    const check = await checkModel({ ...denoise, provider });
    if (check.state === "ok") t.match(check.what, new RegExp(`runs on ${provider}`));
    else
      t.match(check, {
        state: "warn",
        what: new RegExp(`runs on cpu .*: the execution provider ${provider} cannot be had here: Failed`),
        cure: /denoise\.provider = "cpu"/,
      });
  }
});

t.test("the library of components", async (t) => {
  const folder = t.testdir({ damaged: "BSCOMP and nothing else", good: "" });
  const [none, damaged, good] = ["none", "damaged", "good"].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(good, encodeSession({ libraries: [], joined: [], words: [] }));
  const check = (library: string | null, freeze = false) => checkLibrary({ max: 32, library, freeze });
  t.same(await check(null), []);
  t.match(await check(none), [{ name: "library", state: "ok", what: /will be made/ }]);
  t.match(await check(none, true), [{ state: "fail", what: /there is no such file/ }]);
  t.match(await check(damaged), [{ state: "fail", what: /damaged: is / }]);
  t.match(await check(good, true), [{ state: "ok", what: /0 classes of 0 camera lengths/ }]);
  t.match(await check(join(folder, "no", "such")), [{ state: "fail", cure: /writable/ }]);
  const io = anIo({ env: { BRAGGSTREAM__COMPONENTS__LIBRARY: damaged } });
  t.equal(await doctorCommand.run(["--quick", "--http", "127.0.0.1:0", "--source", "ipc:///no/such/folder/x"], io), 1);
  t.match(io.outs.join("\n"), /^fail +library +.*damaged: is /m);
});

t.test("the command: lines, exit codes, JSON", async (t) => {
  const sender = await aPush();
  t.teardown(() => sender.close());
  const fine = ["--quick", "--source", sender.endpoint, "--http", "127.0.0.1:0"];
  const good = await runMain(["doctor", ...fine]);
  t.equal(good.code, 0);
  t.equal(good.err, "");
  for (const name of ["node", "kernels", "dashboard", "model", "configuration", "memory", "http", "endpoint"])
    t.match(good.out, new RegExp(`^(ok|warn) +${name} `, "m"), name);
  t.notMatch(good.out, /^\w+ +disk/m);
  const json = await runMain(["doctor", "--json", ...fine.slice(1)]);
  t.equal(json.code, 0);
  const { ok, checks } = JSON.parse(json.out);
  t.equal(ok, true);
  t.match(
    checks.find((c: { name: string }) => c.name === "disk"),
    { state: "ok", cure: null },
  );
  const listening = await runMain(["doctor", ...fine, "--listen", "--seconds", "0.2"]);
  t.match(listening.out, /^warn +data +idle/m);
  t.equal(listening.code, 0, "idle is no failure");

  const closed = await runMain([
    "doctor",
    "--quick",
    "--listen",
    "--source",
    `tcp://127.0.0.1:${await aClosedPort()}`,
    "--http",
    "127.0.0.1:0",
  ]);
  t.equal(closed.code, 1);
  t.match(closed.out, /^fail +endpoint .*; start the detector's server/m);
  t.notMatch(closed.out, / data /);

  const wrong = await runMain(["doctor", "--quick", "--protocol", "x", "--scan", "0x1"]);
  t.equal(wrong.code, 1);
  t.equal(wrong.out.split("\n").filter((line) => line.startsWith("fail  configuration")).length, 2);
  t.match(await runMain(["doctor", "--seconds", "never"]), { code: 2, err: /--seconds must be a number/ });
});

t.test("files of the configuration, and an endpoint that cannot be listened on", async (t) => {
  const env = { BRAGGSTREAM__DETECTOR__MASK: "/no/such/mask.npy", BRAGGSTREAM__SOURCE__BIND: "true" };
  const io = anIo({ env });
  const args = ["--quick", "--http", "127.0.0.1:0", "--source", "ipc:///no/such/folder/x", "--listen", "--seconds", "0.2"];
  t.equal(await doctorCommand.run(args, io), 1);
  t.match(io.outs.join("\n"), /^fail +detector\.mask /m);
  t.match(io.outs.join("\n"), /^fail +data /m);
});

t.test("a signal ends the listening", async (t) => {
  const sender = await aPush();
  t.teardown(() => sender.close());
  const args = ["doctor", "--quick", "--listen", "--seconds", "600", "--source", sender.endpoint, "--http", "127.0.0.1:0"];
  const child = spawn(process.execPath, [MAIN, ...args], { env: cleanEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (bytes: Buffer) => {
    out += bytes.toString();
    if (!child.killed && / endpoint /.test(out)) child.kill("SIGINT");
  });
  t.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
  t.match(out, /^warn +data +idle/m);
});

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { checkHttp } from "../../src/commands/doctor/http.js";
import { checkLibrary } from "../../src/commands/doctor/library.js";
import { checkDashboard, checkDisk, checkFiles, checkKernels, checkMemory, checkNode } from "../../src/commands/doctor/machine.js";
import { checkModel } from "../../src/commands/doctor/model.js";
import { doctorCommand } from "../../src/commands/doctor.js";
import { parseConfig } from "../../src/config/index.js";
import { encodeSession } from "../../src/line/library-file.js";
import { anIo, cleanEnvironment, MAIN, runMain } from "../fixtures/command-line.js";
import { aClosedPort, aPush, aServer } from "../fixtures/loopback.js";

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
  const { denoise, archive } = parseConfig().config;
  const memory = { backlog_mb: 1000, frames_mb: 2000, reserve: true, patterns_mb: 500, maps_mb: 100, keep_series: 4 };
  t.match(checkMemory({ memory, denoise, archive }, { totalMib: 8000, freeMib: 7000 }), { state: "ok" });
  t.match(checkMemory({ memory, denoise, archive }, { totalMib: 8000, freeMib: 3000 }), { state: "warn" });
  t.match(checkMemory({ memory, denoise, archive }, { totalMib: 3000, freeMib: 3000 }), { state: "fail", cure: /memory\.frames_mb/ });
  t.match(checkMemory({ memory: { ...memory, backlog_mb: 1_048_576 * 64 }, denoise, archive }), { state: "fail" });
  const all = { memory, denoise: { ...denoise, patterns: "all" }, archive } as const;
  const archived = { memory, denoise, archive: { ...archive, directory: "/data" } };
  for (const config of [all, archived])
    t.match(checkMemory(config, { totalMib: 3700, freeMib: 3700 }), { state: "fail", what: /, patterns 500 MiB, the rest/ });
  t.match(await checkDisk(null), { state: "ok", what: /nothing is archived\): \d+ MB\/s, \d+ MiB free$/ });
  t.match(await checkDisk(join(tmpdir(), "no", "such", "folder")), { state: "ok", what: /folder: \d+ MB/ }, "it will be made");
  t.match(await checkDisk(join(fileURLToPath(import.meta.url), "inside")), { state: "fail", what: /ENOTDIR/, cure: /archive\.directory/ });
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

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { configCommand } from "../../src/commands/config.js";
import { loadConfig } from "../../src/commands/flags.js";
import { FIELDS, jsonSchema, parseConfig } from "../../src/config/index.js";
import { isFault } from "../../src/core/fault.js";
import { anIo, runCommand } from "../fixtures/command-line.js";

const folder = await mkdtemp(join(tmpdir(), "braggstream-config-"));
t.teardown(() => rm(folder, { recursive: true }));
const good = join(folder, "good.toml");
const bad = join(folder, "bad.toml");
await writeFile(good, '[source]\nprotocol = "sls"\n[detector]\nmask = "mask.npy"\n[http]\ntoken = "0123456789abcdef"\n');
await writeFile(bad, '[source]\nprotocol = "x"\nprotocl = 1\n');

/** What a promise is rejected with, which must be a fault. */
async function faultOf(p: Promise<unknown>): Promise<{ code: string; at: string; message: string }> {
  try {
    await p;
  } catch (e) {
    if (isFault(e)) return { code: e.code, at: e.at, message: e.message };
    throw e;
  }
  throw new Error("no fault");
}

t.test("print: TOML with origins, that reads back", async (t) => {
  const { code, out, err } = await runCommand(configCommand, ["print", "--config", good, "--scan=3x4"], {
    BRAGGSTREAM__SCAN__STEP_NM: "2",
  });
  t.equal(code, 0);
  t.equal(err, "");
  t.match(out, `protocol = "sls"  # file ${good}`);
  t.match(out, /^shape = \[ 3, 4 \] {2}# flag --scan$/m);
  t.match(out, /^step_nm = 2 {2}# environment BRAGGSTREAM__SCAN__STEP_NM$/m);
  t.match(out, /^endpoint = "tcp:\/\/127\.0\.0\.1:30001" {2}# default$/m);
  t.notMatch(out, /0123456789abcdef/);
  t.same(parseConfig({ file: { name: "again", text: out } }).config.scan.shape, [3, 4]);
});

t.test("print --json: every key", async (t) => {
  const { out } = await runCommand(configCommand, ["print", "--json", "--config", good]);
  const { fields } = JSON.parse(out);
  t.equal(fields.length, FIELDS.length);
  t.match(
    fields.find((f: { key: string }) => f.key === "http.token"),
    { value: "set", origin: `file ${good}` },
  );
});

t.test("print and check tell every problem and end with 2", async (t) => {
  for (const action of ["print", "check"]) {
    const { code, out, err } = await runCommand(configCommand, [action, "--config", bad, "--http", "nowhere"]);
    t.equal(code, 2);
    t.equal(out, "");
    t.match(err, /unknown key source\.protocl; did you mean source\.protocol\?/);
    t.match(err, /source\.protocol must be one of dectris-v1/);
    t.match(err, /http\.listen must be HOST:PORT.*\(flag --http\)/);
    t.equal(err.split("\n").length, 3);
  }
});

t.test("check", async (t) => {
  t.match(await runCommand(configCommand, ["check"]), { code: 0, out: "ok: all defaults" });
  t.match(await runCommand(configCommand, ["check", "--http", "127.0.0.1:0"]), { code: 0, out: "ok: http.listen from flag --http" });
  const fine = await runCommand(configCommand, ["check", "--json", "--config", good]);
  t.same(JSON.parse(fine.out), { ok: true, problems: [] });
  const wrong = await runCommand(configCommand, ["check", "--json", "--config", bad]);
  t.equal(wrong.code, 2);
  t.match(JSON.parse(wrong.out), { ok: false, problems: [{ key: "source.protocl" }, { key: "source.protocol" }] });
});

t.test("schema", async (t) => {
  const { code, out } = await runCommand(configCommand, ["schema"]);
  t.equal(code, 0);
  t.same(JSON.parse(out), JSON.parse(JSON.stringify(jsonSchema())));
});

t.test("wrong usage", async (t) => {
  t.match(await faultOf(runCommand(configCommand, [])), { code: "bad-usage", message: "config needs one of print, check, schema" });
  t.match(await faultOf(runCommand(configCommand, ["prnt"])), { code: "bad-usage", message: /not "prnt"$/ });
  t.match(await faultOf(runCommand(configCommand, ["print", "--htp", "x"])), {
    code: "bad-usage",
    at: "--htp",
    message: /did you mean --http\?/,
  });
  t.match(await faultOf(runCommand(configCommand, ["print", "more"])), { code: "bad-usage", message: /unexpected argument "more"/ });
});

t.test("the help page lists every key", async (t) => {
  for (const { key } of FIELDS) t.ok(configCommand.help.includes(`  ${key} `), key);
});

t.test("flags of the line", async (t) => {
  const { config, origins, flags } = await loadConfig(
    [
      "--source",
      "tcp://dcu:31001",
      "--protocol=dectris-v1",
      "--scan",
      "256X128",
      "--http=127.0.0.1:0",
      "--once",
      "--wait",
      "2.5",
      "--log-level",
      "debug",
    ],
    anIo(),
  );
  t.equal(config.source.endpoint, "tcp://dcu:31001");
  t.equal(config.source.protocol, "dectris-v1");
  t.same(config.scan.shape, [256, 128]);
  t.equal(config.http.listen, "127.0.0.1:0");
  t.same(origins["scan.shape"], { from: "flag", name: "--scan" });
  t.match(flags, { once: true, waitSeconds: 2.5, logLevel: "debug" });
  t.match((await loadConfig([], anIo())).flags, { once: false, waitSeconds: null, logLevel: "info" });
  const own = await loadConfig(["--speed", "9"], anIo(), { speed: "text" });
  t.equal(own.flags.own.text.speed, "9", "a command may have flags of its own");
});

t.test("wrong flags name themselves and what is allowed", async (t) => {
  const cases: [string[], string, RegExp][] = [
    [["--scan", "256"], "bad-usage", /^--scan must be ROWSxCOLS, for example 256x256, not "256"$/],
    [["--scan", "0x4"], "bad-config", /^scan\.shape must be \[rows, cols\].*\(flag --scan\)$/],
    [["--wait", "soon"], "bad-usage", /^--wait must be a number from 0/],
    [["--log-level", "loud"], "bad-usage", /^--log-level must be one of trace, debug, info, warn, error, silent, not "loud"$/],
    [["--protocol", "eiger"], "bad-config", /^source\.protocol must be one of .*\(flag --protocol\)$/],
    [["--http", "0.0.0.0:80"], "bad-config", /^http\.token must be set/],
    [["--config"], "bad-usage", /^--config needs a value$/],
    [["--once=1"], "bad-usage", /^--once takes no value$/],
    [["--config", join(folder, "none.toml")], "bad-usage", /there is no such file$/],
    [["--config", folder], "bad-usage", /it is a folder$/],
    [["--config", join(good, "x")], "bad-usage", /ENOTDIR/],
    [["--config", bad], "bad-config", /\n/],
  ];
  for (const [args, code, message] of cases) t.match(await faultOf(loadConfig(args, anIo())), { code, message }, args.join(" "));
});

t.test("files named in the file are relative to it, all others to the working folder", async (t) => {
  t.equal((await loadConfig(["--config", good], anIo())).config.detector.mask, join(folder, "mask.npy"));
  const env = { BRAGGSTREAM__DETECTOR__MASK: "mask.npy" };
  t.equal((await loadConfig(["--config", good], anIo({ env }))).config.detector.mask, join(process.cwd(), "mask.npy"));
});

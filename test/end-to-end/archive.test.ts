import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { trainCommand } from "../../src/commands/train.js";
import { readRaw } from "../../src/sinks/archive/read-raw.js";
import { openSender } from "../../src/transport/sender.js";
import { runCommand, runMain } from "../fixtures/command-line.js";
import { type RunningCommand, startCommand } from "../fixtures/daemon.js";
import { HYPERSPY, openedByHyperSpy } from "../fixtures/hyperspy.js";
import { attributesOf, readZarr } from "../fixtures/read-zarr.js";
import { aScan, played } from "../fixtures/scan.js";
import { needs } from "../fixtures/shared.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-archive-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const [ROWS, COLUMNS] = [12, 14];
const scan = aScan({ rows: ROWS, columns: COLUMNS, size: 24, electrons: 300, descan: 0 });
const messages = [...played(scan, "dectris-v2")];
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
let count = 0;

interface Running {
  readonly daemon: RunningCommand;
  readonly directory: string;
  readonly api: string;
  send(from: number, to?: number): Promise<void>;
}

/** A daemon that archives, and a sender to it. */
async function archiving(t: Test, more = ""): Promise<Running> {
  const name = join(folder, `daemon-${count++}`);
  const config = `${name}.toml`;
  const beam = "[calibration]\nbeam_center = [12, 11]\nbf_radius_px = 2.4\n";
  writeFileSync(config, `[source]\nbind = true\nendpoint = "tcp://127.0.0.1:0"\nsilence_s = 60\n${beam}${more}`);
  const daemon = startCommand([
    "run",
    "--config",
    config,
    "--http",
    "127.0.0.1:0",
    "--scan",
    `${ROWS}x${COLUMNS}`,
    "--archive",
    name,
    "--log-level",
    "warn",
  ]);
  t.teardown(() => daemon.child.kill("SIGKILL"));
  const [, url = ""] = await daemon.printed(/dashboard\s+(http\S+)/);
  const [, endpoint = ""] = await daemon.printed(/frames\s+(tcp\S+)/);
  const sender = await openSender({ endpoint, socket: "push", bind: false, highWaterMark: 1000 });
  t.teardown(() => sender.close());
  return {
    daemon,
    directory: name,
    api: `${url}api/v1/series/latest`,
    async send(from, to) {
      for (const parts of messages.slice(from, to)) await sender.send(parts);
    },
  };
}

/** The one store of a folder, once it has so many frames and rows of the map. */
async function storeWith(directory: string, frames: number, rows: number): Promise<string> {
  for (;;) {
    const [name] = existsSync(directory) ? readdirSync(directory).filter((n) => n.endsWith(".zspy")) : [];
    const path = join(directory, name ?? "");
    if (name && existsSync(join(path, "braggstream/maps/neighbours/.zarray")) && existsSync(join(path, "braggstream/raw/image/.zarray"))) {
      const sums = readZarr(path, "braggstream/maps/sum").values;
      const done = Array.from({ length: rows * COLUMNS }, (_, i) => Number(sums[i])).every((v) => v > 0);
      if (done && readRaw(path).count >= frames) return path;
    }
    await pause(50);
  }
}

t.test("opened while the scan runs, and after the daemon was killed", { timeout: 300_000 }, async (t) => {
  const a = await archiving(t);
  await a.send(0, 1 + 9 * COLUMNS);
  const path = await storeWith(a.directory, 9 * COLUMNS, 8);
  if (HYPERSPY) t.match(openedByHyperSpy(path), { shape: [ROWS, COLUMNS, 24, 24] }, "while it runs");
  const out = join(folder, "running.onnx");
  t.match(await runCommand(trainCommand, [path, "--out", out, "--steps", "5", "--quiet"]), { code: 0 }, "trained on while it runs");
  a.daemon.child.kill("SIGKILL");
  await a.daemon.ended;
  const frames = [...readRaw(path).frames()];
  t.equal(frames.length, 9 * COLUMNS);
  t.ok(frames.every((f) => Buffer.compare(f.bytes, scan.payloads[f.image] as Uint8Array) === 0));
  const sums = readZarr(path, "braggstream/maps/sum").values;
  t.ok(
    scan.frames.slice(0, 8 * COLUMNS).every((f, i) => sums[i] === Array.from(f).reduce((n, v) => n + v, 0)),
    "finished rows are there",
  );
  t.ok(Number.isNaN(sums[11 * COLUMNS]), "and of the others it is said that there is nothing");
  t.match(attributesOf(path, "braggstream").provenance, { complete: false, series: { state: "live" } });
  if (HYPERSPY) t.match(openedByHyperSpy(path), { shape: [ROWS, COLUMNS, 24, 24] }, "after it was killed");
  t.match(await runCommand(trainCommand, [path, "--out", out, "--steps", "5", "--quiet", "--force"]), { code: 0 });
});

t.test("HyperSpy is here", needs(HYPERSPY, "python3-hyperspy"), async (t) => t.ok(HYPERSPY));

t.test("a signal drains and closes the archive", { timeout: 300_000 }, async (t) => {
  const a = await archiving(t);
  await a.send(0, 1 + 6 * COLUMNS);
  const path = await storeWith(a.directory, 6 * COLUMNS, 5);
  t.match(await (await fetch(a.api)).json(), { archive: { path, state: "writing", bytes: Number } });
  const metrics = await (await fetch(a.api.replace("api/v1/series/latest", "metrics"))).text();
  t.ok(Number(/^braggstream_archive_bytes_written_total (\d+)/m.exec(metrics)?.[1]) > 1000);
  t.equal(await a.daemon.stop(), 0);
  const { provenance } = attributesOf(path, "braggstream") as { provenance: Record<string, unknown> };
  t.match(provenance, { complete: true, series: { state: "aborted", denoise: { patterns: { final: 6 * COLUMNS, waiting: 0 } } } });
  const tiers = Array.from(readZarr(path, "braggstream/maps/pattern_tier").values, Number);
  t.same(
    tiers,
    tiers.map((_, i) => (i < 6 * COLUMNS ? 3 : 0)),
    "every pattern of what came is final",
  );
});

t.test("configuration and secrets: the token is not in the archive", { timeout: 300_000 }, async (t) => {
  const a = await archiving(t, '[denoise]\nmethod = "off"\n[components]\nmax = 0\n[http]\ntoken = "a-very-secret-token"\n');
  await a.send(0);
  for (let path = ""; path === ""; await pause(50)) {
    const [name] = readdirSync(a.directory).filter((n) => n.endsWith(".zspy"));
    if (!name || !existsSync(join(a.directory, name, "braggstream/.zattrs"))) continue;
    const { provenance } = attributesOf(a.directory, name, "braggstream") as { provenance: { complete?: boolean } };
    if (!provenance?.complete) continue;
    path = join(a.directory, name);
    t.match(provenance, { configuration: { "http.token": { value: "set" }, "denoise.method": { value: "off" } }, braggstream: String });
    t.notMatch(JSON.stringify(provenance), /very-secret/);
  }
  t.equal(await a.daemon.stop(), 0);
});

t.test("a recording and its archive make the same model; --once names the archive", { timeout: 300_000 }, async (t) => {
  const record = join(folder, "scan.bsrec");
  const endpoint = `ipc://${join(folder, "source")}`;
  const microscope = [
    "simulate",
    "--bind",
    endpoint,
    "--scan",
    "16x18",
    "--size",
    "32",
    "--fps",
    "2000",
    "--scans",
    "1",
    "--faults",
    "loss=0.03,swap=0.05",
  ];
  const sender = startCommand(microscope);
  const recorder = startCommand(["record", "--source", endpoint, "--protocol", "dectris-v2", "--out", record, "--once"]);
  t.equal(await recorder.ended, 0, recorder.text());
  await sender.stop();
  const replay = startCommand(["replay", record, "--bind", endpoint]);
  const directory = join(folder, "once");
  const { out } = await runMain([
    "run",
    "--source",
    endpoint,
    "--http",
    "127.0.0.1:0",
    "--once",
    "--archive",
    directory,
    "--log-level",
    "error",
  ]);
  await replay.stop();
  const { archive } = JSON.parse(out).summary;
  t.equal(archive, join(directory, readdirSync(directory)[0] as string));
  const models: Buffer[] = [];
  for (const [i, source] of [record, archive, `${archive}/`].entries()) {
    const to = join(folder, String(i));
    t.match(await runMain(["train", source, "--out", `${to}.onnx`, "--steps", "8", "--quiet"]), { code: 0 });
    models.push(readFileSync(`${to}.state`));
  }
  t.same(models[1], models[0], "to the bit");
  t.same(models[2], models[0]);
});

t.test("a folder that cannot be written is named at the start", async (t) => {
  writeFileSync(join(folder, "file"), "");
  const { code, err } = await runMain(["run", "--archive", join(folder, "file/inside"), "--http", "127.0.0.1:0"]);
  t.equal(code, 2);
  t.match(err, /archive\.directory: .*file\/inside cannot be written: ENOTDIR/);
});

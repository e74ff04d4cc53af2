import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { type RunningCommand, startCommand } from "../fixtures/daemon.js";

const LAYERS = ["sum", "bf", "adf", "com_row", "com_col", "centre", "tier", "frame_status"];
const MICROSCOPE = ["--scan", "24x24", "--size", "96", "--fps", "3000", "--scans", "1", "--seed", "5", "--faults", "loss=0.03,swap=0.05"];

interface Series {
  readonly state: string;
  readonly frames: Record<string, number>;
}

/** Starts a daemon, lets something play into it, and fetches every layer and summary when the series is over. */
async function mapped(play: (endpoint: string) => RunningCommand): Promise<{ series: Series; bytes: Record<string, string> }> {
  const endpoint = `ipc://${join(folder, `source-${count++}`)}`;
  const sender = play(endpoint);
  const daemon = startCommand(["run", "--source", endpoint, "--http", "127.0.0.1:0", "--log-level", "warn"]);
  const [, url] = await daemon.printed(/dashboard\s+(http\S+)/);
  const api = `${url}api/v1/series/latest`;
  let series: Series = { state: "none", frames: {} };
  while (series.state !== "finished" && series.state !== "aborted") {
    await new Promise((r) => setTimeout(r, 50));
    const answer = await fetch(api);
    if (answer.ok) series = (await answer.json()) as Series;
  }
  const bytes: Record<string, string> = {};
  for (const path of [...LAYERS.map((l) => `layers/${l}`), "summary/mean", "summary/max", "summary/variance"]) {
    const answer = await fetch(`${api}/${path}.npy`);
    bytes[path] = answer.ok ? Buffer.from(await answer.arrayBuffer()).toString("base64") : `${answer.status}`;
  }
  await daemon.stop();
  await sender.stop();
  return { series, bytes };
}
let folder = "";
let count = 0;

/** Measures only: what ends a scan is the same, and it is there sooner. */
async function plainConfig(): Promise<string> {
  const path = join(folder, "measures.toml");
  await writeFile(path, '[denoise]\nmethod = "off"\n[components]\nmax = 0\n');
  return path;
}

t.test("live equals replay, bit for bit, with losses and out of order", { timeout: 240_000 }, async (t) => {
  folder = await mkdtemp(join(tmpdir(), "braggstream-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const live = await mapped((endpoint) => startCommand(["simulate", "--bind", endpoint, ...MICROSCOPE]));
  t.equal(live.series.state, "finished");
  t.ok((live.series.frames.lost ?? 0) > 3 && (live.series.frames.out_of_order ?? 0) > 3, "the faults were made");
  for (const [path, bytes] of Object.entries(live.bytes)) t.ok(bytes.length > 100, `${path} is there`);

  const file = join(folder, "scan.bsrec");
  const endpoint = `ipc://${join(folder, "record")}`;
  const sender = startCommand(["simulate", "--bind", endpoint, ...MICROSCOPE]);
  const recorder = startCommand(["record", "--source", endpoint, "--protocol", "dectris-v2", "--out", file, "--once"]);
  t.equal(await recorder.ended, 0, recorder.text());
  await sender.stop();

  const replayed = await mapped((to) => startCommand(["replay", file, "--bind", to]));
  t.same(replayed.series.frames, live.series.frames, "the same account");
  t.same(replayed.bytes, live.bytes, "the same bits");
});

t.test("run --once: the summary line and the exit code", { timeout: 240_000 }, async (t) => {
  folder = await mkdtemp(join(tmpdir(), "braggstream-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const config = await plainConfig();
  const once = async (faults: string): Promise<{ code: number | null; summary: Record<string, unknown> }> => {
    const endpoint = `ipc://${join(folder, `once-${count++}`)}`;
    const sender = startCommand([
      "simulate",
      "--bind",
      endpoint,
      "--scan",
      "12x12",
      "--size",
      "64",
      "--fps",
      "3000",
      "--scans",
      "1",
      ...(faults ? ["--faults", faults] : []),
    ]);
    const daemon = startCommand([
      "run",
      "--once",
      "--source",
      endpoint,
      "--config",
      config,
      "--http",
      "127.0.0.1:0",
      "--log-level",
      "error",
    ]);
    const code = await daemon.ended;
    await sender.stop();
    const line = /\{"summary".*/.exec(daemon.text())?.[0] ?? "{}";
    return { code, summary: JSON.parse(line).summary };
  };
  const good = await once("");
  t.equal(good.code, 0);
  t.match(good.summary, { state: "finished", archive: null, frames: { expected: 144, placed: 144, lost: 0 } });
  const bad = await once("loss=0.2");
  t.equal(bad.code, 3);
  t.match(bad.summary, { state: "finished" });
  const aborted = await once("abort=0.5");
  t.equal(aborted.code, 3);
  t.match(aborted.summary, { state: "aborted" });
  const none = startCommand([
    "run",
    "--once",
    "--config",
    config,
    "--wait",
    "0.3",
    "--source",
    `ipc://${join(folder, "nobody")}`,
    "--http",
    "127.0.0.1:0",
    "--log-level",
    "error",
  ]);
  t.equal(await none.ended, 3, "no series came");
  t.match(none.text(), /"series":null/);
});

t.test("demo --once, and a taken port", { timeout: 240_000 }, async (t) => {
  folder = await mkdtemp(join(tmpdir(), "braggstream-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const measures = ["--config", await plainConfig()];
  const first = startCommand(["demo", ...measures, "--scan", "16x16", "--size", "64", "--http", "127.0.0.1:0", "--log-level", "warn"]);
  const [, port] = await first.printed(/dashboard\s+http:\/\/127\.0\.0\.1:(\d+)/);
  const taken = startCommand(["demo", "--once", ...measures, "--scan", "16x16", "--http", `127.0.0.1:${port}`]);
  t.equal(await taken.ended, 2, "a given address that is taken is an error");
  t.match(taken.text(), new RegExp(`${port}`));
  t.equal(await first.stop(), 0);
  const once = startCommand([
    "demo",
    "--once",
    ...measures,
    "--scan",
    "16x16",
    "--size",
    "64",
    "--protocol",
    "array-1.0",
    "--http",
    "127.0.0.1:0",
    "--log-level",
    "error",
  ]);
  t.equal(await once.ended, 0);
  t.match(once.text(), /"state":"finished"/);
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import t from "tap";
import type { SampleScan } from "../../src/commands/train/collect-samples.js";
import { readScan } from "../../src/commands/train/read-scan.js";
import { sampleScan } from "../../src/commands/train/sample-scan.js";
import { thinCounts } from "../../src/commands/train/thin-counts.js";
import { trainCommand, trainWith } from "../../src/commands/train.js";
import { place } from "../../src/core/scan.js";
import { checksum, openBankModel } from "../../src/networks/bank-model.js";
import { BANK_PLANES } from "../../src/networks/bank-network.js";
import type { Samples } from "../../src/networks/bank-trainer.js";
import { encodeRecord } from "../../src/wire/containers.js";
import { anIo, runCommand } from "../fixtures/command-line.js";
import { aScan, played, type ScanFixture } from "../fixtures/scan.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-train-"));
t.teardown(() => rmSync(folder, { recursive: true }));

function aRecording(name: string, messages: Iterable<readonly Uint8Array[]>): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([Buffer.from("BSREC1"), ...[...messages].flatMap((parts) => encodeRecord(0n, parts))]));
  return path;
}

/** Pixels of entries. */
function pixelsOf(entries: Uint32Array, count: number): number[] {
  const out = new Array<number>(count).fill(0);
  for (const e of entries) (out[e % 2 ** 25] as number) += e >>> 25;
  return out;
}

t.test("the lines of a scan, from every protocol, out of order, serpentine", (t) => {
  const scan = aScan({ rows: 5, columns: 7, size: 16, electrons: 60 });
  const swapped = Array.from(scan.payloads.keys(), (i) => Math.min(34, i ^ 1));
  for (const [wire, order, o] of [
    ["dectris-v2", undefined, { userData: JSON.stringify({ scan: { shape: [5, 7], order: "serpentine" } }) }],
    ["dectris-v1", swapped, {}],
    ["array-1.0", undefined, {}],
  ] as const) {
    const read = readScan(aRecording(`${wire}.bsrec`, played(scan, wire, o, order)), [5, 7]);
    t.match(read, { height: 16, width: 16, grid: { rows: 5, columns: 7, order: wire === "dectris-v2" ? "serpentine" : "raster" } });
    const lines = [...read.lines()];
    t.equal(lines.length, 5);
    for (const i of scan.payloads.keys()) {
      const at = place(read.grid, i);
      const entries = lines[Math.floor(at / 7)]?.[at % 7];
      t.same(entries && pixelsOf(entries, 256), [...(scan.frames[i] as Uint16Array)], `${wire}, image ${i}`);
    }
  }
  t.end();
});

t.test("masked, hot and saturated pixels have no counts; lost frames are null; a second series is left alone", (t) => {
  const scan = aScan({ rows: 16, columns: 20, electrons: 400 });
  const frames = scan.frames.map((f) => {
    const pixels = Uint16Array.from(f);
    pixels[280] = 50;
    pixels[281] = 65535;
    return pixels;
  });
  const plain = { ...scan.shape, encoding: "none", element: 0 } as const;
  const faulty: ScanFixture = { ...scan, shape: plain, frames, payloads: frames.map((f) => new Uint8Array(f.buffer)) };
  const kept = Array.from(scan.payloads.keys()).filter((i) => i !== 23);
  const mask = new Uint8Array(48 * 48);
  mask[7] = 1;
  const cut: ScanFixture = { ...faulty, payloads: faulty.payloads.map((p, i) => (i === 30 ? p.subarray(1) : p)) };
  const path = aRecording("faulty.bsrec", [...played(cut, "dectris-v2", { mask }, kept), ...played(scan, "dectris-v2", { series: 2 })]);
  const read = readScan(path, [16, 20]);
  t.equal(read.used[7], 0);
  t.equal(read.used[280], 0);
  const lines = [...read.lines()];
  t.equal(lines[1]?.[3], null);
  t.equal(lines[1]?.[10], null);
  const first = pixelsOf(lines[0]?.[0] as Uint32Array, 48 * 48);
  t.same([first[7], first[280], first[281]], [0, 0, 0]);
  t.same(first.slice(300), [...(scan.frames[0] as Uint16Array)].slice(300));
  t.end();
});

t.test("what holds no scan is a fault that names the file", (t) => {
  const scan = aScan({ rows: 2, columns: 2, size: 16 });
  for (const [name, messages, says] of [
    ["text.bsrec", [[Buffer.from("no message")]], /holds no frame of dectris-v1/],
    ["begin.bsrec", [...played(scan, "dectris-v2", {}, [])], /holds no frame/],
    [
      "damaged.bsrec",
      [...played({ ...scan, payloads: scan.payloads.map((p) => p.slice().fill(255, 12)) }, "dectris-v2")],
      /no frame of it can be unpacked/,
    ],
  ] as const)
    t.throws(() => readScan(aRecording(name, messages), null), { code: "bad-file", message: says });
  t.throws(() => readScan(join(folder, "none.bsrec"), null), { code: "bad-file" });
  t.end();
});

/** All frames of a row but the own make good averages; the training-free result is one neighbour, smeared out. */
const sampleRows: SampleScan = async function* ({ lines, used }) {
  for (const line of lines()) {
    const frames = line.map((entries) => entries && pixelsOf(entries, used.length));
    const sums = Array.from(used, (_, p) => frames.reduce((n, f) => n + (f?.[p] ?? 0), 0));
    for (const [c, own] of frames.entries()) {
      const other = frames[c ^ 1];
      if (!own || !other) continue;
      const bank = new Float32Array(BANK_PLANES * used.length);
      for (const [p, count] of own.entries()) {
        bank.fill(((sums[p] as number) - count) / (line.length - 1), p * BANK_PLANES, (p + 1) * BANK_PLANES);
        bank[(p + 1) * BANK_PLANES - 1] = 0.5 * (other[p] as number) + 0.5;
      }
      const of = (value: number): Float32Array => new Float32Array(used.length).fill(value);
      yield { bank, counts: Float32Array.from(own), mean: of(300 / used.length), frames: of(1) };
    }
  }
};
const command = trainWith(sampleRows);
const scan = aScan({ rows: 8, columns: 8, size: 16, descan: 0 });
const recording = aRecording("scan.bsrec", played(scan, "dectris-v2"));

t.test("a recording becomes a model with its card, and training goes on from there", async (t) => {
  const out = join(folder, "model.onnx");
  const { code, out: says } = await runCommand(command, [recording, "--out", out, "--scan", "8x8", "--steps", "60", "--licence", "MIT"]);
  t.equal(code, 0);
  t.match(says, /model\.onnx: finished after 60 steps; held-out deviance [\d.]+, training-free [\d.]+/);
  const [, deviance, start] = /deviance ([\d.]+), training-free ([\d.]+)/.exec(says) ?? [];
  t.ok(Number(deviance) < 0.8 * Number(start), says);
  const bytes = readFileSync(out);
  const model = await openBankModel(bytes, out);
  t.equal(model.name, "model");
  await model.close();
  const card = readFileSync(join(folder, "model.md"), "utf8");
  for (const part of [checksum(bytes), "scan.bsrec: 8 x 8 positions, 16 x 16 pixels", "--steps 60", "| licence | MIT |"])
    t.ok(card.includes(part), part);
  t.notOk(existsSync(`${out}.new`));
  // On from the state to more steps; on from the model by the clock.
  t.match((await runCommand(command, [recording, "--out", out, "--resume", "--steps", "61", "--quiet"])).out, /finished after 61 steps/);
  const next = join(folder, "next.onnx");
  t.match((await runCommand(command, [recording, "--out", next, "--from", out, "--seconds", "1", "--seed", "3"])).out, /after \d+ steps/);
});

t.test("stopped while it reads it writes nothing; while it trains, the best so far", async (t) => {
  const out = join(folder, "stopped.onnx");
  t.equal(await command.run([recording, "--out", out], anIo({ signal: AbortSignal.abort() })), 0);
  t.notOk(existsSync(out));
  const stop = new AbortController();
  const late: SampleScan = async function* (read, plan, signal) {
    yield* sampleRows(read, plan, signal);
    sampled = true;
  };
  let sampled = false;
  const base = anIo({ signal: stop.signal });
  const err = (line: string): void => {
    base.err(line);
    if (sampled && /step \d+, .*held-out deviance/.test(line)) stop.abort();
  };
  const io = { ...base, err, tty: true };
  t.equal(await trainWith(late).run([recording, "--out", out], io), 0);
  t.match(io.outs.join(), /stopped after \d+ steps/);
  t.match(io.errs.join("\n"), /scan\.bsrec: 64 positions[\s\S]*\[-+\] step \d+, loss -?[\d.]+, held-out deviance/);
  t.ok(existsSync(out));
});

t.test("trains on what the denoiser makes of a scan, blind, on valid pixels only", async (t) => {
  const [rows, columns, size] = [12, 13, 24];
  const faint = aScan({ rows, columns, size, electrons: 300, descan: 0 });
  const lost = 40;
  const mask = new Uint8Array(size * size);
  mask[100] = 1;
  const order = [...faint.payloads.keys()].filter((i) => i !== lost);
  const path = aRecording("faint.bsrec", played(faint, "dectris-v2", { mask }, order));
  const read = readScan(path, [rows, columns]);
  const valid = read.used.reduce((n, u) => n + Math.sign(u), 0);
  const blocks: Samples[] = [];
  for await (const block of sampleScan(read, { most: Number.POSITIVE_INFINITY, thin: null }, new AbortController().signal))
    blocks.push(block);
  t.equal(blocks.length, rows * columns - 1, "every position that has a frame");
  t.ok(blocks.every(({ counts, frames }) => counts.length === valid && (frames[0] as number) >= 1 && (frames[0] as number) <= 24));
  const own = pixelsOf([...read.lines()][5]?.[6] as Uint32Array, size * size).filter((_, p) => read.used[p] !== 0);
  t.same([...(blocks[5 * columns + 6 - 1] as Samples).counts], own);
  const sum = (values: Iterable<number>): number => [...values].reduce((a, v) => a + v, 0);
  for (let k = 0; k < BANK_PLANES; k++) {
    const foretold = blocks.reduce((a, { bank }) => a + sum(bank.filter((_, i) => i % BANK_PLANES === k)), 0);
    const counted = blocks.reduce((a, { counts }) => a + sum(counts), 0);
    t.ok(Math.abs(foretold / counted - 1) < 0.05, `plane ${k} foretells the counts: ${foretold / counted}`);
  }
  const few: Samples[] = [];
  for await (const block of sampleScan(read, { most: 38_400, thin: null }, new AbortController().signal)) few.push(block);
  t.ok(sum(few.map(({ counts }) => counts.length)) <= 38_400 && few.length === blocks.length);
  const none = sampleScan(read, { most: 1e9, thin: null }, AbortSignal.abort())[Symbol.asyncIterator]();
  t.match(await none.next(), { done: true });

  const out = join(folder, "faint.onnx");
  const { out: says } = await runCommand(trainCommand, [path, "--out", out, "--scan", `${rows}x${columns}`, "--steps", "300"]);
  const [, deviance, start] = /deviance ([\d.]+), training-free ([\d.]+)/.exec(says) ?? [];
  t.ok(Number(deviance) < Number(start), says);
});

t.test("counts are dealt out at random, each to one part, the same way each time", async (t) => {
  const entries = Uint32Array.from({ length: 500 }, (_, p) => (p | ((1 + (p % 127)) << 25)) >>> 0);
  const { kept, rest } = thinCounts(entries, 0.3, 5);
  const [all, a, b] = [entries, kept, rest].map((list) => pixelsOf(list, 500)) as [number[], number[], number[]];
  t.same(
    a.map((n, p) => n + (b[p] as number)),
    all,
  );
  const sum = (list: number[]): number => list.reduce((x, y) => x + y, 0);
  t.ok(Math.abs(sum(a) / sum(all) - 0.3) < 0.01, `${sum(a) / sum(all)}`);
  t.same(thinCounts(entries, 0.3, 5), { kept, rest });
  t.notSame(thinCounts(entries, 0.3, 6), { kept, rest });
});

t.test("of a high dose, part of the counts foretells the rest", async (t) => {
  const [rows, columns, size] = [10, 11, 24];
  const bright = aScan({ rows, columns, size, electrons: 6000, descan: 0 });
  const path = aRecording("bright.bsrec", played(bright, "dectris-v2"));
  const read = readScan(path, [rows, columns]);
  const sum = (values: Iterable<number>): number => [...values].reduce((a, v) => a + v, 0);
  let [foretold, counted, deviance, blocks] = [0, 0, 0, 0];
  for await (const { bank, counts } of sampleScan(read, { most: 1e9, thin: 0.05 }, new AbortController().signal)) {
    const rates = bank.filter((_, i) => i % BANK_PLANES === BANK_PLANES - 1);
    foretold += sum(rates);
    counted += sum(counts);
    deviance += sum(counts.map((x, i) => (x - (rates[i] as number)) ** 2));
    blocks++;
  }
  t.equal(blocks, rows * columns);
  t.ok(Math.abs(counted / blocks / 300 - 1) < 0.05 && Math.abs(foretold / counted - 1) < 0.02, `${foretold}, ${counted}`);
  t.ok(deviance < 0.3 * counted, "with much less noise than so many counts would have");

  const out = join(folder, "bright.onnx");
  const args = [path, "--out", out, "--scan", `${rows}x${columns}`, "--steps", "10", "--thin", "0.05"];
  t.match((await runCommand(trainCommand, args)).out, /after 10 steps/);
});

t.test("wrong usage is refused by name", async (t) => {
  const out = join(folder, "model.onnx");
  const few = aRecording("few.bsrec", played(aScan({ rows: 1, columns: 4, size: 16 }), "dectris-v2"));
  for (const [args, at] of [
    [["--out", "a.onnx"], "train"],
    [[recording], "--out"],
    [[recording, "--out", "a.pt"], "--out"],
    [[recording, "--out", out], "--out"],
    [[recording, "--out", "a.onnx", "--steps", "1", "--seconds", "1"], "--seconds"],
    [[recording, "--out", out, "--resume", "--from", out], "--resume"],
    [[recording, "--out", "a.onnx", "--scan", "8"], "--scan"],
    [[recording, "--out", "a.onnx", "--steps", "0"], "--steps"],
    [[recording, "--out", "a.onnx", "--seconds", "x"], "--seconds"],
    [[recording, "--out", "a.onnx", "--seed", "-1"], "--seed"],
    [[recording, "--out", "a.onnx", "--thin", "1"], "--thin"],
    [[recording, "--out", "a.onnx", "--from", recording], recording],
    [[recording, "--out", join(folder, "b.onnx"), "--resume"], join(folder, "b.state")],
    [[few, "--out", join(folder, "c.onnx"), "--scan", "1x4"], few],
  ] as const)
    await t.rejects(runCommand(command, args), { name: "Fault", at }, args.map((a) => basename(a)).join(" "));
  t.match((await runCommand(command, ["--help"])).out, /braggstream train FILE/);
});

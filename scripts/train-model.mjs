#!/usr/bin/env node
/**
 * Makes models/denoise-bank.onnx: bright scans of the virtual microscope, every one of another specimen, with other optics, detector and dose, and
 * then `braggstream train` on all of them, which sees a tenth of their counts and foretells the rest. `node scripts/train-model.mjs [FOLDER]`: where the recordings are kept (default: nowhere).
 */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../dist/src/main.js", import.meta.url));
const MODELS = fileURLToPath(new URL("../models/", import.meta.url));
const NAME = "denoise-bank";
const STEPS = 20_000;
const SCANS = 48;
/** Share of the counts that is denoised in training. */
const THIN = 0.1;
const SIZES = [64, 80, 96, 112, 128, 144];
const SHAPES = ["48x48", "40x40", "36x56"];
const PRECESSIONS = [12, 0, 0, 5, 0, 20, 0];
/** Steps of a sequence that fills [0, 1) evenly, another one for each property. */
const share = (i, by) => (i * by) % 1;
const between = (least, most, at) => least * (most / least) ** at;

/** Flags of `braggstream simulate`. */
function scan(i) {
  return {
    scan: SHAPES[i % SHAPES.length],
    size: SIZES[(5 * i) % SIZES.length],
    dose: Math.round(between(30, 5000, share(i, 0.618034)) / THIN),
    convergence: between(0.8, 4, share(i, 0.754878)).toFixed(2),
    precession: PRECESSIONS[i % PRECESSIONS.length],
    seed: 1000 + i,
  };
}

const program = (...args) => spawn(process.execPath, [MAIN, ...args.map(String)], { stdio: ["ignore", "ignore", "pipe"] });
const ended = (child) =>
  new Promise((done, fail) => {
    let says = "";
    child.stderr.on("data", (text) => {
      says += text;
    });
    child.on("exit", (code) => (code === 0 ? done() : fail(new Error(says))));
  });

/** Renders a scan and records it, all of its frames. */
async function record(i, path) {
  const flags = Object.entries(scan(i)).flatMap(([name, value]) => [`--${name}`, value]);
  const endpoint = `ipc://${path}.socket`;
  const microscope = program("simulate", "--bind", endpoint, "--scans", 1, "--fps", 1000, ...flags);
  await Promise.all([ended(microscope), ended(program("record", "--source", endpoint, "--out", path, "--once", "--force"))]);
}

const folder = process.argv[2] ? resolve(process.argv[2]) : mkdtempSync(join(tmpdir(), "braggstream-model-"));
const recordings = [];
for (let i = 0; i < SCANS; i++) {
  const { size, dose, convergence, precession, seed } = scan(i);
  const name = `${size}px-${dose}e-${convergence}mrad-precessed${precession}-seed${seed}.bsrec`;
  if (!existsSync(join(folder, name))) await record(i, join(folder, name));
  recordings.push(name);
}
const plan = ["--out", `${NAME}.onnx`, "--force", "--thin", THIN, "--steps", STEPS, "--licence", "MIT"].map(String);
const train = [MAIN, "train", ...recordings, ...plan];
const training = spawn(process.execPath, train, { cwd: folder, stdio: "inherit" });
training.on("exit", (code) => {
  if (code === 0) for (const end of ["onnx", "md"]) copyFileSync(join(folder, `${NAME}.${end}`), join(MODELS, `${NAME}.${end}`));
  if (!process.argv[2]) rmSync(folder, { recursive: true });
  process.exitCode = code ?? 1;
});

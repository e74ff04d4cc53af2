import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { Fault } from "../core/fault.js";
import { checksum, encodeBankModel, openBankModel } from "../networks/bank-model.js";
import { modelCard } from "../networks/model-card.js";
import { networkRuntime } from "../networks/network.js";
import {
  TRAINING,
  type Trained,
  type TrainingLength,
  type TrainingProgress,
  type TrainingSets,
  type TrainingState,
  trainBank,
} from "../networks/train-bank.js";
import { decodeTrainingState, encodeTrainingState } from "../networks/training-state.js";
import { type Command, numberFlag, type ParsedFlags, parseFlags } from "./command.js";
import { progressLine } from "./progress-line.js";
import { collectSamples, type SampleScan } from "./train/collect-samples.js";
import { fetchScan, isAddress } from "./train/fetch-scan.js";
import { type RecordedScan, readScan } from "./train/read-scan.js";
import { sampleScan } from "./train/sample-scan.js";

const FLAGS = {
  out: "text",
  scan: "text",
  seconds: "text",
  steps: "text",
  from: "text",
  thin: "text",
  resume: "switch",
  seed: "text",
  licence: "text",
  quiet: "switch",
  force: "switch",
} as const;

const help = `\
braggstream train FILE|URL... --out FILE.onnx [flags]

Trains the denoiser on scans: self-supervised, each frame's own counts are what its neighbours must foretell.
It starts at the training-free estimate, stops when held-out positions get no better, and keeps the best. Beside the
model it writes its card (.md) and the state of the training (.state).

  FILE   a recording: .bsrec, .zmsg or .bin, the first series of it
         an archive: ID.zspy, written with [archive] raw = true; its scan may still be running, or have been cut short
  URL    a running daemon, http://127.0.0.1:8080: the frames that it keeps of its newest series, which may still be
         running; http://127.0.0.1:8080/api/v1/series/ID: of that one. Where it asks for a token it is taken from
         BRAGGSTREAM__HTTP__TOKEN. The daemon goes on with its own model: name the new one in [denoise] model.

  --out FILE.onnx    the model
  --scan ROWSxCOLS   shape of recorded scans (default: as the stream or the archive says)
  --steps N          length of the training (default ${(TRAINING.length as { steps: number }).steps})
  --seconds N        instead: end after so long
  --thin SHARE       of scans with a higher dose than is wanted: the denoiser sees this share of the counts, drawn at
                     random, and foretells the others (default: it foretells frames from their neighbours)
  --from FILE.onnx   begin with this model instead of the training-free estimate
  --resume           go on from the .state beside --out
  --seed N           of the first weights and the order of samples (default ${TRAINING.seed})
  --licence NAME     for the card (default: not stated)
  --force            write over an existing file
  --quiet            no progress

Ctrl-C ends the training; the best so far is written, and --resume goes on from there.`;

/** Recordings into a model. `sample`: what makes samples of a scan. */
export const trainWith = (sample: SampleScan): Command => ({
  name: "train",
  about: "train the denoiser on recorded scans, or those of a running daemon",
  help,
  async run(args, io) {
    const flags = parseFlags(args, FLAGS, Number.POSITIVE_INFINITY);
    if (flags.on.has("help")) {
      io.out(help);
      return 0;
    }
    const plan = planOf(flags);
    const line = flags.on.has("quiet") ? { show: () => {}, leave: () => {} } : progressLine(io);
    const from = await beginningOf(flags, plan.out);
    const scans: RecordedScan[] = [];
    try {
      for (const source of flags.rest)
        scans.push(
          isAddress(source)
            ? await fetchScan(source, io.env.BRAGGSTREAM__HTTP__TOKEN, io.signal, (rows, of) =>
                line.show(`${source}: row ${rows} of ${of}`),
              )
            : readScan(source, plan.shape),
        );
      const sets = await collectSamples(scans, sample, plan.thin, io.signal, ({ path }, n) => line.show(`${path}: ${n} positions`));
      if (io.signal.aborted) return 0;
      line.leave();
      const trained = await trainBank(sets, { ...TRAINING, length: plan.length, seed: plan.seed }, from, {
        signal: io.signal,
        progress: (p) => line.show(progressText(p)),
      });
      line.leave();
      await write(plan, args, scans.map(scanText), sets, trained);
      io.out(resultText(plan.out, trained));
      return 0;
    } catch (e) {
      if (io.signal.aborted) return 0;
      throw e;
    } finally {
      for (const scan of scans) scan.close?.();
    }
  },
});

const scanText = ({ path, grid, height, width }: RecordedScan): string =>
  `${basename(path)}: ${grid.rows} x ${grid.columns} positions, ${height} x ${width} pixels`;

/** `train`: self-supervised, on recorded scans and those that a daemon has. */
export const trainCommand = trainWith(sampleScan);

interface Plan {
  readonly out: string;
  readonly shape: readonly [number, number] | null;
  readonly length: TrainingLength;
  readonly seed: number;
  readonly thin: number | null;
  readonly licence: string;
}

function planOf({ text, on, rest }: ParsedFlags): Plan {
  const { out } = text;
  if (rest.length === 0)
    throw new Fault("bad-usage", "train", "train needs recordings, .bsrec, .zmsg or .bin, archives, .zspy, or the address of a daemon");
  if (out === undefined || !out.endsWith(".onnx")) throw new Fault("bad-usage", "--out", "--out FILE.onnx is needed");
  if (existsSync(out) && !on.has("force") && !on.has("resume"))
    throw new Fault("bad-usage", "--out", `${out} exists; --force writes over it`);
  if (text.steps !== undefined && text.seconds !== undefined)
    throw new Fault("bad-usage", "--seconds", "--steps and --seconds exclude each other");
  if (text.from !== undefined && on.has("resume")) throw new Fault("bad-usage", "--resume", "--from and --resume exclude each other");
  const shape = text.scan === undefined ? null : /^(\d{1,5})[x×](\d{1,5})$/i.exec(text.scan);
  if (text.scan !== undefined && !shape)
    throw new Fault("bad-usage", "--scan", `--scan must be ROWSxCOLS, for example 256x256, not ${JSON.stringify(text.scan)}`);
  if (shape && rest.some(isAddress))
    throw new Fault("bad-usage", "--scan", "--scan is for recordings: a daemon knows the shape of its scans");
  const clock = (): number => performance.now() / 1000;
  return {
    out,
    shape: shape && [Number(shape[1]), Number(shape[2])],
    length:
      text.seconds !== undefined
        ? { seconds: numberFlag("--seconds", text.seconds, 1, 1e6), clock }
        : text.steps !== undefined
          ? { steps: numberFlag("--steps", text.steps, 1, 1e7, true) }
          : TRAINING.length,
    seed: text.seed === undefined ? TRAINING.seed : numberFlag("--seed", text.seed, 0, 2 ** 32 - 1, true),
    thin: text.thin === undefined ? null : numberFlag("--thin", text.thin, 0.001, 0.5),
    licence: text.licence ?? "not stated",
  };
}

const stateOf = (out: string): string => out.replace(/\.onnx$/, ".state");

async function beginningOf({ text, on }: ParsedFlags, out: string): Promise<TrainingState | Float32Array | null> {
  const path = on.has("resume") ? stateOf(out) : text.from;
  if (path === undefined) return null;
  const bytes = await readFile(path).catch((e: Error) => {
    throw new Fault("bad-file", path, `${path}: ${e.message}`, e);
  });
  if (on.has("resume")) return decodeTrainingState(bytes, path);
  const model = await openBankModel(bytes, path);
  await model.close();
  return model.parameters;
}

/** Whole files or none: each is written beside and moved. */
async function save(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

async function write(
  { out, licence, thin }: Plan,
  args: readonly string[],
  data: readonly string[],
  sets: TrainingSets,
  { state }: Trained,
): Promise<void> {
  const name = basename(out, ".onnx");
  const model = encodeBankModel(name, state.best);
  const { name: runtime, version, provider } = networkRuntime();
  await save(stateOf(out), encodeTrainingState(state));
  await save(out, model);
  await save(
    out.replace(/\.onnx$/, ".md"),
    modelCard({
      name,
      checksum: checksum(model),
      data,
      thin,
      command: `braggstream train ${args.join(" ")}`,
      samples: { training: sets.training.counts.length, heldOut: sets.heldOut.counts.length },
      steps: state.step,
      deviance: state.deviance,
      startDeviance: state.startDeviance,
      licence,
      runtime: `${runtime} ${version}, ${provider}`,
    }),
  );
}

const CELLS = 20;
function progressText({ done, step, loss, deviance, bestDeviance, startDeviance }: TrainingProgress): string {
  const full = Math.floor(CELLS * done);
  const bar = "#".repeat(full) + "-".repeat(CELLS - full);
  return `[${bar}] step ${step}, loss ${loss.toPrecision(6)}, held-out deviance ${deviance.toPrecision(5)} (best ${bestDeviance.toPrecision(5)}, training-free ${startDeviance.toPrecision(5)})`;
}

function resultText(out: string, { state, reason }: Trained): string {
  const { step, deviance, startDeviance } = state;
  return `${out}: ${reason} after ${step} steps; held-out deviance ${deviance.toPrecision(5)}, training-free ${startDeviance.toPrecision(5)}`;
}

import t from "tap";
import { BANK_PLANES, firstParameters, PARAMETERS } from "../../src/networks/bank-network.js";
import { openBankJudge, openBankTrainer, type Samples } from "../../src/networks/bank-trainer.js";
import { openRunGate } from "../../src/networks/run-gate.js";
import {
  batchOrder,
  seededRandom,
  TRAINING,
  type Trained,
  type TrainingPlan,
  type TrainingProgress,
  trainBank,
} from "../../src/networks/train-bank.js";
import { decodeTrainingState, encodeTrainingState } from "../../src/networks/training-state.js";
import { aRandom } from "../fixtures/frames.js";
import { devianceOf, knownSamples } from "./bank-samples.js";

const aPlan = (o: Partial<TrainingPlan> = {}): TrainingPlan => ({ ...TRAINING, length: { steps: 60 }, judgeEvery: 20, batch: 512, ...o });
const sets = { training: knownSamples(3000, 1), heldOut: knownSamples(1500, 2) };

/** The training-free results of samples. */
const results = ({ bank, counts }: Samples): Float32Array => counts.map((_, i) => bank[(i + 1) * BANK_PLANES - 1] as number);

t.test("the deviance is that of the formula, over all samples", async (t) => {
  for (const batch of [512, 1500, 4096]) {
    const judge = await openBankJudge(sets.heldOut, undefined, batch);
    const expected = devianceOf(sets.heldOut.counts, results(sets.heldOut));
    const found = await judge.deviance(firstParameters(aRandom(1)));
    // The least rate of the loss makes the difference.
    t.ok(Math.abs(found - expected) < 2e-3 * expected, `${found}, ${expected}`);
    await judge.close();
  }
});

t.test("a step moves every parameter that matters by the step size, downhill", async (t) => {
  const trainer = await openBankTrainer(sets.training, openRunGate(), 512);
  const random = aRandom(8);
  const parameters = firstParameters(random).map((v) => v + 0.1 * (random() - 0.5));
  const zeros = () => new Float32Array(PARAMETERS);
  const pick = Int32Array.from({ length: 512 }, (_, i) => i);
  const { loss, state } = await trainer.step({ parameters, momentum: zeros(), power: zeros(), step: 0 }, pick, 1e-3);
  const moved = state.parameters.map((v, i) => Math.abs(v - (parameters[i] as number)));
  // The first step of Adam has the size of the rate, whatever the derivative.
  t.ok(moved.filter((v) => Math.abs(v - 1e-3) < 2e-5).length > 0.7 * PARAMETERS);
  t.ok(moved.every((v) => v < 1.01e-3));
  t.equal(state.step, 1);
  const after = await trainer.step(state, pick, 1e-3);
  t.ok(after.loss < loss);
  await trainer.close();
});

t.test("what is known is learnt: the deviance falls to nearly that of the truth, on samples never seen", async (t) => {
  const [training, heldOut] = [knownSamples(60_000, 11), knownSamples(20_000, 12)];
  const reports: TrainingProgress[] = [];
  const { state, reason } = await trainBank({ training, heldOut }, aPlan({ length: { steps: 800 }, judgeEvery: 200, batch: 4096 }), null, {
    progress: (p) => reports.push(p),
  });
  const truth = devianceOf(heldOut.counts, heldOut.truth);
  t.equal(reason, "finished");
  const left = (state.deviance - truth) / (state.startDeviance - truth);
  t.ok(left < 0.1, `${state.startDeviance} at the start, ${state.deviance} now, ${truth} of the truth`);
  t.match(reports.at(-1), { step: 800, done: 1, bestDeviance: state.deviance, startDeviance: state.startDeviance });
  t.equal(reports.length, 4);
  t.ok((reports.at(-1)?.loss as number) < (reports[0]?.loss as number));
});

const bytesOf = ({ state }: Trained): string => Buffer.from(encodeTrainingState(state)).toString("base64");

t.test("the same seed gives the same bits, another one others", async (t) => {
  const first = bytesOf(await trainBank(sets, aPlan()));
  t.equal(bytesOf(await trainBank(sets, aPlan())), first);
  t.not(bytesOf(await trainBank(sets, aPlan({ seed: 2 }))), first);
});

t.test("training that goes on from its bytes ends with the same bits", async (t) => {
  const whole = await trainBank(sets, aPlan());
  const stop = new AbortController();
  const half = await trainBank(sets, aPlan(), null, { signal: stop.signal, progress: ({ step }) => step === 40 && stop.abort() });
  t.match(half, { reason: "stopped", state: { step: 40 } });
  const from = decodeTrainingState(encodeTrainingState(half.state), "half.state");
  t.equal(bytesOf(await trainBank(sets, aPlan(), from)), bytesOf(whole));
});

t.test("it ends when the held-out set gets no better, and keeps the best", async (t) => {
  // Held out is another specimen: there the training-free result is the truth.
  const heldOut = knownSamples(1500, 3);
  for (let i = 0; i < 1500; i++) heldOut.bank[i * BANK_PLANES + 12] = heldOut.truth[i] as number;
  const { state, reason } = await trainBank({ ...sets, heldOut }, aPlan({ length: { steps: 4000 }, judgeEvery: 10, patience: 3 }));
  t.equal(reason, "no longer better");
  t.ok(state.step < 4000 && state.deviance <= state.startDeviance);
  const judge = await openBankJudge(heldOut);
  t.equal(await judge.deviance(state.best), state.deviance);
  t.ok((await judge.deviance(state.parameters)) > state.deviance);
  await judge.close();
});

t.test("it goes on from a network, for as long as the clock says", async (t) => {
  const before = await trainBank(sets, aPlan());
  let now = 5;
  const { state, reason } = await trainBank(sets, aPlan({ length: { seconds: 10, clock: () => now++ } }), before.state.best);
  t.match({ reason, step: state.step }, { reason: "finished", step: 9 });
  t.ok(state.deviance <= before.state.deviance);
  t.equal(state.startDeviance, before.state.startDeviance);
});

t.test("every epoch has all samples once, in an order of its own, from wherever it is asked", (t) => {
  const order = batchOrder(100, 7);
  const picked = (of: typeof order, step: number, size: number) => {
    const pick = new Int32Array(size);
    of(step, pick);
    return [...pick];
  };
  const epochs = [0, 1].map((e) => Array.from({ length: 5 }, (_, i) => picked(order, 5 * e + i, 20)).flat());
  for (const epoch of epochs)
    t.same(
      [...epoch].sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
  t.notSame(epochs[0], epochs[1]);
  t.same(picked(batchOrder(100, 7), 7, 20), epochs[1]?.slice(40, 60));
  // More samples in a step than there are.
  t.same(picked(batchOrder(100, 7), 0, 250).slice(0, 200), epochs.flat());
  const random = seededRandom(1);
  const mean = Array.from({ length: 4000 }, random).reduce((a, b) => a + b) / 4000;
  t.ok(Math.abs(mean - 0.5) < 0.02);
  t.end();
});

t.test("samples and states that do not go together are faults", async (t) => {
  const { training } = sets;
  for (const bad of [
    { bank: training.bank.subarray(1) },
    { counts: new Float32Array(0) },
    { mean: new Float32Array(3) },
    { frames: new Float32Array(3) },
  ])
    await t.rejects(trainBank({ ...sets, training: { ...training, ...bad } }), { code: "bad-network", at: "samples" });
  await t.rejects(trainBank(sets, aPlan(), new Float32Array(3)), { code: "bad-network", at: "parameters" });
  const { state } = await trainBank(sets, aPlan({ length: { steps: 1 } }));
  const bytes = encodeTrainingState(state);
  t.same(decodeTrainingState(bytes, "a.state"), state);
  const changed = (at: number, value: number) => {
    const out = bytes.slice();
    new DataView(out.buffer).setFloat64(at, value, true);
    return out;
  };
  for (const [given, says] of [
    [new Uint8Array(0), /not a training state/],
    [bytes.subarray(0, bytes.length - 1), /bytes, where a training state has/],
    [changed(8, 0.5), /no counts/],
    [changed(24, -1), /no counts/],
    [changed(16, Number.NaN), /no number/],
    [bytes.slice().fill(0xff, bytes.length - 4), /no number/],
    [encodeTrainingState({ ...state, power: state.power.map((v) => v - 1) }), /negative power/],
  ] as const)
    t.throws(() => decodeTrainingState(given, "a.state"), { code: "bad-file", at: "a.state", message: says });
});

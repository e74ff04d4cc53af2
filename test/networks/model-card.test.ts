import t from "tap";
import { type ModelCardFacts, modelCard } from "../../src/networks/model-card.js";

const facts: ModelCardFacts = {
  name: "bank-1",
  checksum: "ab".repeat(32),
  data: ["fibre texture, 50 e- per frame", "two\nlines"],
  command: "braggstream train a.bsrec --out bank-1.onnx",
  thin: null,
  samples: { training: 1000, heldOut: 125 },
  steps: 8000,
  deviance: 0.5,
  startDeviance: 0.625,
  licence: "MIT",
  runtime: "onnxruntime 1.30.0, cpu",
};

t.test("the card says what the model was made from and how well it does", (t) => {
  const card = modelCard(facts);
  for (const part of [
    "# bank-1\n",
    facts.checksum,
    `\`${facts.command}\``,
    "1000 pixels trained on, 125 held out",
    "| steps | 8000 |",
    "| licence | MIT |",
  ])
    t.ok(card.includes(part), part);
  t.match(card, /0\.500000; training-free: 0\.625000, 20\.00 % lower/);
  t.match(card, /- fibre texture, 50 e- per frame\n- two lines\n/);
  t.match(card, /that frame is taken out of all inputs/);
  t.match(modelCard({ ...facts, thin: 0.1 }), /from a share of 0\.1 of the counts, drawn at random, and the target is the other counts/);
  t.match(modelCard({ ...facts, startDeviance: 0, command: "a `b`" }), /`a 'b'`[\s\S]*training-free: 0\.00000 \|/);
  t.end();
});

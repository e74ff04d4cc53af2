import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { checksum, openBankModel } from "../../src/networks/bank-model.js";

const MODELS = fileURLToPath(new URL("../../../models/", import.meta.url));

t.test("every model that comes with the program opens, and its card speaks of this very file", async (t) => {
  const names = readdirSync(MODELS).filter((name) => name.endsWith(".onnx"));
  t.ok(names.includes("denoise-bank.onnx"));
  for (const name of names) {
    const bytes = readFileSync(MODELS + name);
    const model = await openBankModel(bytes, name);
    t.equal(model.name, basename(name, ".onnx"));
    await model.close();
    const card = readFileSync(`${MODELS}${basename(name, ".onnx")}.md`, "utf8");
    t.ok(card.includes(checksum(bytes)), "the checksum");
    const [, ours, free] = /held-out deviance per pixel \| ([\d.]+); training-free: ([\d.]+)/.exec(card) ?? [];
    t.ok(Number(ours) < Number(free), "better than what it starts at");
  }
});

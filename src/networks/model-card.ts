/** The card that goes with a model: what it was made from, and how well it does. */
import { BANK_PLANES, PARAMETERS } from "./bank-network.js";

export interface ModelCardFacts {
  readonly name: string;
  /** SHA-256 of the .onnx file, hexadecimal. */
  readonly checksum: string;
  /** One line per recording or simulated scan. */
  readonly data: readonly string[];
  /** As typed. */
  readonly command: string;
  /** Share of the counts that was denoised, where the others of the same frames were what it had to foretell; null: frames by their neighbours. */
  readonly thin: number | null;
  readonly samples: { readonly training: number; readonly heldOut: number };
  readonly steps: number;
  /** Poisson deviance per pixel of the held-out set: of the model, and of the training-free result that it started at. */
  readonly deviance: number;
  readonly startDeviance: number;
  /** SPDX identifier. */
  readonly licence: string;
  /** What computed. */
  readonly runtime: string;
}

const inCode = (text: string): string => `\`${text.replaceAll("`", "'").replaceAll(/\s+/g, " ")}\``;

const targetText = (thin: number | null): string =>
  thin === null
    ? "the target is each frame's own counts, and that frame is taken out of all inputs."
    : `the inputs are made from a share of ${thin} of the counts, drawn at random, and the target is the other counts of each frame.`;

/** Markdown. */
export function modelCard(f: ModelCardFacts): string {
  const gain = f.startDeviance > 0 ? `, ${(100 * (1 - f.deviance / f.startDeviance)).toFixed(2)} % lower` : "";
  return `# ${f.name}

A pixel-wise network over the bank of averages, which refines the training-free estimate of a diffraction pattern.

| | |
|---|---|
| file | ${inCode(`${f.name}.onnx`)} |
| SHA-256 | ${inCode(f.checksum)} |
| licence | ${f.licence} |
| made by | ${inCode(f.command)} |
| runtime | ${f.runtime} |
| samples | ${f.samples.training} pixels trained on, ${f.samples.heldOut} held out |
| steps | ${f.steps} |
| held-out deviance per pixel | ${f.deviance.toPrecision(6)}; training-free: ${f.startDeviance.toPrecision(6)}${gain} |

## Training data

${f.data.map((line) => `- ${line.replaceAll(/\s+/g, " ")}`).join("\n")}

Self-supervised: ${targetText(f.thin)} No clean patterns were used.

## Inputs and output

- \`bank\` float32 [${BANK_PLANES}, pixels]: expected counts per pixel from the twelve averages over neighbours, then the training-free estimate. Counts as detected, not normalised.
- \`mean\` float32 []: mean count per valid pixel of the scan.
- \`frames\` float32 []: effective number of frames in the estimate, at least 1.
- \`estimate\` float32 [1, pixels]: expected counts per pixel.
- \`parameters\` float32 [${PARAMETERS}]: the weights, to go on training from.

Each rate enters as its logarithm relative to the training-free estimate, with 2 % of the mean count added and clipped at ±2; brightness as 0.3 log2 of the
estimate over the mean count, certainty as 0.2 log2 of the estimate times the number of frames. What the network says fades where more than three counts
are known: 1 / (1 + (estimate x frames / 3)^2).
`;
}

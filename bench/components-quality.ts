import { Grains } from "../src/components/grains.js";
import { parseQualityOptions } from "./quality/options.js";
import { adjustedRand, homogeneity, normalisedMutualInformation } from "./quality/partition-scores.js";
import { polarFrames } from "./quality/polar-frames.js";
import { readTruthSet } from "./quality/truth-set.js";

for (const { folder, dose } of parseQualityOptions(process.argv.slice(2)).cases) {
  if (dose > 1000) continue;
  const set = readTruthSet(folder, dose);
  const polar = polarFrames(set, [1, 0]);
  const frames = Array.from({ length: set.rows * set.columns }, (_, p) => polar.frame(p));
  const grains = new Grains({ columns: set.columns, scale: polar.scale });
  const before = process.cpuUsage();
  for (let row = 0; row < set.rows; row++) grains.takeRow((c) => frames[row * set.columns + c] ?? null);
  const mid = process.cpuUsage(before);
  grains.finish();
  const used = process.cpuUsage(before);
  const region = grains.region.subarray(0, set.rows * set.columns);
  const phase = Array.from(set.grain, (g) => Math.min(g, 2));
  const core = [...region.keys()].filter((p) => set.boundary[p] === 0);
  const at = (a: ArrayLike<number>) => core.map((p) => a[p] as number);
  console.log(
    set.name, dose, "R", polar.scale.radius.toFixed(2), "rms", polar.rms.toFixed(3),
    "ARI", adjustedRand(set.grain, region).toFixed(3), "core", adjustedRand(at(set.grain), at(region)).toFixed(3),
    "NMI", normalisedMutualInformation(set.grain, region).toFixed(3),
    "hom", homogeneity(phase, region).toFixed(3), "of grain", homogeneity(set.grain, region).toFixed(3),
    "regions", new Set(region).size, "of", new Set(set.grain).size,
    "us", ((mid.user + mid.system) / region.length).toFixed(0), ((used.user + used.system) / region.length).toFixed(0),
  );
}

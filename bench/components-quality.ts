import { GeometryMaker, isCrystalline, isSameGrain } from "../src/components/geometry.js";
import { Grains } from "../src/components/grains.js";
import { Rotation } from "../src/components/rotation.js";
import { parseQualityOptions } from "./quality/options.js";
import { adjustedRand, homogeneity, normalisedMutualInformation } from "./quality/partition-scores.js";
import { polarFrames } from "./quality/polar-frames.js";
import { readTruthSet } from "./quality/truth-set.js";

for (const { folder, dose } of parseQualityOptions(process.argv.slice(2)).cases) {
  if (dose > 1000) continue;
  const set = readTruthSet(folder, dose);
  const polar = polarFrames(set, [1, 0]);
  const frames = Array.from({ length: set.rows * set.columns }, (_, p) => polar.frame(p));
  const rotation = new Rotation(polar.scale);
  const maker = new GeometryMaker(polar.scale, rotation);
  let described = 0;
  const matter = {
    describe: (core: Parameters<typeof maker.make>[0], rates: Float64Array) => (described++, maker.make(core, rates)),
    crystalline: isCrystalline,
    sameGrain: (a: ReturnType<typeof maker.make>, b: ReturnType<typeof maker.make>) => {
      if (process.env.CLS) return isSameGrain(rotation, a, b);
      const [p, f] = [rotation.correlate(a.plain, b.plain), rotation.correlate(a.friedel, b.friedel)];
      const at = (k: number): number => ((p[(k + 128) % 128] as number) + (f[(k + 128) % 128] as number)) / 2;
      const turn = (at(-1) - at(1)) / (2 * (at(-1) - 2 * at(0) + at(1))); return at(0) > Number(process.env.SG ?? 0.5) && at(0) >= at(1) && at(0) >= at(-1) && Math.abs(turn) < 0.533;
    },
  };
  const grains = new Grains({ columns: set.columns, scale: polar.scale, matter });
  const before = process.cpuUsage();
  const shown = new Int32Array(set.rows * set.columns).fill(-1);
  const churn: string[] = [];
  const follow = (): number => {
    let [n, all] = [0, 0];
    for (let p = 0; p < grains.labels.rows * set.columns; p++) {
      const now = grains.labels.region[p] as number;
      if (shown[p] !== -1) { all++; if (shown[p] !== now) n++; }
      shown[p] = now;
    }
    return n / Math.max(1, all);
  };
  for (let row = 0; row < set.rows; row++) {
    grains.takeRow((c) => frames[row * set.columns + c] ?? null);
    if (row % 3 === 2) churn.push((100 * follow()).toFixed(1));
  }
  const mid = process.cpuUsage(before);
  const online = shown.slice();
  grains.finish();
  churn.push((100 * follow()).toFixed(1));
  const used = process.cpuUsage(before);
  const region = grains.labels.region.subarray(0, set.rows * set.columns);
  const phase = Array.from(set.grain, (g) => Math.min(g, 2));
  const core = [...region.keys()].filter((p) => set.boundary[p] === 0);
  const at = (a: ArrayLike<number>) => core.map((p) => a[p] as number);
  console.log(
    set.name, dose, "R", polar.scale.radius.toFixed(2), "rms", polar.rms.toFixed(3),
    "ARI", adjustedRand(set.grain, region).toFixed(3), "core", adjustedRand(at(set.grain), at(region)).toFixed(3),
    "online", adjustedRand(set.grain, online).toFixed(3),
    "NMI", normalisedMutualInformation(set.grain, region).toFixed(3),
    "hom", homogeneity(phase, region).toFixed(3), "of grain", homogeneity(set.grain, region).toFixed(3),
    "regions", new Set(region).size, "of", new Set(set.grain).size,
    "us", ((mid.user + mid.system) / region.length).toFixed(0), ((used.user + used.system) / region.length).toFixed(0), "described", described
  );
  if (process.env.CHURN) console.log(churn.join(" "));
  if (process.env.SHOW) for (const r of [...grains.regions.values()]) {
    const by = new Map<number, number>();
    for (let p = 0; p < region.length; p++) if (region[p] === r.id) by.set(set.grain[p] as number, (by.get(set.grain[p] as number) ?? 0) + 1);
    console.log(r.id, r.positions, "core", r.core.frames, [...by].sort((a, b) => b[1] - a[1]).map(([g, n]) => `${g}:${n}`).join(" "), r.core.frames > 0 ? (maker.make(r.core, new Float64Array(25)) as any).contrast : "", "nb", [...r.neighbours].map(([g, n]) => `${g}:${n}`).join(" "));
  }
}

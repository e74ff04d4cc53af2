// WebGPU on a machine without a graphics card: the Vulkan driver in software that comes with Chromium.
import { existsSync } from "node:fs";
import t from "tap";
import type { DenoisedPattern } from "../../src/core/sink.js";
import type { SeriesRun } from "../../src/line/series-run.js";
import { aScan, played } from "../fixtures/scan.js";
import { needs } from "../fixtures/shared.js";
import { aStand } from "./stand.js";

const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const LOADERS = ["/usr/lib/x86_64-linux-gnu/libvulkan.so.1", "/usr/lib/aarch64-linux-gnu/libvulkan.so.1"];
process.env.VK_ICD_FILENAMES = DRIVER;

const [ROWS, COLUMNS] = [9, 8];
const scan = aScan({ rows: ROWS, columns: COLUMNS, electrons: 200, descan: 0 });

/** Patterns of some positions, what computed them, and what was told of that. */
async function denoised(provider: "cpu" | "webgpu") {
  const stand = await aStand({
    scan: { shape: [ROWS, COLUMNS], shapeByFlag: true },
    settings: {
      "denoise.method": "model",
      "denoise.provider": provider,
      "components.max": 0,
      "calibration.beam_center": [24, 24],
      "calibration.bf_radius_px": 4.8,
    },
  });
  await stand.send(played(scan, "dectris-v2"));
  await stand.until(1);
  const run = stand.over[0] as SeriesRun;
  const patterns: Float32Array[] = [];
  for (const row of [0, 4, ROWS - 1])
    for (let column = 0; column < COLUMNS; column++)
      patterns.push(((await stand.line.pattern(run.id, row, column, "denoised")) as DenoisedPattern).pixels as Float32Array);
  const told = stand.line.events().filter((e) => e.code === "denoise-provider");
  const used = run.work?.denoising.provider;
  await stand.close();
  return { used, told, patterns };
}

const here = existsSync(DRIVER) && LOADERS.some((path) => existsSync(path));
t.test(
  "the model computes with webgpu what it does with cpu",
  { timeout: 120_000, ...needs(here, "Chromium's Vulkan driver") },
  async (t) => {
    const cpu = await denoised("cpu");
    const gpu = await denoised("webgpu");
    t.same([cpu.used, gpu.used], ["cpu", "webgpu"]);
    t.same(gpu.told, []);
    let [off, most] = [0, 0];
    for (const [i, pattern] of cpu.patterns.entries())
      for (const [p, value] of pattern.entries()) {
        const other = (gpu.patterns[i] as Float32Array)[p] as number;
        off = Math.max(off, Math.abs(value - other));
        most = Math.max(most, value);
      }
    t.ok(most > 1, "counts");
    t.ok(off < 1e-4 * most, `${off} of ${most}`);
  },
);

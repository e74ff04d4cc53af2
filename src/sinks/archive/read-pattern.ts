import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PATTERN_TIER } from "../../core/archive.js";
import type { SeriesInfo } from "../../core/series.js";
import type { DenoisedPattern } from "../../core/sink.js";
import { signalPath } from "./hyperspy-tree.js";
import { TIERS } from "./pattern-stack.js";

interface Spec {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly dtype: string;
}

const specOf = async (folder: string): Promise<Spec> => JSON.parse(await readFile(join(folder, ".zarray"), "utf8")) as Spec;

/** Some bytes of a file; null: it is shorter, or not there. */
async function part(path: string, from: number, count: number): Promise<Uint8Array<ArrayBuffer> | null> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch {
    return null;
  }
  const bytes = new Uint8Array(count);
  try {
    return (await file.read(bytes, 0, count, from)).bytesRead === count ? bytes : null;
  } finally {
    await file.close();
  }
}

/** The denoised pattern of a position from the archive of its series, binned where that is so configured; null: there is none. */
export async function archivedPattern({ id, archive, denoise }: SeriesInfo, row: number, column: number): Promise<DenoisedPattern | null> {
  if (!archive || denoise.method === "off") return null;
  const { method, models } = denoise;
  try {
    const data = join(archive.path, signalPath(id), "data");
    const { shape, chunks, dtype } = await specOf(data);
    const [, columns = 0, height = 0, width = 0] = shape;
    const [, across = 1] = chunks;
    const [rows = 1] = (await specOf(join(archive.path, TIERS))).chunks;
    const [tier] = (await part(join(archive.path, TIERS, String(Math.floor(row / rows)), "0"), (row % rows) * columns + column, 1)) ?? [];
    if (dtype !== "<f4" || (tier !== PATTERN_TIER.final && tier !== PATTERN_TIER.provisional)) return null;
    const size = 4 * height * width;
    const bytes = await part(join(data, String(row), String(Math.floor(column / across)), "0", "0"), (column % across) * size, size);
    if (!bytes) return null;
    const model = method === "model" ? (models.at(-1) ?? null) : null;
    const made = { method, variant: "full", final: tier === PATTERN_TIER.final, model } as const;
    return { height, width, pixels: new Float32Array(bytes.buffer), made };
  } catch {
    // Nothing of it has been written yet, or somebody has taken it away.
    return null;
  }
}

import { randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { access, mkdtemp, open, rm, statfs } from "node:fs/promises";
import { freemem, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../../config/index.js";
import { loadKernels } from "../../line/load-kernels.js";
import { type Check, fail, ok, warn } from "./check.js";

const MIB = 1024 * 1024;
const OLDEST_NODE = 20;
/** What the daemon needs besides frames, MiB: the programs, the maps, the browser connections. */
const BASE_MIB = 400;
const DISK_TEST_MIB = 64;

export function checkNode(version = process.versions.node): Check {
  const text = `Node ${version}`;
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return ok("node", text);
  return fail("node", `${text} is too old`, `install Node ${OLDEST_NODE} or later`);
}

export interface Machine {
  readonly totalMib: number;
  readonly freeMib: number;
}

/** Memory that this process may have at all, and could have now. */
function thisMachine(): Machine {
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { totalMib: Math.round(total / MIB), freeMib: Math.round(Math.min(freemem(), total) / MIB) };
}

export function checkMemory(
  { memory, denoise, archive }: Pick<Config, "memory" | "denoise" | "archive">,
  machine: Machine = thisMachine(),
): Check {
  const patterns = denoise.patterns === "all" || archive.directory !== null ? memory.patterns_mb : 0;
  const need = memory.backlog_mb + memory.frames_mb + patterns + BASE_MIB;
  const text = `frames may take ${memory.backlog_mb + memory.frames_mb} MiB,${patterns > 0 ? ` patterns ${patterns} MiB,` : ""} the rest about ${BASE_MIB} MiB, and the maps of very large scans up to ${memory.maps_mb} MiB more; of ${machine.totalMib} MiB, ${machine.freeMib} MiB are free`;
  const cure = "lower memory.frames_mb or memory.backlog_mb, or give the daemon more memory";
  if (need > machine.totalMib) return fail("memory", text, cure);
  return need > machine.freeMib ? warn("memory", text, cure) : ok("memory", text);
}

/** A folder that is there: this one, or what it would be made in. */
const existing = (folder: string): string => (existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder)));

/** How fast the folder of archives takes data that must reach the disk; null: there is none, that of temporary files. Nothing stays behind. */
export async function checkDisk(archive: string | null): Promise<Check> {
  const what = archive === null ? `${tmpdir()} (nothing is archived)` : archive;
  const folder = existing(archive ?? tmpdir());
  try {
    const { bavail, bsize } = await statfs(folder);
    const freeMib = Math.round((bavail * bsize) / MIB);
    if (freeMib < 2 * DISK_TEST_MIB) return warn("disk", `${what}: ${freeMib} MiB free`, "make room before archives are written there");
    return ok("disk", `${what}: ${Math.round(await writeRate(folder))} MB/s, ${freeMib} MiB free`);
  } catch (e) {
    const text = `${what}: ${e instanceof Error ? e.message : String(e)}`;
    return (archive === null ? warn : fail)("disk", text, "correct archive.directory, or see that the folder may be written");
  }
}

async function writeRate(folder: string): Promise<number> {
  const inside = await mkdtemp(join(folder, "braggstream-doctor-"));
  try {
    const block = randomBytes(4 * MIB);
    const begin = performance.now();
    const file = await open(join(inside, "rate"), "wx");
    for (let written = 0; written < DISK_TEST_MIB; written += 4) await file.write(block);
    await file.sync();
    await file.close();
    return (DISK_TEST_MIB * MIB) / 1e3 / (performance.now() - begin);
  } finally {
    await rm(inside, { recursive: true });
  }
}

export async function checkKernels(): Promise<Check> {
  try {
    await loadKernels();
    return ok("kernels", "the compiled kernels load, this processor has what they use (SIMD)");
  } catch (e) {
    return fail("kernels", e instanceof Error ? e.message : String(e), "run `npm run build`; frames cannot be decoded fast without them");
  }
}

/** `page`: from dist/src/commands/doctor to dist/dashboard. */
export function checkDashboard(page = fileURLToPath(new URL("../../../dashboard/index.html", import.meta.url))): Check {
  return existsSync(page)
    ? ok("dashboard", "the dashboard is built")
    : fail("dashboard", "the dashboard is not built", "run `npm run build`");
}

/** Files that the configuration names. */
export async function checkFiles(files: readonly { readonly key: string; readonly path: string }[]): Promise<Check[]> {
  return Promise.all(
    files.map(async ({ key, path }) => {
      try {
        await access(path, constants.R_OK);
        return ok(key, path);
      } catch (e) {
        return fail(key, e instanceof Error ? e.message : String(e), `correct ${key}, or make the file readable`);
      }
    }),
  );
}

// Proves the direction of imports by dependency-cruiser, and that it saw the tree at all.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [
    "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
    "src",
    "detectors",
    "dashboard",
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "err-long",
  ],
  { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8" },
);
process.stdout.write(stdout);
process.stderr.write(stderr);
const seen = Number(/\((\d+) modules/.exec(stdout)?.[1] ?? 0);
if (status !== 0 || seen < 50) {
  console.error(`direction: failed (${seen} modules seen)`);
  process.exit(1);
}

// Coverage of the last test run: strict in the pure rooms, high everywhere.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const gates = [
  {
    name: "core, kernels, config",
    include: ["src/core/**", "src/kernels/**", "src/config/**"],
    least: ["--lines=100", "--functions=100", "--branches=100", "--statements=100"],
  },
  { name: "everything", include: ["src/**", "detectors/**"], least: ["--lines=95", "--branches=90"] },
];
let failed = false;
for (const { name, include, least } of gates) {
  console.log(`coverage of ${name}: at least ${least.join(" ").replaceAll("--", "")}`);
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/c8/bin/c8.js",
      "report",
      "--temp-directory",
      "coverage",
      ...include.flatMap((i) => ["--include", i]),
      "--exclude",
      "dist/**",
      "--exclude-after-remap",
      "--reporter=text",
      "--check-coverage",
      ...least,
    ],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), stdio: "inherit" },
  );
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);

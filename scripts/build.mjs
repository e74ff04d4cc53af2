// Builds everything: TypeScript -> dist, AssemblyScript kernels -> dist/wasm, dashboard -> dist/dashboard.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

// Compiled files whose source is gone would still be found by the tests: remove them.
function prune(folder) {
  if (!existsSync(join(dist, folder))) return;
  for (const entry of readdirSync(join(dist, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (entry.name.endsWith(".js") && !existsSync(join(root, path.replace(/\.js$/, ".ts"))))
      for (const ending of [".js", ".js.map", ".d.ts", ".d.ts.map"]) rmSync(join(dist, path.replace(/\.js$/, ending)), { force: true });
  }
}
for (const folder of ["src", "detectors", "test", "bench"]) prune(folder);

const steps = [
  ["types", ["node_modules/typescript/bin/tsc", "-b"]],
  ["kernels", ["scripts/build-wasm.mjs"]],
  ["dashboard", ["scripts/build-dashboard.mjs"]],
];
for (const [name, args] of steps) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.error(`build: ${name} failed`);
    process.exit(1);
  }
}
chmodSync(join(dist, "src/main.js"), 0o755);

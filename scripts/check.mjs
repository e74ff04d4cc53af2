// Everything that CI does: lint, direction, dead code, build, tests, coverage, package, a smoke of the demo.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL("..", import.meta.url));
let closing = "0 passed, 1 failed";

function step(name, command, args, keep = false) {
  const began = Date.now();
  console.log(`\n== ${name}`);
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    stdio: ["ignore", keep ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (stdout) process.stdout.write(stdout);
  const counted = /^\d+ passed, \d+ failed.*$/m.exec(stdout ?? "")?.[0];
  if (counted) closing = counted;
  console.log(`== ${name}: ${status === 0 ? "ok" : "FAILED"} (${((Date.now() - began) / 1000).toFixed(0)} s)`);
  if (status !== 0) {
    // A step that is no test has failed: the count alone would look well.
    console.log(/, 0 failed/.test(closing) ? closing.replace(", 0 failed", ", 1 failed") : closing);
    process.exit(1);
  }
  return stdout ?? "";
}

const npm = (name, ...args) => ["npm", ["run", "--silent", name, ...args]];
step("lint", ...npm("lint"));
// The README's second command: build, then every test.
step("test", "npm", ["test"], true);
step("direction", ...npm("direction"));
step("dead code", "npx", ["--no-install", "knip"]);
step("coverage", ...npm("coverage"));
step("package", "npx", ["--no-install", "publint", "--strict"]);
const smoke = step(
  "demo",
  process.execPath,
  ["dist/src/main.js", "demo", "--once", "--scan", "48x48", "--http", "127.0.0.1:0", "--log-level", "warn"],
  true,
);
const { summary } = JSON.parse(smoke.trim().split("\n").at(-1));
if (summary.state !== "finished" || summary.frames.placed !== 48 * 48) {
  console.log(`the demo ended ${summary.state} with ${summary.frames.placed} frames`);
  process.exit(1);
}
console.log(`\n${closing}`);

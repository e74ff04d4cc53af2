// Runs every test from dist and closes with one line: N passed, N failed. A run without a test is a failure.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, ".tap", "report.tap");
mkdirSync(join(root, ".tap"), { recursive: true });
rmSync(out, { force: true });

const files = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((e) => {
    const path = `${folder}/${e.name}`;
    return e.isDirectory() ? files(path) : e.name.endsWith(".test.js") ? [path] : [];
  });
const wanted = process.argv.slice(2);
const suites = files("dist/test").filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)));

const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/tap/dist/esm/run.mjs",
    "run",
    "--allow-incomplete-coverage",
    "--allow-empty-coverage",
    "--reporter=terse",
    "--coverage-report=none",
    `--output-file=${out}`,
    "--jobs=2",
    "--timeout=240",
    ...suites,
  ],
  { cwd: root, stdio: "inherit" },
);

let passed = 0;
let failed = 0;
let skipped = 0;
const empty = [];
if (existsSync(out)) {
  // Top-level lines are suites, one level in are the tests of a suite.
  let tests = 0;
  for (const line of readFileSync(out, "utf8").split("\n")) {
    const test = /^ {4}(not )?ok \d+(?: - ([^#]*))?(#.*)?/.exec(line);
    if (test) {
      tests++;
      if (/# *skip/i.test(line)) skipped++;
      else if (test[1]) failed++;
      else passed++;
      continue;
    }
    const suite = /^(not )?ok \d+ - (\S+)/.exec(line);
    if (!suite) continue;
    if (tests === 0) empty.push(suite[2]);
    tests = 0;
  }
}
for (const suite of empty) console.error(`test: ${suite} ran no test`);
const good = status === 0 && failed === 0 && passed > 0 && empty.length === 0;
// The reporter leaves the terminal's cursor in the middle of a line.
console.log(`\n${passed} passed, ${good ? failed : Math.max(1, failed)} failed${skipped ? `, ${skipped} skipped` : ""}`);
process.exit(good ? 0 : 1);

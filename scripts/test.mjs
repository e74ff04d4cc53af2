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
    "--timeout=480",
    ...suites,
  ],
  { cwd: root, stdio: "inherit" },
);

let passed = 0;
let failed = 0;
let skipped = 0;
const empty = [];
const failures = [];
if (existsSync(out)) {
  // Top-level lines are suites, one level in are the tests of a suite, two in their assertions with a block of what went wrong.
  let tests = 0;
  let open = [];
  let why = [];
  let inAssertion = false;
  for (const line of readFileSync(out, "utf8").split("\n")) {
    const test = /^ {4}(not )?ok \d+(?: - ([^#]*))?(#.*)?/.exec(line);
    if (test) {
      tests++;
      if (/# *skip/i.test(line)) skipped++;
      else if (test[1]) {
        failed++;
        open.push({ name: (test[2] ?? "").trim(), why: why.splice(0, 20) });
      } else passed++;
      why = [];
      inAssertion = false;
      continue;
    }
    if (/^ {8,}(not )?ok \d+/.test(line)) inAssertion = /^ *not ok/.test(line);
    if (inAssertion) why.push(line.slice(8, 208));
    const suite = /^(not )?ok \d+ - (\S+)/.exec(line);
    if (!suite) continue;
    if (tests === 0) empty.push(suite[2]);
    if (suite[1] && open.length === 0) open.push({ name: "the suite itself", why: [line.slice(0, 200)] });
    for (const { name, why } of open) failures.push({ at: `${suite[2]}: ${name}`, why });
    tests = 0;
    open = [];
  }
}
for (const { at, why } of failures) console.log(`\nfailed: ${at}\n  ${why.join("\n  ")}`);
for (const suite of empty) console.log(`test: ${suite} ran no test`);
for (const { at } of failures) console.log(`failed: ${at}`);
const good = status === 0 && failed === 0 && passed > 0 && empty.length === 0;
// The reporter leaves the terminal's cursor in the middle of a line.
console.log(`\n${passed} passed, ${good ? failed : Math.max(1, failed)} failed${skipped ? `, ${skipped} skipped` : ""}`);
process.exit(good ? 0 : 1);

// Runs every test from dist, or those whose path has a word of the command line, with coverage; closes with one line: N passed, N failed.
// A run without a test is a failure. Coverage is the engine's own: loaders of a test runner would take most of the time where threads are opened.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runSuites, suitesIn } from "./suites.mjs";

const coverage = fileURLToPath(new URL("../coverage", import.meta.url));
const wanted = process.argv.slice(2);
const suites = suitesIn("dist/test").filter((path) => wanted.length === 0 || wanted.some((w) => path.includes(w)));
rmSync(coverage, { recursive: true, force: true });

const results = await runSuites(suites, { NODE_V8_COVERAGE: coverage }, ({ path, err, seconds, passed, skipped, failures }) => {
  const counts = [`${passed} passed`, failures.length > 0 && `${failures.length} failed`, skipped > 0 && `${skipped} skipped`];
  console.log(`${path}: ${counts.filter(Boolean).join(", ")} (${seconds.toFixed(1)} s)`);
  if (err !== "") console.log(err.trimEnd().replaceAll(/^/gm, "  "));
});
const sum = (of) => results.reduce((n, r) => n + of(r), 0);
const failures = results.flatMap(({ path, failures }) => failures.map(({ name, why }) => ({ at: `${path}: ${name}`, why })));
for (const { at, why } of failures) console.log(`\nfailed: ${at}\n  ${why.join("\n  ")}`);
for (const { at } of failures) console.log(`failed: ${at}`);
const [passed, skipped] = [sum((r) => r.passed), sum((r) => r.skipped)];
const good = failures.length === 0 && passed > 0;
console.log(`\n${passed} passed, ${good ? 0 : Math.max(1, failures.length)} failed${skipped ? `, ${skipped} skipped` : ""}`);
process.exit(good ? 0 : 1);

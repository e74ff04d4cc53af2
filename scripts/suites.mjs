// Compiled test files, each run in a process of its own, some at once, and what they say.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const AT_ONCE = 2;
/** Seconds of a suite; after some more it is killed. */
const LIMIT_S = 480;
const GRACE_S = 30;

/** Test files in a folder of the repository. */
export const suitesIn = (folder) =>
  readdirSync(cwd + folder, { withFileTypes: true }).flatMap((e) => {
    const path = `${folder}/${e.name}`;
    return e.isDirectory() ? suitesIn(path) : e.name.endsWith(".test.js") ? [path] : [];
  });

/** Counts of tests, and what failed with the first lines of why. Top-level lines of TAP are tests, one level in are assertions with a block of what went wrong. */
function read(text, code) {
  const suite = { passed: 0, skipped: 0, failures: [] };
  let why = [];
  let inAssertion = false;
  for (const line of text.split("\n")) {
    const test = /^(not )?ok \d+(?: - ([^#]*))?(#.*)?/.exec(line);
    if (test) {
      if (/# *skip/i.test(line)) suite.skipped++;
      else if (test[1]) suite.failures.push({ name: (test[2] ?? "").trim(), why: why.slice(0, 20) });
      else suite.passed++;
      why = [];
      inAssertion = false;
      continue;
    }
    if (/^ {4,}(not )?ok \d+/.test(line)) inAssertion = /^ *not ok/.test(line);
    if (inAssertion) why.push(line.slice(4, 204));
  }
  if (suite.passed + suite.skipped + suite.failures.length === 0) suite.failures.push({ name: "it ran no test", why });
  if (code !== 0 && suite.failures.length === 0) suite.failures.push({ name: "the suite itself", why: [`it ended with ${code}`] });
  return suite;
}

function runSuite(path, env) {
  const began = performance.now();
  const child = spawn(process.execPath, [path], {
    cwd,
    env: { ...process.env, TAP_TIMEOUT: String(LIMIT_S), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const hung = setTimeout(() => child.kill("SIGKILL"), 1000 * (LIMIT_S + GRACE_S));
  let [out, err] = ["", ""];
  child.stdout.on("data", (bytes) => {
    out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    err += bytes;
  });
  return new Promise((done) =>
    child.on("close", (code, signal) => {
      clearTimeout(hung);
      done({ path, err, seconds: (performance.now() - began) / 1000, ...read(out, code ?? signal) });
    }),
  );
}

/** Runs suites; answers what became of each, and shows it as it ends. `env`: variables on top of those that are set. */
export async function runSuites(paths, env = {}, show = () => undefined) {
  const left = [...paths];
  const results = [];
  const work = async () => {
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      const result = await runSuite(path, env);
      results.push(result);
      show(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

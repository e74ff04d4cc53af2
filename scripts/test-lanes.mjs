// Every test of the line with 1, 2 and 3 pixel lanes and through both receivers, or with what is named: `node scripts/test-lanes.mjs 3 fast`.
// What a test asks for itself stays. Without coverage, whose loaders take most of the time where threads are opened.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = "dist/test/line/";
const AT_ONCE = 2;
const tests = readdirSync(`${cwd}${FOLDER}`).filter((name) => name.endsWith(".test.js"));
if (tests.length === 0) throw new Error(`no test in ${FOLDER}: build first`);

const run = (name, env) =>
  new Promise((done) => {
    const child = spawn(process.execPath, [`${FOLDER}${name}`], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
    });
    child.on("close", (code) => done({ passed: code === 0, said }));
  });

const [wantedLanes, wantedReceiver] = process.argv.slice(2);
let failed = 0;
for (const lanes of wantedLanes ? [wantedLanes] : ["1", "2", "3"])
  for (const receiver of wantedReceiver ? [wantedReceiver] : ["zeromq", "fast"]) {
    const env = { ...process.env, TAP_TIMEOUT: "480", BRAGGSTREAM_TEST_LANES: lanes, BRAGGSTREAM_TEST_RECEIVER: receiver };
    const left = [...tests];
    let [good, asserted] = [0, 0];
    const work = async () => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        const { passed, said } = await run(name, env);
        const oks = said.match(/^ {4}ok \d/gm)?.length ?? 0;
        asserted += oks;
        if (passed && oks > 0) good++;
        else console.log(`${name} failed\n${said}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    failed += tests.length - good;
    console.log(`${lanes} lanes, ${receiver} receiver: ${good} of ${tests.length} files passed, ${asserted} assertions`);
  }
process.exit(failed === 0 ? 0 : 1);

// Every test of the line with 1, 2 and 3 pixel lanes and through both receivers, or with what is named: `node scripts/test-lanes.mjs 3 fast`.
// What a test asks for itself stays.
import { runSuites, suitesIn } from "./suites.mjs";

const suites = suitesIn("dist/test/line");
const [wantedLanes, wantedReceiver] = process.argv.slice(2);
let failed = 0;
for (const lanes of wantedLanes ? [wantedLanes] : ["1", "2", "3"])
  for (const receiver of wantedReceiver ? [wantedReceiver] : ["zeromq", "fast"]) {
    const results = await runSuites(suites, { BRAGGSTREAM_TEST_LANES: lanes, BRAGGSTREAM_TEST_RECEIVER: receiver });
    const bad = results.filter(({ failures }) => failures.length > 0);
    for (const { path, failures, err } of bad)
      console.log(`${path} failed\n${failures.map(({ name, why }) => `  ${name}\n    ${why.join("\n    ")}`).join("\n")}\n${err}`);
    failed += bad.length;
    const tests = results.reduce((n, r) => n + r.passed, 0);
    console.log(`${lanes} lanes, ${receiver} receiver: ${results.length - bad.length} of ${results.length} files passed, ${tests} tests`);
  }
process.exit(failed === 0 ? 0 : 1);

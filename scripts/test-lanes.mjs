// Every test of the line with 1, 2 and 3 pixel lanes and through both receivers, or with what is named: `node scripts/test-lanes.mjs 3 fast`.
// What a test asks for itself stays.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const [wantedLanes, wantedReceiver] = process.argv.slice(2);
let failed = 0;
for (const lanes of wantedLanes ? [wantedLanes] : ["1", "2", "3"])
  for (const receiver of wantedReceiver ? [wantedReceiver] : ["zeromq", "fast"]) {
    console.log(`\n${lanes} lanes, ${receiver} receiver`);
    const env = { ...process.env, BRAGGSTREAM_TEST_LANES: lanes, BRAGGSTREAM_TEST_RECEIVER: receiver };
    const { status } = spawnSync(process.execPath, ["scripts/test.mjs", "dist/test/line/"], { cwd, env, stdio: "inherit" });
    if (status !== 0) failed++;
  }
process.exit(failed === 0 ? 0 : 1);

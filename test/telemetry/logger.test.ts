import { spawnSync } from "node:child_process";
import t from "tap";
import { uncoveredEnvironment } from "../fixtures/command-line.js";

const logger = new URL("../../src/telemetry/logger.js", import.meta.url).href;

/** What a process with this logger writes: to stderr alone. */
function log(options: object, statement: string): { stdout: string; stderr: string; status: number | null } {
  const script = `import { createLogger } from ${JSON.stringify(logger)}; const log = createLogger(${JSON.stringify(options)}); ${statement}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", env: uncoveredEnvironment() });
}

t.test("one JSON object per line on stderr", async (t) => {
  const { stdout, stderr, status } = log({ level: "info", pretty: false }, 'log.info({ rows: 3 }, "hello"); log.debug("too fine");');
  t.equal(status, 0);
  t.equal(stdout, "");
  const lines = stderr.trim().split("\n");
  t.equal(lines.length, 1);
  t.match(JSON.parse(lines[0] ?? ""), { level: 30, rows: 3, msg: "hello", time: /^\d{4}-/ });
});

t.test("for people without colours where nobody looks", async (t) => {
  const { stdout, stderr } = log({ level: "debug", pretty: true }, 'log.warn({ rows: 3 }, "hello");');
  t.equal(stdout, "");
  t.match(stderr, /WARN.*hello\n\s+rows: 3/);
});

t.test("lines before an exit are not lost", async (t) => {
  for (const pretty of [false, true]) {
    const { stderr, status } = log({ level: "info", pretty }, 'for (let i = 0; i < 200; i++) log.info("line"); process.exit(3);');
    t.equal(status, 3);
    t.equal(stderr.trim().split("\n").length, 200);
  }
});

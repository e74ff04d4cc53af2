#!/usr/bin/env node
import type { Io } from "./commands/command.js";
import { dispatch } from "./commands/dispatch.js";
import { COMMANDS } from "./commands/index.js";

/** How long leftovers of a finished command may hold the process, ms. */
const GRACE_MS = 1000;

const stop = new AbortController();
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(code);
    stop.abort(signal);
  });

// A reader that has gone away (`| head`) stops our lines, not our work.
const quietAfterPipe = (e: NodeJS.ErrnoException): void => {
  if (e.code !== "EPIPE") throw e;
};
process.stdout.on("error", quietAfterPipe);
process.stderr.on("error", quietAfterPipe);

const io: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  signal: stop.signal,
  env: process.env,
  tty: process.stderr.isTTY === true,
};
// A command that never answers is a bug of ours, and its end must say so.
process.exitCode = 1;
void dispatch(process.argv.slice(2), io, COMMANDS).then((code) => {
  process.exitCode = code;
  setTimeout(() => process.exit(), GRACE_MS).unref();
});

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { dispatch } from "../../src/commands/dispatch.js";
import { COMMANDS, type CommandEntry } from "../../src/commands/index.js";
import { Fault, type FaultCode } from "../../src/core/fault.js";
import { anIo, MAIN, runMain } from "../fixtures/command-line.js";
import { repositoryPath } from "../fixtures/repository.js";

const { version } = JSON.parse(readFileSync(join(repositoryPath, "package.json"), "utf8"));

/** A list of one command, which throws. */
const throwing = (e: unknown): CommandEntry[] => [
  {
    name: "x",
    about: "x",
    load: async () => ({
      name: "x",
      about: "x",
      help: "how x is used",
      run: async () => {
        throw e;
      },
    }),
  },
];

const isCommand = (value: unknown): value is { name: string; about: string; help: string } =>
  typeof value === "object" && value !== null && "name" in value && "about" in value && "help" in value && "run" in value;

t.test("every file that exports a command is in the list, with the same words", async (t) => {
  const folder = join(repositoryPath, "dist/src/commands");
  const found: string[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
    const exported: Record<string, unknown> = await import(join(folder, file));
    for (const value of Object.values(exported)) if (isCommand(value)) found.push(value.name);
  }
  t.same(COMMANDS.map(({ name }) => name).sort(), found.sort());
  for (const entry of COMMANDS) {
    const command = await entry.load();
    t.equal(command.name, entry.name);
    t.equal(command.about, entry.about, `${entry.name}: the line in the list is the command's own`);
    t.match(command.help, `braggstream ${entry.name}`);
  }
});

t.test("help, version and wrong commands", async (t) => {
  const help = await runMain(["--help"]);
  t.equal(help.code, 0);
  for (const { name, about } of COMMANDS) t.match(help.out, new RegExp(`^ {2}${name} +${about}$`, "m"));
  t.notMatch(help.out, /^ {2}export /m);
  t.match(await runMain(["-h"]), { code: 0, out: help.out });
  t.match(await runMain([]), { code: 2, out: "", err: help.out });
  t.match(await runMain(["--version"]), { code: 0, out: `${version}\n` });
  t.match(await runMain(["export"]), { code: 2, out: "", err: "braggstream export: not available in this version\n" });
  t.match(await runMain(["confg"]), { code: 2, err: /unknown command "confg"; did you mean config\? Commands: .*doctor/ });
  t.match(await runMain(["zzzzzzzzzzzz"]), { code: 2, err: /unknown command "zzzzzzzzzzzz"\. Commands: / });
  t.match(await runMain(["config", "--help"]), { code: 0, out: /braggstream config print\|check\|schema/ });
  t.match(await runMain(["doctor", "--nothing", "-h"]), { code: 0, out: /braggstream doctor/ });
});

t.test("wrong usage and configuration end with 2, and say what is allowed", async (t) => {
  const usage = await runMain(["config", "print", "--scan", "5"]);
  t.match(usage, { code: 2, out: "", err: /^braggstream config: --scan must be ROWSxCOLS/ });
  t.match(usage.err, /braggstream config --help/);
  t.match(await runMain(["config", "check"], { BRAGGSTREAM__SOURCE__PROTOCOL: "eiger" }), {
    code: 2,
    err: /source\.protocol must be one of dectris-v1, .*BRAGGSTREAM__SOURCE__PROTOCOL/,
  });
  t.match(await runMain(["run", "--protocol", "eiger"]), { code: 2, out: "", err: /source\.protocol must be one of/ });
});

t.test("exit codes of faults and bugs; a stack only for those who ask", async (t) => {
  const codes: [FaultCode, number][] = [
    ["bad-usage", 2],
    ["bad-config", 2],
    ["bad-endpoint", 2],
    ["port-taken", 2],
    ["not-available", 2],
    ["bad-file", 2],
    ["slab-full", 1],
    ["no-dashboard", 1],
  ];
  for (const [code, exit] of codes) {
    const io = anIo();
    t.equal(await dispatch(["x"], io, throwing(new Fault(code, "here", "first\nsecond"))), exit, code);
    t.same(io.errs.slice(0, 2), ["braggstream x: first", "braggstream x: second"]);
    t.equal(io.errs.length, 3, "and what to do about it");
  }
  const bug = anIo();
  t.equal(await dispatch(["x", "--log-level", "info"], bug, throwing(new Error("boom"))), 1);
  t.same(bug.errs, ["braggstream x: boom"]);
  for (const args of [["--log-level", "debug"], ["--log-level=trace"]]) {
    const io = anIo();
    t.equal(await dispatch(["x", ...args], io, throwing(new Error("boom"))), 1);
    t.match(io.errs[1], /^Error: boom\n +at /);
  }
  const odd = anIo();
  t.equal(await dispatch(["x"], odd, throwing("a word")), 1);
  t.same(odd.errs, ["braggstream x: a word"]);
});

t.test("a command that cannot be loaded stops nobody else", async (t) => {
  const broken: CommandEntry = { name: "y", about: "y", load: () => Promise.reject(new Error("no native module")) };
  const io = anIo();
  t.equal(await dispatch(["y"], io, [...COMMANDS, broken]), 1);
  t.same(io.errs, ["braggstream y: no native module"]);
  t.equal(await dispatch(["config", "check"], anIo(), [...COMMANDS, broken]), 0);
});

t.test("a reader that goes away is no error", async (t) => {
  const child = spawn(process.execPath, [MAIN, "config", "schema"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let err = "";
  child.stderr.on("data", (bytes: Buffer) => {
    err += bytes.toString();
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  t.equal(code, 0);
  t.equal(err, "");
});

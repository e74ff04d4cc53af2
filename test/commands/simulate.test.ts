import t from "tap";
import { detectorByName } from "../../detectors/index.js";
import { simulateCommand } from "../../src/commands/simulate.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";
import { anIo, runCommand } from "../fixtures/command-line.js";
import { takeMessages } from "../fixtures/take-messages.js";

/** The endpoint that the command has printed. */
async function endpointOf(io: { errs: string[] }): Promise<string> {
  for (;;) {
    const found = /tcp:\/\/\S+:\d+/.exec(io.errs.join("\n"));
    if (found) return found[0];
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const small = ["--bind", "tcp://127.0.0.1:*", "--scan", "6x8", "--size", "32", "--dose", "50", "--fps", "2000", "--pause", "0"];

t.test("plays its scans and prints the account of every series", async (t) => {
  const io = { ...anIo(), tty: true };
  const done = simulateCommand.run([...small, "--scans", "2", "--faults", "loss=0.2"], io);
  const taker = await takeMessages({ endpoint: await endpointOf(io) });
  t.equal(await done, 0);
  t.equal(io.outs.length, 2);
  let sent = 0;
  for (const [i, line] of io.outs.entries()) {
    t.match(
      line,
      new RegExp(
        `^scan=${i + 1} series=${i + 1} unique_id=\\w{26} announced=48 sent=\\d+ dropped=0 lost=\\d+ copies=0 swaps=0 corrupted=0 ended=true`,
      ),
    );
    const value = (key: string): number => Number(new RegExp(`${key}=(\\d+)`).exec(line)?.[1]);
    t.equal(value("sent") + value("lost"), 48);
    sent += value("sent");
  }
  const messages = await taker.until(sent + 4);
  t.equal(only(arrivalsOf(detectorByName("dectris-v2").open({}), messages), "frame").length, sent);
  t.match(io.errs.at(-1) ?? "", new RegExp(`2 series, ${sent} images sent, 0 dropped`));
  t.ok(io.errs.some((line) => /scan 1: \d+\/48 images/.test(line)));
  await taker.close();
});

t.test("runs until it is stopped", async (t) => {
  const stop = new AbortController();
  const io = anIo({ signal: stop.signal });
  const done = simulateCommand.run([...small, "--protocol", "array-1.0", "--socket", "pub"], io);
  const taker = await takeMessages({ endpoint: await endpointOf(io), socket: "sub" });
  await taker.until(60);
  stop.abort();
  t.equal(await done, 0);
  t.ok(io.outs.length >= 2);
  await taker.close();
});

t.test("its help names every flag and fault", async (t) => {
  const { code, out } = await runCommand(simulateCommand, ["--help"]);
  t.equal(code, 0);
  for (const word of [
    "--bind",
    "--protocol",
    "--socket",
    "--fps",
    "--scan",
    "--size",
    "--dose",
    "--seed",
    "--convergence",
    "--precession",
    "--scans",
    "--pause",
    "--faults",
    "loss=",
    "duplicate=",
    "swap=",
    "corrupt=",
    "abort=",
    "restart=",
    "no-end",
  ])
    t.match(out, word);
});

for (const [args, says] of [
  [[], /--bind ENDPOINT is needed/],
  [["--bnd", "x"], /unknown flag --bnd; did you mean --bind\?/],
  [[...small, "--scan", "6"], /--scan must be ROWSxCOLS/],
  [[...small, "--scan", "0x5"], /--scan must be ROWSxCOLS/],
  [[...small, "--scan", "9999x9999"], /at most 4194304/],
  [[...small, "--convergence", "0"], /--convergence must be a number from 0.3 to 5/],
  [[...small, "--precession", "-1"], /--precession must be a number from 0 to 50/],
  [[...small, "--size", "31"], /--size must be a whole number from 32 to 1024/],
  [[...small, "--fps", "0"], /--fps/],
  [[...small, "--dose", "many"], /--dose must be a number/],
  [[...small, "--seed", "1.5"], /--seed must be a whole number/],
  [[...small, "--scans", "0"], /--scans/],
  [[...small, "--protocol", "sls"], /--protocol must be one of dectris-v2, dectris-v1, array-1.0/],
  [[...small, "--socket", "pull"], /--socket must be one of push, pub/],
  [[...small, "--faults", "los=1"], /unknown fault "los=1"/],
  [[...small, "more"], /unexpected argument "more"/],
] as const) {
  t.test(`refuses ${args.slice(-2).join(" ") || "nothing"}`, async (t) => {
    await t.rejects(runCommand(simulateCommand, args), { code: "bad-usage", message: says });
  });
}

t.test("refuses an endpoint that is none", async (t) => {
  await t.rejects(runCommand(simulateCommand, ["--bind", "nonsense"]), { code: "bad-endpoint" });
});

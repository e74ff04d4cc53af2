import { Fault } from "../core/fault.js";
import { openSender, type Sender } from "../transport/sender.js";
import { readRecording } from "../wire/containers.js";
import { type Command, type Io, numberFlag, type ParsedFlags, parseFlags, wordFlag } from "./command.js";
import { byteText, type ProgressLine, progressLine } from "./progress-line.js";
import { outgoing, type ReplayPlan } from "./replay/messages.js";
import { type Pace, type Sent, sendPaced } from "./replay/send-paced.js";

const FLAGS = {
  bind: "text",
  connect: "text",
  socket: "text",
  rate: "text",
  repeat: "text",
  series: "text",
  frames: "text",
  wait: "text",
} as const;

const help = `\
braggstream replay FILE --bind ENDPOINT [flags]

Sends a recording out of a ZeroMQ socket, message by message, byte by byte. FILE is one of ours (.bsrec), a vector
container (.zmsg) or a LiberTEM dump (.bin). Nothing is dropped: it waits for the socket.

  --bind ENDPOINT      address to listen on, e.g. tcp://127.0.0.1:31001 (port * takes a free one)
  --connect ENDPOINT   instead: address of a receiver that listens
  --socket KIND        push or pub (default push)
  --rate N             images per second; recorded: as they came (only .bsrec); max: as fast as the socket takes them (default)
  --repeat N           send the file so many times; 0: until stopped (default 1)
  --series new|same    new: every repetition gets series numbers and unique ids of its own (default with --repeat);
                       same: as recorded
  --frames N           one series of exactly N images: goes round the images of the file's first series, numbers them
                       anew and announces N
  --wait SECONDS       give up when no receiver has come by then (default: wait until stopped)`;

/** HWM of the socket: enough to keep it busy, little enough to notice a slow receiver. */
const HIGH_WATER_MARK = 1000;
/** At the end what is queued is given this long to leave. */
const LINGER_MS = 30_000;
/** A set rate is held when no message was later than this. */
const HELD_S = 0.25;

/** `replay`: a recording out of a socket. */
export const replayCommand: Command = {
  name: "replay",
  about: "send a recording out of a socket",
  help,
  async run(args, io) {
    const flags = parseFlags(args, FLAGS, 1);
    if (flags.on.has("help")) {
      io.out(help);
      return 0;
    }
    const plan = planOf(flags);
    const pace = paceOf(flags, plan);
    const wait = flags.text.wait === undefined ? Number.POSITIVE_INFINITY : numberFlag("--wait", flags.text.wait, 0, 1e6);
    // A file that cannot be read is said before anybody waits for it.
    readRecording(plan.path).next();
    const sender = await openSender({ ...endpointOf(flags), highWaterMark: HIGH_WATER_MARK });
    const line = progressLine(io);
    try {
      io.err(`replaying ${plan.path} at ${sender.endpoint}`);
      if (!(await receiverCame(sender, wait, io, line))) return io.signal.aborted ? 0 : noReceiver(wait, io);
      const sent = await sendPaced(outgoing(plan), sender, pace, io.signal, (s) => line.show(sentText(s)));
      line.leave();
      io.out(sentText(sent));
      if (sent.behind_s > HELD_S) io.err(`the rate was not held: up to ${sent.behind_s.toFixed(1)} s behind`);
      return 0;
    } finally {
      await sender.close(io.signal.aborted ? 0 : LINGER_MS);
    }
  },
};

function planOf({ text, rest }: ParsedFlags): ReplayPlan {
  const [path] = rest;
  if (path === undefined) throw new Fault("bad-usage", "replay", "replay needs a FILE: .bsrec, .zmsg or .bin");
  const repeat = numberFlag("--repeat", text.repeat ?? "1", 0, 1e9, true);
  const series = wordFlag("--series", text.series ?? (repeat === 1 ? "same" : "new"), ["new", "same"]);
  const frames = text.frames === undefined ? null : numberFlag("--frames", text.frames, 1, 2 ** 31, true);
  return { path, repeat: repeat === 0 ? Number.POSITIVE_INFINITY : repeat, fresh: series === "new", frames };
}

function paceOf({ text }: ParsedFlags, plan: ReplayPlan): Pace {
  const rate = text.rate ?? "max";
  if (rate === "max") return "max";
  if (rate !== "recorded") {
    if (Number.isNaN(Number(rate)))
      throw new Fault("bad-usage", "--rate", `--rate must be a number, recorded or max, not ${JSON.stringify(rate)}`);
    return { imagesPerSecond: numberFlag("--rate", rate, 1e-3, 1e7) };
  }
  if (plan.frames !== null || plan.repeat !== 1) {
    throw new Fault(
      "bad-usage",
      "--rate",
      "--rate recorded goes with neither --frames nor --repeat: there are no times for images sent again",
    );
  }
  const first = readRecording(plan.path).next();
  if (!first.done && first.value.ns === null)
    throw new Fault("bad-usage", "--rate", `--rate recorded needs a .bsrec file: ${plan.path} keeps no times`);
  return "recorded";
}

function endpointOf({ text }: ParsedFlags): { endpoint: string; bind: boolean; socket: "push" | "pub" } {
  const endpoint = text.bind ?? text.connect;
  if (endpoint === undefined) throw new Fault("bad-usage", "--bind", "--bind ENDPOINT is needed, e.g. --bind tcp://127.0.0.1:31001");
  if (text.bind !== undefined && text.connect !== undefined)
    throw new Fault("bad-usage", "--connect", "--bind and --connect exclude each other");
  return { endpoint, bind: text.bind !== undefined, socket: wordFlag("--socket", text.socket ?? "push", ["push", "pub"]) };
}

async function receiverCame(sender: Sender, wait: number, io: Io, line: ProgressLine): Promise<boolean> {
  const began = performance.now();
  while (!sender.connected()) {
    const waited = (performance.now() - began) / 1000;
    if (io.signal.aborted || waited > wait) return false;
    line.show(`waiting for a receiver, ${Math.floor(waited)} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  line.leave();
  return !io.signal.aborted;
}

function noReceiver(wait: number, io: Io): number {
  io.err(`no receiver came within ${wait} s`);
  return 3;
}

function sentText(s: Readonly<Sent>): string {
  const rate = s.seconds > 0 ? Math.round(s.images / s.seconds) : 0;
  return `${s.messages} messages, ${s.images} images, ${byteText(s.bytes)} in ${s.seconds.toFixed(2)} s (${rate} images/s)`;
}

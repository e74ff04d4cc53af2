import { type FileHandle, open, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DETECTORS, detectorByName } from "../../detectors/index.js";
import type { ArrivalSink, Detector, MessageReader } from "../core/detector.js";
import { Fault } from "../core/fault.js";
import { openReceiver, type Receiver } from "../transport/receiver.js";
import { type Command, type Io, numberFlag, type ParsedFlags, parseFlags, wordFlag } from "./command.js";
import { byteText, progressLine } from "./progress-line.js";
import { type RecordingWriter, recordingWriter } from "./record/recording-writer.js";

const FLAGS = {
  source: "text",
  protocol: "text",
  out: "text",
  bind: "switch",
  socket: "text",
  topic: "text",
  frames: "text",
  seconds: "text",
  once: "switch",
  force: "switch",
} as const;

const DEFAULT_PROTOCOL = "dectris-v2";

const help = `\
braggstream record --source ENDPOINT --protocol NAME --out FILE.bsrec [flags]

Stores the incoming messages untouched, each with the time of its arrival; replay sends them again. When the disk lags
it stops reading, so that the sender notices; nothing that was received is lost.

  --source ENDPOINT  address of the detector, e.g. tcp://10.0.0.5:31001
  --protocol NAME    ${DETECTORS.map((d) => d.name).join(", ")} (default ${DEFAULT_PROTOCOL})
  --out FILE         the recording; must not exist
  --force            write over an existing file
  --bind             listen at the address instead of connecting to it
  --socket KIND      auto, pull or sub (default auto: as the protocol has it)
  --topic TEXT       of a sub socket (default: everything)
  --frames N         end after so many images
  --seconds N        end after so long
  --once             end with the first end of a series

Ctrl-C ends the recording too; the file is complete then.`;

const HIGH_WATER_MARK = 4096;
/** What came is on the disk this soon. */
const FLUSH_MS = 250;

/** `record`: incoming messages into a file. */
export const recordCommand: Command = {
  name: "record",
  about: "store incoming messages untouched",
  help,
  async run(args, io) {
    const flags = parseFlags(args, FLAGS, 0);
    if (flags.on.has("help")) {
      io.out(help);
      return 0;
    }
    const { source, out } = { source: required(flags, "source"), out: required(flags, "out") };
    const detector = detectorOf(flags);
    const limits = limitsOf(flags, detector);
    const file = await openFile(out, flags.on.has("force"));
    const writer = recordingWriter(file);
    let receiver: Receiver;
    try {
      const socket = wordFlag("--socket", flags.text.socket ?? "auto", ["auto", "pull", "sub"]);
      receiver = await openReceiver({
        endpoint: source,
        bind: flags.on.has("bind"),
        socket: socket === "auto" ? detector.socket : socket,
        topic: flags.text.topic ?? "",
        highWaterMark: HIGH_WATER_MARK,
      });
    } catch (e) {
      await writer.close();
      throw e;
    }
    io.err(`recording ${receiver.endpoint} (${detector.name}) to ${out}`);
    return await record(receiver, writer, limits, out, io);
  },
};

interface Limits {
  readonly images: number;
  readonly seconds: number;
  readonly once: boolean;
  /** Looks into the messages; null where nothing depends on what they are. */
  readonly reader: MessageReader | null;
}

async function record(receiver: Receiver, writer: RecordingWriter, limits: Limits, out: string, io: Io): Promise<number> {
  const stop = (): void => void receiver.close();
  io.signal.addEventListener("abort", stop, { once: true });
  if (io.signal.aborted) stop();
  const timer = Number.isFinite(limits.seconds) ? setTimeout(stop, limits.seconds * 1000) : undefined;
  const ticker = startTicker(receiver, writer, out, io);
  const began = performance.now();
  let kept = 0;
  try {
    await pump(receiver, writer, limits);
  } catch (e) {
    if (e !== writer.fault()) throw e;
  } finally {
    ticker.stop();
    clearTimeout(timer);
    io.signal.removeEventListener("abort", stop);
    await receiver.close();
    kept = await writer.close();
  }
  const failure = writer.fault();
  const seconds = (performance.now() - began) / 1000;
  io.out(`${kept} messages, ${byteText(writer.bytes)} in ${seconds.toFixed(2)} s: ${out}`);
  if (!failure) return 0;
  const full = "code" in failure && failure.code === "ENOSPC";
  io.err(`${out}: ${full ? "the disk is full" : failure.message}; the file holds the ${kept} whole messages before`);
  return 1;
}

/** Moves messages until there are no more, or enough. */
async function pump(receiver: Receiver, writer: RecordingWriter, { reader, images, once }: Limits): Promise<void> {
  const seen = { images: 0, ended: false };
  const sink: ArrivalSink = {
    begin: () => {},
    frame(frame) {
      if (frame.drives) seen.images++;
    },
    end() {
      seen.ended = true;
    },
    ignored: () => {},
    malformed: () => {},
  };
  for (let parts = await receiver.receive(); parts; parts = await receiver.receive()) {
    const waiting = writer.append(arrivalTime(), parts);
    if (waiting) await waiting;
    reader?.read(parts, sink);
    if (seen.images >= images || (once && seen.ended)) return;
  }
}

/** ns between the two clocks: the steady one has the resolution, the other one the date. */
const CLOCK_OFFSET = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
/** ns since 1970 UTC. */
const arrivalTime = (): bigint => CLOCK_OFFSET + process.hrtime.bigint();

/** Flushes, and tells how it goes. */
function startTicker(receiver: Receiver, writer: RecordingWriter, out: string, io: Io): { stop(): void } {
  const line = progressLine(io);
  let before = { messages: 0, bytes: 0, at: performance.now() };
  let free = "";
  const tick = (): void => {
    writer.flush();
    const now = { messages: writer.messages, bytes: writer.bytes, at: performance.now() };
    const seconds = (now.at - before.at) / 1000;
    const rate = `${Math.round((now.messages - before.messages) / seconds)} messages/s, ${byteText((now.bytes - before.bytes) / seconds)}/s`;
    line.show(`${receiver.state()}: ${now.messages} messages, ${byteText(now.bytes)}, ${rate}${free}`);
    before = now;
    if (!io.tty) return;
    statfs(dirname(resolve(out))).then(
      (s) => {
        free = `, ${byteText(s.bavail * s.bsize)} free`;
      },
      () => {
        free = "";
      },
    );
  };
  const timer = setInterval(tick, FLUSH_MS);
  return {
    stop() {
      clearInterval(timer);
      line.leave();
    },
  };
}

function required({ text }: ParsedFlags, name: "source" | "out"): string {
  const value = text[name];
  if (value !== undefined) return value;
  throw new Fault(
    "bad-usage",
    `--${name}`,
    name === "out" ? "--out FILE.bsrec is needed" : "--source ENDPOINT is needed, e.g. --source tcp://127.0.0.1:31001",
  );
}

function detectorOf({ text }: ParsedFlags): Detector {
  const names = DETECTORS.map((d) => d.name);
  return detectorByName(wordFlag("--protocol", text.protocol ?? DEFAULT_PROTOCOL, names));
}

function limitsOf({ text, on }: ParsedFlags, detector: Detector): Limits {
  const images =
    text.frames === undefined ? Number.POSITIVE_INFINITY : numberFlag("--frames", text.frames, 1, Number.MAX_SAFE_INTEGER, true);
  const seconds = text.seconds === undefined ? Number.POSITIVE_INFINITY : numberFlag("--seconds", text.seconds, 0, 2e6);
  const once = on.has("once");
  if (once && detector.name === "array-1.0") {
    throw new Fault("bad-usage", "--once", "array-1.0 has no end of a series to wait for; use --frames or --seconds");
  }
  return { images, seconds, once, reader: once || Number.isFinite(images) ? detector.open({}) : null };
}

async function openFile(path: string, force: boolean): Promise<FileHandle> {
  try {
    return await open(path, force ? "w" : "wx");
  } catch (e) {
    const code = e instanceof Error && "code" in e ? e.code : "";
    if (code === "EEXIST") throw new Fault("bad-usage", "--out", `${path} exists; --force writes over it`, e);
    throw new Fault("bad-usage", "--out", `${path} cannot be written: ${e instanceof Error ? e.message : String(e)}`, e);
  }
}

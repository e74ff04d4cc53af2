import { DETECTORS, detectorByName } from "../../../detectors/index.js";
import { type Config, type Endpoint, parseEndpoint } from "../../config/index.js";
import type { ArrivalSink, Detector } from "../../core/detector.js";
import { listenObstacle, type Peer, type Probe, probeEndpoint } from "../../transport/probe.js";
import { openReceiver } from "../../transport/receiver.js";
import { type Check, fail, ok, warn } from "./check.js";

/** Time for a peer to answer, ms. */
const REACH_MS = 2000;
const NAME = "endpoint";

/** Who listens at the endpoint, or whether we can listen there. Takes no message. */
export async function checkEndpoint(source: Config["source"], timeoutMs = REACH_MS): Promise<Check> {
  const endpoint = parseEndpoint(source.endpoint);
  if (!endpoint) return fail(NAME, `${source.endpoint} is no endpoint`, "correct source.endpoint");
  if (source.bind) return checkBind(source.endpoint, endpoint);
  const probe = await probeEndpoint(endpoint, timeoutMs);
  if (probe.reach !== "open") return fail(NAME, `${source.endpoint}: ${UNREACHED[probe.reach].what}`, UNREACHED[probe.reach].cure);
  if (!probe.peer)
    return fail(
      NAME,
      `${source.endpoint}: something listens, but not a ZeroMQ socket`,
      "see that source.endpoint has the port of the stream, not of another service",
    );
  return checkPeer(source, probe.peer);
}

const UNREACHED: Readonly<Record<Exclude<Probe["reach"], "open">, { readonly what: string; readonly cure: string }>> = {
  refused: {
    what: "the machine answers, but nothing listens on this port",
    cure: "start the detector's server and enable its stream, or correct source.endpoint",
  },
  silent: { what: "nothing answers", cure: "see that the machine is on, on the same network, and that no firewall is between" },
  unknown: { what: "there is no such host or path", cure: "correct source.endpoint" },
};

function checkPeer(source: Config["source"], peer: Peer): Check {
  const socket = socketOf(source);
  const wanted = socket === "pull" ? ["PUSH"] : ["PUB", "XPUB"];
  const who = `${source.endpoint}: a ZeroMQ ${peer.socketType ?? "socket"}${peer.socketType ? " socket" : ""} is reachable${peer.version ? ` (ZMTP ${peer.version})` : ""}`;
  if (peer.mechanism !== "" && peer.mechanism !== "NULL")
    return fail(
      NAME,
      `${who}, it demands ${peer.mechanism} security`,
      "have the sender use no ZeroMQ security; a tunnel can protect the line",
    );
  if (peer.socketType !== null && !wanted.includes(peer.socketType))
    return fail(
      NAME,
      `${who}, but our ${socket.toUpperCase()} socket hears only ${wanted.join(" or ")}`,
      "correct source.protocol, source.socket or source.endpoint",
    );
  return ok(NAME, `${who}; whether it sends was not looked at (--listen)`);
}

const socketOf = (source: Config["source"]): "pull" | "sub" =>
  source.socket === "auto" ? (detectorByName(source.protocol)?.socket ?? "pull") : source.socket;

async function checkBind(text: string, endpoint: Endpoint): Promise<Check> {
  if (endpoint.transport === "ipc") return ok(NAME, `${text}: will listen there`);
  const obstacle = await listenObstacle(endpoint);
  if (obstacle === null) return ok(NAME, `${text}: free, the daemon can listen there`);
  return fail(NAME, `${text}: cannot listen there (${obstacle})`, "stop the program that holds the port, or choose another");
}

/** Waits for one message, and says what it is. The message is lost to everybody else if the sender is a PUSH socket. */
export async function checkData(source: Config["source"], seconds: number, signal: AbortSignal): Promise<Check> {
  const receiver = await openReceiver({
    endpoint: source.endpoint,
    bind: source.bind,
    socket: socketOf(source),
    topic: source.topic,
    highWaterMark: 1,
  });
  const close = (): void => void receiver.close();
  if (signal.aborted) close();
  const timer = setTimeout(close, seconds * 1000);
  signal.addEventListener("abort", close, { once: true });
  try {
    const parts = await receiver.receive();
    if (parts) return readsAs(source, parts);
    return warn(
      "data",
      `idle: no message in ${seconds} s`,
      "nothing, if no scan is running; else see whether the detector is armed and triggered, and whether another client takes the messages",
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
    await receiver.close();
  }
}

function readsAs(source: Config["source"], parts: readonly Uint8Array[]): Check {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  const message = `data: a message of ${bytes} bytes in ${parts.length} part${parts.length === 1 ? "" : "s"}`;
  const mine = detectorByName(source.protocol);
  const { known, says } = mine ? hear(mine, parts) : { known: false, says: "no reader" };
  if (known) return ok("data", `${message}, ${source.protocol}: ${says}`);
  const others = DETECTORS.filter((detector) => detector !== mine && hear(detector, parts).known).map(({ name }) => name);
  const cure = others.length > 0 ? `set source.protocol to ${others.join(" or ")}` : "see what the sender is, and set source.protocol";
  return fail("data", `${message} that is not ${source.protocol}: ${says}`, cure);
}

/** What a protocol's reader makes of one message. */
function hear(detector: Detector, parts: readonly Uint8Array[]): { known: boolean; says: string } {
  const heard: { known: boolean; says: string }[] = [];
  const note = (known: boolean, says: string): void => void heard.push({ known, says });
  const sink: ArrivalSink = {
    begin: (begin) => note(true, `begin of series ${begin.key}`),
    frame: (frame) => note(true, `image ${frame.image}`),
    end: (key) => note(true, `end of series ${key}`),
    ignored: (reason, detail) => note(reason === "orphan" || reason === "stale-end", `${reason}: ${detail}`),
    malformed: (reason, detail) => note(false, `${reason}: ${detail}`),
  };
  detector.open({}).read(parts, sink);
  return heard.find(({ known }) => known) ?? heard[0] ?? { known: false, says: "nothing that it knows" };
}

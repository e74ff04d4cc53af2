import type { Sender } from "../../transport/sender.js";
import type { Outgoing } from "./messages.js";

/** When messages are due: so many images per second, as they were recorded, or as fast as the socket takes them. */
export type Pace = { readonly imagesPerSecond: number } | "recorded" | "max";

export interface Sent {
  messages: number;
  images: number;
  bytes: number;
  seconds: number;
  /** Longest time by which a message left after it was due, s. */
  behind_s: number;
}

/** The event loop gets its turn after so many messages. */
const BURST = 64;
const REPORT_MS = 250;

/**
 * Sends every message, in order, none before it is due; waits for the socket and never drops.
 * Ends early when the signal is aborted.
 */
export async function sendPaced(
  messages: Iterable<Outgoing>,
  sender: Sender,
  pace: Pace,
  signal: AbortSignal,
  report: (sent: Readonly<Sent>) => void,
): Promise<Sent> {
  const began = performance.now();
  const due = dueTimes(pace);
  const sent: Sent = { messages: 0, images: 0, bytes: 0, seconds: 0, behind_s: 0 };
  let reported = began;
  for (const message of messages) {
    const at = began + due(message);
    if (at > performance.now()) await until(at, signal);
    else if (sent.messages % BURST === 0) await nextTurn();
    if (signal.aborted) break;
    if (!sender.trySend(message.parts)) await untilTaken(sender, message.parts, signal);
    if (signal.aborted) break;
    const now = performance.now();
    sent.messages++;
    if (message.image) sent.images++;
    for (const part of message.parts) sent.bytes += part.length;
    sent.seconds = (now - began) / 1000;
    if (pace !== "max") sent.behind_s = Math.max(sent.behind_s, (now - at) / 1000);
    if (now - reported > REPORT_MS) {
      reported = now;
      report(sent);
    }
  }
  return sent;
}

/** ms after the begin at which each message, in turn, is due. */
function dueTimes(pace: Pace): (message: Outgoing) => number {
  if (pace === "max") return () => 0;
  if (pace === "recorded") {
    let first: bigint | null = null;
    return ({ ns }) => {
      first ??= ns;
      return ns === null || first === null ? 0 : Number(ns - first) / 1e6;
    };
  }
  let images = 0;
  return ({ image }) => ((image ? images++ : images) * 1000) / pace.imagesPerSecond;
}

async function until(at: number, signal: AbortSignal): Promise<void> {
  for (let left = at - performance.now(); left > 0 && !signal.aborted; left = at - performance.now()) {
    await (left < 1 ? nextTurn() : sleep(Math.min(50, left)));
  }
}

async function untilTaken(sender: Sender, parts: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
  do await sleep(1);
  while (!signal.aborted && !sender.trySend(parts));
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

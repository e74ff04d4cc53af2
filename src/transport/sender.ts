import { Push, XPublisher } from "zeromq";
import { Fault } from "../core/fault.js";

export interface SenderOptions {
  /** `tcp://127.0.0.1:*` binds to a free port. */
  readonly endpoint: string;
  readonly socket: "push" | "pub";
  readonly bind: boolean;
  /** Messages that may wait per receiver. */
  readonly highWaterMark: number;
}

/** The sending end of a line of messages. */
export interface Sender {
  /** Where it really is: with the port when bound to `:*`. */
  readonly endpoint: string;
  /** Hands a message over, or returns false at once when the socket would block. Parts must not change afterwards. */
  trySend(parts: readonly Uint8Array[]): boolean;
  /** Waits until the socket takes the message. Rejects when the sender is closed meanwhile. */
  send(parts: readonly Uint8Array[]): Promise<void>;
  /** At least one receiver is connected (push) or has subscribed (pub). */
  connected(): boolean;
  /** Messages that `trySend` handed over and the socket refused after all: the slow subscribers of a pub socket. */
  refused(): number;
  /** Closes; what is queued leaves within so many ms (2000 unless told) or is dropped. */
  close(lingerMs?: number): Promise<void>;
}

const LINGER_MS = 2000;
/** A blocked socket opens again when a receiver has taken half of what waits: looked at this often. */
const POLL_MS = 2;

/**
 * Opens a PUSH or PUB socket.
 * @throws Fault "port-taken", "bad-endpoint"
 */
export async function openSender(options: SenderOptions): Promise<Sender> {
  const socket = options.socket === "push" ? new Push() : new XPublisher();
  socket.sendHighWaterMark = options.highWaterMark;
  // Zero: the socket answers at once, so a send is finished when the call returns.
  socket.sendTimeout = 0;
  if (socket instanceof XPublisher) socket.noDrop = true;
  try {
    if (options.bind) await socket.bind(options.endpoint);
    else socket.connect(options.endpoint);
  } catch (e) {
    socket.close();
    throw endpointFault(options.endpoint, e);
  }
  const subscribers = socket instanceof XPublisher ? watchSubscribers(socket) : null;
  let refused = 0;
  const onRefused = (): void => {
    refused += 1;
  };
  // zeromq.js takes a Buffer without a look at its class; a plain Uint8Array would be sent as text.
  const handOver = (parts: readonly Uint8Array[]): Promise<void> => socket.send(parts.map(asBuffer));
  return {
    endpoint: options.bind ? (socket.lastEndpoint ?? options.endpoint) : options.endpoint,
    trySend(parts) {
      if (socket.closed || !socket.writable) return false;
      handOver(parts).catch(onRefused);
      return true;
    },
    async send(parts) {
      for (;;) {
        if (socket.closed) throw new Fault("bad-endpoint", options.endpoint, "the socket is closed");
        if (socket.writable && (await accepted(handOver(parts)))) return;
        await sleep(POLL_MS);
      }
    },
    connected: () => (subscribers ? subscribers.count() > 0 : !socket.closed && socket.writable),
    refused: () => refused,
    async close(lingerMs = LINGER_MS) {
      // One turn of the loop: refusals that are still on their way are counted.
      await sleep(0);
      if (socket.closed) return;
      socket.linger = lingerMs;
      socket.close();
    },
  };
}

const asBuffer = (part: Uint8Array): Buffer => (Buffer.isBuffer(part) ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const accepted = (sent: Promise<void>): Promise<boolean> =>
  sent.then(
    () => true,
    () => false,
  );

function watchSubscribers(socket: XPublisher): { count(): number } {
  let count = 0;
  const read = async (): Promise<void> => {
    for await (const [note] of socket) count += note?.[0] === 1 ? 1 : -1;
  };
  // The only way for this loop to fail is the socket being closed under it.
  read().catch(() => {});
  return { count: () => count };
}

/** What a failed bind or connect says, as a fault. */
export function endpointFault(endpoint: string, cause: unknown): Fault {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "EADDRINUSE") return new Fault("port-taken", endpoint, `${endpoint} is in use by another program`, cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault("bad-endpoint", endpoint, `cannot open ${endpoint}: ${reason}`, cause);
}

import { connect, createServer } from "node:net";
import type { Endpoint, ListenAddress } from "../config/index.js";
import { FLAG, GREETING_BYTES, greeting, readCommand, readGreeting, readProperty } from "./zmtp.js";

/** What a ZeroMQ peer says of itself before any message flows (ZMTP 3.1, rfc.zeromq.org/spec/23). */
export interface Peer {
  /** "3.1"; "2" for a peer older than ZMTP 3. */
  readonly version: string;
  /** "NULL", "PLAIN", "CURVE"; "" where the peer is too old or too slow to say. */
  readonly mechanism: string;
  /** "PUSH", "PUB", ...; null where the peer did not say. */
  readonly socketType: string | null;
}

export interface Probe {
  /** open: something listens; refused: the machine answers, nobody listens; silent: nothing answers; unknown: no such host or path. */
  readonly reach: "open" | "refused" | "silent" | "unknown";
  /** null: whoever listens does not speak ZMTP. */
  readonly peer: Peer | null;
}

/** Enough for the greeting and the READY command of any peer that we know. */
const MOST_BYTES = 4096;

/**
 * Looks who listens at an endpoint without becoming a receiver: greets, hears the peer's greeting and socket type, and
 * leaves before the handshake is complete, so that the peer never hands a message over.
 */
export function probeEndpoint(endpoint: Endpoint, timeoutMs: number): Promise<Probe> {
  return new Promise((resolve) => {
    const to = endpoint.transport === "ipc" ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port };
    const socket = connect(to);
    let heard = new Uint8Array(0);
    let open = false;
    const finish = (reach: Probe["reach"]): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ reach, peer: readPeer(heard).peer });
    };
    const timer = setTimeout(() => finish(open ? "open" : "silent"), timeoutMs);
    socket.on("connect", () => {
      open = true;
      socket.write(greeting());
    });
    socket.on("data", (bytes: Uint8Array) => {
      heard = joined(heard, bytes);
      if (readPeer(heard).complete || heard.length >= MOST_BYTES) finish("open");
    });
    socket.on("end", () => finish("open"));
    socket.on("error", (e: NodeJS.ErrnoException) => finish(open ? "open" : (REACH[e.code ?? ""] ?? "silent")));
  });
}

const REACH: Readonly<Record<string, Probe["reach"]>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "unknown",
  EAI_AGAIN: "unknown",
  ENOENT: "unknown",
};

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** Reads what a peer has sent so far. `complete`: more bytes would tell nothing more. */
function readPeer(bytes: Uint8Array): { peer: Peer | null; complete: boolean } {
  const { zmtp, major, minor, mechanism, complete } = readGreeting(bytes);
  if (!zmtp || bytes.length < 10) return { peer: null, complete: !zmtp };
  if (major === null) return { peer: { version: "", mechanism, socketType: null }, complete: false };
  if (major < 3) return { peer: { version: "2", mechanism: "", socketType: null }, complete: true };
  const socketType = complete ? readySocketType(bytes.subarray(GREETING_BYTES)) : null;
  const told = complete && (mechanism !== "NULL" || socketType !== null);
  return { peer: { version: `${major}.${minor ?? 0}`, mechanism, socketType }, complete: told };
}

/** "Socket-Type" of a short READY command. */
function readySocketType(bytes: Uint8Array): string | null {
  const length = bytes[1];
  if (bytes[0] !== FLAG.command || length === undefined || bytes.length < 2 + length) return null;
  const command = readCommand(bytes.subarray(2, 2 + length));
  return command?.name === "READY" ? (readProperty(command.data, "Socket-Type") ?? null) : null;
}

/** Whether a program could listen at an address now: null, or the reason why not (EADDRINUSE, EACCES, ...). */
export function listenObstacle(at: Pick<ListenAddress, "host" | "port">): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (e: NodeJS.ErrnoException) => resolve(e.code ?? e.message));
    server.listen({ host: at.host === "*" ? "0.0.0.0" : at.host, port: at.port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

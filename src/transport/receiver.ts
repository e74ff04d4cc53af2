import { Pull, Subscriber } from "zeromq";
import { Fault } from "../core/fault.js";
import type { LinkState } from "../core/wire.js";

export interface ReceiverOptions {
  readonly endpoint: string;
  readonly bind: boolean;
  readonly socket: "pull" | "sub";
  /** Subscription prefix of a sub socket. */
  readonly topic: string;
  /** Messages that the socket itself may hold. */
  readonly highWaterMark: number;
  readonly onState?: (state: LinkState) => void;
}

export interface Receiver {
  /** The endpoint in use; with the port chosen by the system when bound to port 0 or *. */
  readonly endpoint: string;
  /** Parts of the next message; null once the socket is closed. */
  receive(): Promise<Uint8Array[] | null>;
  state(): LinkState;
  close(): Promise<void>;
}

/** Largest message that the socket accepts, bytes: beyond it the peer is not one of ours. */
export const MAX_MESSAGE_BYTES = 512 * 1024 * 1024;

/** Opens a ZeroMQ socket that receives. Faults: bad-endpoint, port-taken. */
export async function openReceiver(o: ReceiverOptions): Promise<Receiver> {
  const options = {
    receiveHighWaterMark: o.highWaterMark,
    maxMessageSize: MAX_MESSAGE_BYTES,
    linger: 0,
    reconnectInterval: 100,
    reconnectMaxInterval: 5000,
  };
  const socket = o.socket === "sub" ? new Subscriber(options) : new Pull(options);
  if (socket instanceof Subscriber) socket.subscribe(o.topic);
  let state: LinkState = "connecting";
  const turn = (next: LinkState): void => {
    if (next === state) return;
    state = next;
    o.onState?.(next);
  };
  socket.events.on("connect", () => turn("connected"));
  socket.events.on("handshake", () => turn("connected"));
  socket.events.on("accept", () => turn("connected"));
  socket.events.on("disconnect", () => turn("disconnected"));
  const endpoint = o.endpoint.replace(/:0$/, ":*");
  try {
    if (o.bind) await socket.bind(endpoint);
    else socket.connect(endpoint);
  } catch (e) {
    socket.close();
    const taken = (e as { code?: string }).code === "EADDRINUSE";
    throw new Fault(
      taken ? "port-taken" : "bad-endpoint",
      o.endpoint,
      `${o.endpoint}: ${taken ? "another program holds this address" : String((e as Error).message)}`,
      e,
    );
  }
  return {
    endpoint: socket.lastEndpoint ?? o.endpoint,
    state: () => state,
    async receive() {
      if (socket.closed) return null;
      try {
        return await socket.receive();
      } catch (e) {
        if (socket.closed) return null;
        throw e;
      }
    },
    async close() {
      if (!socket.closed) socket.close();
    },
  };
}

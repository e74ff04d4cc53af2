// The sending end of ZMTP 3.0 (NULL, PUSH) for benchmarks: writes bytes that the caller has framed already, so that the sender costs little
// more than the kernel's copy. One receiver. https://rfc.zeromq.org/spec/23/
import { createServer, type Socket } from "node:net";

const GREETING_BYTES = 64;
const COMMAND = 4;
const LONG = 2;

/** A message of one part, framed. */
export function framed(body: Uint8Array): Buffer {
  const head = body.length > 255 ? Buffer.alloc(9) : Buffer.from([0, body.length]);
  if (body.length > 255) {
    head[0] = LONG;
    head.writeBigUInt64BE(BigInt(body.length), 1);
  }
  return Buffer.concat([head, body]);
}

const named = (name: string): Buffer => Buffer.concat([Buffer.from([name.length]), Buffer.from(name)]);
const command = (...body: Buffer[]): Buffer => {
  const all = Buffer.concat(body);
  return Buffer.concat([Buffer.from([COMMAND, all.length]), all]);
};
const size4 = (n: number): Buffer => Buffer.from([0, 0, 0, n]);
const READY = command(named("READY"), named("Socket-Type"), size4(4), Buffer.from("PUSH"));

function greeting(): Buffer {
  const g = Buffer.alloc(GREETING_BYTES);
  g[0] = 0xff;
  g[9] = 0x7f;
  g[10] = 3;
  g.write("NULL", 12);
  g[32] = 1;
  return g;
}

export interface PushServer {
  readonly endpoint: string;
  /** Resolves when there is a receiver that has shaken hands and not gone. */
  connected(): Promise<void>;
  /** Writes framed messages, whole ones only; `done` when the bytes may be changed again. Without a receiver they are lost. */
  write(bytes: Uint8Array, done: () => void): void;
  close(): void;
}

/** What the receiver sends after its greeting: READY, then at most heartbeats, which are answered. */
function onCommands(socket: Socket, ready: () => void): void {
  let held = Buffer.alloc(0);
  let greeted = false;
  socket.on("data", (bytes: Buffer) => {
    held = Buffer.concat([held, bytes]);
    if (!greeted && held.length >= GREETING_BYTES) {
      greeted = true;
      held = held.subarray(GREETING_BYTES);
      socket.write(READY);
    }
    while (greeted && held.length >= 2 && held.length >= 2 + (held[1] as number)) {
      const body = held.subarray(2, 2 + (held[1] as number));
      held = held.subarray(2 + body.length);
      const name = body.subarray(1, 1 + (body[0] as number)).toString();
      if (name === "READY") ready();
      // PING carries a time to live of two bytes, then a context that PONG returns.
      if (name === "PING") socket.write(command(named("PONG"), body.subarray(7)));
    }
  });
}

/** Listens on a free port of this machine. */
export async function openPushServer(): Promise<PushServer> {
  let ready: () => void = () => undefined;
  let peer: Socket | null = null;
  const server = createServer((socket) => {
    // Probes come and go before the receiver does.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (peer === socket) peer = null;
    });
    socket.setNoDelay(true);
    socket.write(greeting());
    onCommands(socket, () => {
      peer = socket;
      ready();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const at = server.address();
  return {
    endpoint: `tcp://127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`,
    connected: () =>
      new Promise((done) => {
        ready = done;
        if (peer) done();
      }),
    write(bytes, done) {
      if (peer) peer.write(bytes, () => done());
      else setImmediate(done);
    },
    close() {
      peer?.destroy();
      server.close();
    },
  };
}

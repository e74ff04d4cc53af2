import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { openZmtpReceiver, type ZmtpReceiver, type ZmtpReceiverOptions } from "../../src/transport/zmtp-receiver.js";
import type { LinkTrouble } from "../../src/transport/zmtp-session.js";
import { repositoryPath } from "../fixtures/repository.js";
import { aWindow } from "../fixtures/zmtp.js";

export const come = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const portOf = (endpoint: string | null): number => Number(/:(\d+)$/.exec(endpoint ?? "")?.[1]);

export interface Kept {
  readonly receiver: ZmtpReceiver;
  readonly messages: string[][];
  readonly states: string[];
  readonly troubles: LinkTrouble[];
  full: boolean;
}

/** A receiver that keeps every message as text. */
export function aReceiver(o: Partial<ZmtpReceiverOptions> & { port: number }): Kept {
  const kept = { messages: [] as string[][], states: [] as string[], troubles: [] as LinkTrouble[], full: false };
  const receiver = openZmtpReceiver({
    host: "127.0.0.1",
    socket: "pull",
    topic: "",
    memory: aWindow().window,
    take: (parts) => kept.messages.push(parts.map((p) => Buffer.from(p).toString("latin1"))) > 0,
    onRead: () => undefined,
    onFull: () => {
      kept.full = true;
    },
    onState: (s) => kept.states.push(s),
    onTrouble: (x) => kept.troubles.push(x),
    ...o,
    times: { pauseMs: 10, longestPauseMs: 40, ...o.times },
  });
  return Object.assign(kept, { receiver });
}

/** Whatever listens: each connection is handed over. */
export async function aServer(
  serve: (s: Socket, n: number) => void,
): Promise<{ port: number; close: () => Promise<void>; count: () => number }> {
  let n = 0;
  const sockets: Socket[] = [];
  const server: Server = createServer((s) => {
    sockets.push(s);
    s.on("error", () => undefined);
    serve(s, n++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    count: () => n,
    async close() {
      for (const s of sockets) s.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Between receiver and sender: makes both believe that the other speaks ZMTP 3.0. */
export const aYear2013 = (port: number) =>
  aServer((here) => {
    const there = connect(port, "127.0.0.1");
    there.on("error", () => undefined);
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      let seen = 0;
      from.on("data", (b: Buffer) => {
        if (seen <= 11 && 11 < seen + b.length) b[11 - seen] = 0;
        seen += b.length;
        to.write(b);
      });
      from.on("close", () => to.destroy());
    }
  });

/** A process that listens on a port and pushes "0", "1", ... until it is killed. */
export async function aSendingProcess(port: number): Promise<ChildProcess> {
  const code = `import { Push } from "zeromq";
    const s = new Push({ linger: 0 });
    await s.bind("tcp://127.0.0.1:${port}");
    console.log("listening");
    for (let i = 0; ; i++) { await s.send([String(i), "x".repeat(3000)]); if (i % 50 === 0) await new Promise((r) => setTimeout(r, 1)); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { cwd: repositoryPath, stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

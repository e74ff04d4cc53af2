import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FrameKind, GrainKind } from "./cases.js";
import type { PublisherReport, ScanOrder } from "./publisher.js";

export type Sent = Extract<PublisherReport, { kind: "sent" }>;

/** The publisher, in a process of its own. */
export interface Publisher {
  readonly endpoint: string;
  /** Mean bytes of a packed frame. */
  readonly frameBytes: number;
  /** Waits for a receiver, then plays one scan. */
  play(order: ScanOrder): Promise<Sent>;
  stop(): void;
}

export async function startPublisher(kind: FrameKind | GrainKind): Promise<Publisher> {
  const child = fork(fileURLToPath(new URL("./publisher.js", import.meta.url)), [JSON.stringify(kind)], { execArgv: [] });
  const report = (): Promise<PublisherReport> =>
    new Promise((done, fail) => {
      const onExit = (): void => fail(new Error("the publisher ended"));
      child.once("exit", onExit);
      child.once("message", (m) => {
        child.off("exit", onExit);
        done(m as PublisherReport);
      });
    });
  const first = await report();
  if (first.kind !== "ready") throw new Error("the publisher is not ready");
  return {
    endpoint: first.endpoint,
    frameBytes: first.messageBytes,
    async play(order) {
      const done = report();
      child.send(order);
      return (await done) as Sent;
    },
    stop: () => void child.disconnect(),
  };
}

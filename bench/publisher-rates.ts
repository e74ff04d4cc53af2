import type { FrameKind } from "./cases.js";
import { openFast } from "./intakes.js";
import { startPublisher } from "./publisher-client.js";

/** What the publisher must be able to send. */
const WANTED = 150_000;
const COLUMNS = 256;

export interface PublisherRates {
  /** Of a packed frame. */
  readonly bytes: number;
  /** As fast as it goes. */
  readonly free: { readonly rate: number; readonly microseconds: number };
  /** At a set rate. */
  readonly paced: { readonly asked: number; readonly rate: number; readonly lateSeconds: number };
}

/** How fast the publisher is when the receiver only counts. */
export async function publisherRates(kind: FrameKind, seconds: number): Promise<PublisherRates> {
  const publisher = await startPublisher(kind);
  const sink = await openFast(publisher.endpoint);
  const rows = Math.ceil((WANTED * seconds) / COLUMNS);
  const order = { rows, columns: COLUMNS };
  const free = await publisher.play({ ...order, series: 1, rate: null });
  const paced = await publisher.play({ ...order, series: 2, rate: WANTED });
  sink.close();
  publisher.stop();
  return {
    bytes: publisher.frameBytes,
    free: { rate: free.frames / free.seconds, microseconds: free.microseconds },
    paced: { asked: WANTED, rate: paced.frames / paced.seconds, lateSeconds: paced.lateSeconds },
  };
}

// The detector of `bench line`, a process of its own: replays encoded frames as DECTRIS v2 at a set rate, or as fast as they are taken.
// Messages lie framed in a few large buffers; only the image number is written before a batch leaves.
import { endMessage, imageMessage, startMessage } from "../src/wire/write-dectris-v2.js";
import { type FrameKind, makeFrames, type Replay } from "./frames.js";
import { framed, openPushServer, type PushServer } from "./zmtp-push.js";

/** One scan. */
export interface ScanOrder {
  readonly series: number;
  readonly rows: number;
  readonly columns: number;
  /** Frames per second; null: as fast as the receiver takes them. */
  readonly rate: number | null;
}
export type PublisherReport =
  | { readonly kind: "ready"; readonly endpoint: string; readonly messageBytes: number }
  | {
      readonly kind: "sent";
      readonly seconds: number;
      /** Longest that a frame left after its time. */
      readonly lateSeconds: number;
      /** CPU of this process per frame, µs. */
      readonly microseconds: number;
    };

const ARENAS = 6;
const ARENA_BYTES = 1 << 19;
const TICK_MS = 1;
/** An image number that CBOR writes in four bytes. */
const PLACEHOLDER = 0x7a5a5a5a;
const uniqueId = (series: number): string => `bench-${series}`;

/** Framed messages behind each other, in the order of the images; message i ends at ends[i], its number stands at numbers[i]. */
interface Arena {
  readonly bytes: Buffer;
  readonly ends: number[];
  readonly numbers: number[];
  /** Writes on their way. */
  busy: number;
}

/** Every distinct frame in order, as often as a buffer wants. */
function makeArenas({ kind, payloads }: Replay, series: number): Arena[] {
  const shape = {
    height: kind.size,
    width: kind.size,
    type: kind.type,
    encoding: "bslz4" as const,
    element: kind.type === "uint8" ? 1 : 2,
  };
  const once = payloads.map((payload) => {
    const channels = [{ name: "threshold_1", shape: { ...shape, bigEndian: false }, payload }];
    return framed(imageMessage({ series, uniqueId: uniqueId(series), image: PLACEHOLDER, channels })[0] as Uint8Array);
  });
  const bytes = Buffer.concat(once);
  const times = Math.ceil(ARENA_BYTES / bytes.length);
  const all = Array.from({ length: times }, () => once).flat();
  const ends: number[] = [];
  let end = 0;
  for (const m of all) {
    end += m.length;
    ends.push(end);
  }
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(PLACEHOLDER);
  const numbers = all.map((m, i) => (ends[i] as number) - m.length + m.indexOf(mark));
  return Array.from({ length: ARENAS }, () => ({ bytes: Buffer.concat(all), ends, numbers, busy: 0 }));
}

/** Sends the images that are due and for which a buffer is free, from `first` on; returns the next one. */
function sendDue(server: PushServer, arenas: readonly Arena[], first: number, due: number, wake: () => void): number {
  let image = first;
  while (image < due) {
    const length = (arenas[0] as Arena).ends.length;
    const arena = arenas[Math.floor(image / length) % ARENAS] as Arena;
    const from = image % length;
    if (from === 0 && arena.busy > 0) break;
    const to = Math.min(length, from + due - image);
    for (let i = from; i < to; i++) arena.bytes.writeUInt32BE(image + i - from, arena.numbers[i] as number);
    arena.busy++;
    server.write(arena.bytes.subarray(from === 0 ? 0 : arena.ends[from - 1], arena.ends[to - 1]), () => {
      arena.busy--;
      wake();
    });
    image += to - from;
  }
  return image;
}

async function playScan(server: PushServer, replay: Replay, o: ScanOrder): Promise<PublisherReport> {
  const { size, type } = replay.kind;
  const images = o.rows * o.columns;
  const arenas = makeArenas(replay, o.series);
  const about = { series: o.series, uniqueId: uniqueId(o.series) };
  const frameTime = o.rate === null ? 1e-5 : 1 / o.rate;
  const userData = { scan: { shape: [o.rows, o.columns] } };
  const send = (parts: Uint8Array[]): Promise<void> => new Promise((done) => server.write(framed(parts[0] as Uint8Array), done));
  await send(
    startMessage({ ...about, images, height: size, width: size, type, userData, countTime: frameTime, frameTime, energyEv: 200_000 }),
  );
  const cpu = process.cpuUsage();
  const began = performance.now();
  let late = 0;
  let wake: () => void = () => undefined;
  for (let image = 0; image < images; ) {
    const due = o.rate === null ? images : Math.min(images, Math.floor(((performance.now() - began) * o.rate) / 1000) + 1);
    image = sendDue(server, arenas, image, due, () => wake());
    if (o.rate !== null) late = Math.max(late, (due - image) / o.rate);
    const idle = image === due;
    await new Promise<void>((done) => {
      wake = idle ? () => undefined : done;
      setTimeout(done, TICK_MS);
    });
  }
  while (arenas.some((a) => a.busy > 0)) await new Promise((done) => setTimeout(done, TICK_MS));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await send(endMessage(about));
  return { kind: "sent", seconds, lateSeconds: late, microseconds: (user + system) / images };
}

const tell = (report: PublisherReport): void => void process.send?.(report);
const replay = makeFrames(JSON.parse(process.argv[2] ?? "{}") as FrameKind);
const server = await openPushServer();
process.on("message", (order: ScanOrder) => {
  server.connected
    .then(() => playScan(server, replay, order))
    .then(tell, (e: unknown) => {
      console.error(e);
      process.exit(1);
    });
});
process.on("disconnect", () => process.exit());
tell({
  kind: "ready",
  endpoint: server.endpoint,
  messageBytes: replay.payloads.reduce((n, p) => n + p.length, 0) / replay.payloads.length,
});

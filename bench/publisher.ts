// The detector of `bench line`, a process of its own: replays encoded frames as DECTRIS v2 at a set rate, or as fast as they are taken.
// Messages lie framed in a few large buffers; only the image number is written before a batch leaves.
import { endMessage, imageMessage, startMessage } from "../src/wire/write-dectris-v2.js";
import type { FrameKind, GrainKind } from "./cases.js";
import { makeFrames, type Packed, packGrains } from "./frames.js";
import { pause } from "./pause.js";
import { framed, openPushServer, type PushServer } from "./zmtp-push.js";

/** One scan. */
export interface ScanOrder {
  readonly series: number;
  readonly rows: number;
  readonly columns: number;
  /** Frames per second; null: as fast as the receiver takes them. */
  readonly rate: number | null;
  /** Frames that do not leave within `BUFFER_SECONDS` are dropped, as a detector does whose buffer is full, instead of sent late. */
  readonly drop?: boolean;
}
export type PublisherReport =
  | { readonly kind: "ready"; readonly endpoint: string; readonly messageBytes: number }
  | {
      readonly kind: "sent";
      readonly uniqueId: string;
      readonly frames: number;
      /** Frames that were not sent because they were too late. */
      readonly dropped: number;
      readonly seconds: number;
      /** Longest that a frame left after its time. */
      readonly lateSeconds: number;
      /** CPU of this process per frame, µs. */
      readonly microseconds: number;
    };

const ARENAS = 6;
const ARENA_BYTES = 1 << 19;
const TICK_MS = 1;
/** What a detector holds back while nobody reads; DECTRIS units hold more. */
const BUFFER_SECONDS = 0.25;
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
  /** How often the images had been through all frames of a buffer when this one was last begun; -1: never. */
  turn: number;
}

/** Every distinct frame in order, as often as a buffer wants. */
function makeArenas({ kind, payloads }: Packed, series: number): Arena[] {
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
  return Array.from({ length: ARENAS }, () => ({ bytes: Buffer.concat(all), ends, numbers, busy: 0, turn: -1 }));
}

/** Sends the images that are due and for which a buffer is free, from `first` on; returns the next one. */
function sendDue(server: PushServer, arenas: readonly Arena[], first: number, due: number, wake: () => void): number {
  let image = first;
  while (image < due) {
    const length = (arenas[0] as Arena).ends.length;
    const arena = arenas[Math.floor(image / length) % ARENAS] as Arena;
    const turn = Math.floor(image / length);
    const from = image % length;
    // Its bytes of the turn before are not all read yet.
    if (arena.turn !== turn && arena.busy > 0) break;
    arena.turn = turn;
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

async function playScan(server: PushServer, replay: Packed, o: ScanOrder): Promise<PublisherReport> {
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
  let dropped = 0;
  let wake: () => void = () => undefined;
  for (let image = 0; image < images; ) {
    const due = o.rate === null ? images : Math.min(images, Math.floor(((performance.now() - began) * o.rate) / 1000) + 1);
    image = sendDue(server, arenas, image, due, () => wake());
    if (o.rate !== null) late = Math.max(late, (due - image) / o.rate);
    const tooLate = o.drop && o.rate !== null ? Math.max(0, due - image - Math.ceil(BUFFER_SECONDS * o.rate)) : 0;
    dropped += tooLate;
    image += tooLate;
    const idle = image === due;
    await new Promise<void>((done) => {
      wake = idle ? () => undefined : done;
      setTimeout(done, TICK_MS);
    });
  }
  while (arenas.some((a) => a.busy > 0)) await pause(TICK_MS);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await send(endMessage(about));
  const frames = images - dropped;
  return { kind: "sent", uniqueId: about.uniqueId, frames, dropped, seconds, lateSeconds: late, microseconds: (user + system) / frames };
}

const tell = (report: PublisherReport): void => void process.send?.(report);
const kind = JSON.parse(process.argv[2] ?? "{}") as FrameKind | GrainKind;
const replay = "grains" in kind ? packGrains(kind) : makeFrames(kind);
const server = await openPushServer();
process.on("message", (order: ScanOrder) => {
  server
    .connected()
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

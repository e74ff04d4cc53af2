// Estimates as a user gets them: the scan is played into the daemon's socket, and every pattern asked for after its end.
import { BYTES_PER_PIXEL } from "../../src/core/frame.js";
import { encodeBslz4 } from "../../src/kernels/encode-bslz4.js";
import { endMessage, imageMessage, startMessage } from "../../src/wire/write-dectris-v2.js";
import { type Daemon, type Settings, startDaemon } from "../daemon.js";
import { pause } from "../pause.js";
import { framed, openPushServer, type PushServer } from "../zmtp-push.js";
import type { CountedScan, TruthSet } from "./truth-set.js";

export interface DaemonEstimates {
  /** Lent until the next call. */
  at(row: number, column: number): Float32Array;
  /** From the end of the series until the daemon said so, and until the last pattern was here. */
  readonly endedSeconds: number;
  readonly seconds: number;
  /** Patterns that hold no number at a good pixel; they count as 0 there. */
  readonly incomplete: number;
}

const FRAME_TIME = 1e-3;
const POLL_MS = 25;
/** Frames are kept until all patterns have been asked for. */
const KEEP: Settings = { BRAGGSTREAM__MEMORY__FRAMES_MB: "2048", BRAGGSTREAM__MEMORY__BACKLOG_MB: "1024" };

/** Plays a scan as fast as it is taken; `afterRow` is waited for after each row. Answers the unique id of the series. */
export async function play(server: PushServer, set: CountedScan, afterRow?: (row: number) => Promise<void>): Promise<string> {
  const { rows, columns, height, width, counts } = set;
  const type = counts instanceof Uint8Array ? ("uint8" as const) : ("uint16" as const);
  const about = { series: 1, uniqueId: `quality-${set.name}-${set.dose}` };
  const shape = { height, width, type, encoding: "bslz4" as const, element: BYTES_PER_PIXEL[type], bigEndian: false };
  const send = (parts: Uint8Array[]): Promise<void> => new Promise((done) => server.write(framed(parts[0] as Uint8Array), done));
  const userData = { scan: { shape: [rows, columns] } };
  const times = { countTime: FRAME_TIME, frameTime: FRAME_TIME, energyEv: 200_000 };
  await send(startMessage({ ...about, images: rows * columns, height, width, type, userData, ...times }));
  const pixels = height * width;
  for (let image = 0; image < rows * columns; image++) {
    const payload = encodeBslz4(counts.subarray(image * pixels, (image + 1) * pixels), shape.element);
    await send(imageMessage({ ...about, image, channels: [{ name: "threshold_1", shape, payload }] }));
    if ((image + 1) % columns === 0) await afterRow?.((image + 1) / columns);
  }
  await send(endMessage(about));
  return about.uniqueId;
}

/** Waits for the end of a series; answers its id. */
export async function seriesEnded(daemon: Daemon, uniqueId: string, images: number): Promise<string> {
  for (;;) {
    const report = await daemon.latest();
    if (report?.wire_unique_id === uniqueId && (report.state === "finished" || report.state === "aborted")) {
      if (report.frames.placed !== images) throw new Error(`the daemon placed ${report.frames.placed} of ${images} frames`);
      return report.id;
    }
    await pause(POLL_MS);
  }
}

/** All patterns of a series, a row at a time. */
async function fetchAll(daemon: Daemon, series: string, { rows, columns, height, width }: TruthSet, kind: string): Promise<Float32Array> {
  const pixels = height * width;
  const out = new Float32Array(rows * columns * pixels);
  for (let row = 0; row < rows; row++)
    await Promise.all(
      Array.from({ length: columns }, async (_, column) => {
        const { values } = await daemon.array(`/api/v1/series/${series}/patterns/${row}/${column}.npy?kind=${kind}`);
        if (values.length !== pixels) throw new Error(`a pattern of ${values.length} pixels, not ${pixels}`);
        out.set(values, (row * columns + column) * pixels);
      }),
    );
  return out;
}

/** Puts 0 where there is no number; answers how many patterns had none at a good pixel. */
function fillGaps(all: Float32Array, { good, height, width }: TruthSet): number {
  const pixels = height * width;
  let incomplete = 0;
  for (let from = 0; from < all.length; from += pixels) {
    const gaps = good.filter((p) => !Number.isFinite(all[from + p]));
    for (const p of gaps) all[from + p] = 0;
    if (gaps.length > 0) incomplete++;
  }
  return incomplete;
}

async function playAndFetch(server: PushServer, daemon: Daemon, set: TruthSet, kind: string): Promise<DaemonEstimates> {
  const uniqueId = await play(server, set);
  const end = performance.now();
  const since = (): number => (performance.now() - end) / 1000;
  const series = await seriesEnded(daemon, uniqueId, set.rows * set.columns);
  const endedSeconds = since();
  const all = await fetchAll(daemon, series, set, kind);
  const seconds = since();
  const pixels = set.height * set.width;
  return {
    at: (row, column) => all.subarray((row * set.columns + column) * pixels, (row * set.columns + column + 1) * pixels),
    endedSeconds,
    seconds,
    incomplete: fillGaps(all, set),
  };
}

/** A daemon of its own with these settings, connected to a server that plays to it. */
export async function withDaemon<T>(settings: Settings, use: (server: PushServer, daemon: Daemon) => Promise<T>): Promise<T> {
  const server = await openPushServer();
  try {
    const daemon = await startDaemon(server.endpoint, { ...KEEP, ...settings });
    try {
      await server.connected();
      return await use(server, daemon);
    } finally {
      await daemon.stop();
    }
  } finally {
    server.close();
  }
}

/** Patterns of a kind by a daemon of its own with these settings. */
export const estimatesByDaemon = (set: TruthSet, kind: "raw" | "denoised", settings: Settings): Promise<DaemonEstimates> =>
  withDaemon(settings, (server, daemon) => playAndFetch(server, daemon, set, kind));

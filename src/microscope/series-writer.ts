import { randomBytes } from "node:crypto";
import type { FrameShape } from "../core/frame.js";
import { arrayMessage } from "../wire/write-array.js";
import * as v1 from "../wire/write-dectris-v1.js";
import * as v2 from "../wire/write-dectris-v2.js";
import { ENERGY_KEV } from "./optics.js";

export const PROTOCOLS = ["dectris-v2", "dectris-v1", "array-1.0"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** What all series of a scan say of themselves. */
export interface SeriesSetup {
  readonly rows: number;
  readonly columns: number;
  readonly size: number;
  readonly fps: number;
  readonly stepNm: number;
  readonly mask: Uint8Array;
}

/** Messages of one series; `null` where the protocol has no such message. */
export interface SeriesWriter {
  readonly series: number;
  readonly uniqueId: string;
  begin(): Uint8Array[] | null;
  image(image: number, payload: Uint8Array): Uint8Array[];
  end(): Uint8Array[] | null;
}

/** Writes a series of bslz4 frames of uint16 in a protocol. */
export function seriesWriter(protocol: Protocol, setup: SeriesSetup, series: number): SeriesWriter {
  const { size } = setup;
  const shape: FrameShape = { height: size, width: size, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };
  const uniqueId = ulid();
  const images = setup.rows * setup.columns;
  const scan = { scan: { shape: [setup.rows, setup.columns], order: "raster", step_nm: setup.stepNm } };
  const frameTime = 1 / setup.fps;
  const common = {
    height: size,
    width: size,
    type: shape.type,
    countTime: frameTime,
    frameTime,
    energyEv: ENERGY_KEV * 1000,
    mask: setup.mask,
  };
  const id = { series, uniqueId };
  switch (protocol) {
    case "dectris-v2": {
      const ticks = v2.TICKS_PER_SECOND / setup.fps;
      return {
        ...id,
        // Operators put the appendix in as text, so it arrives as text.
        begin: () => v2.startMessage({ ...id, ...common, images, userData: JSON.stringify(scan) }),
        image: (image, payload) =>
          v2.imageMessage({
            ...id,
            image,
            channels: [{ name: "threshold_1", shape, payload }],
            startTimeTicks: Math.round(image * ticks),
            stopTimeTicks: Math.round((image + 1) * ticks),
          }),
        end: () => v2.endMessage(id),
      };
    }
    case "dectris-v1": {
      const ns = 1e9 / setup.fps;
      return {
        ...id,
        begin: () => v1.headerMessage({ ...common, series, detail: "all", images, triggers: 1, triggerMode: "exts", appendix: scan }),
        image: (frame, payload) =>
          v1.imageMessage({ series, frame, shape, payload, startTimeNs: Math.round(frame * ns), stopTimeNs: Math.round((frame + 1) * ns) }),
        end: () => v1.endMessage({ series }),
      };
    }
    case "array-1.0":
      return {
        ...id,
        begin: () => null,
        image: (frame, payload) => arrayMessage({ frame, shape, payload, source: "microscope" }),
        end: () => null,
      };
  }
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID (ulid.github.io): ten characters of time in ms, sixteen of chance. */
function ulid(): string {
  let time = "";
  for (let t = Date.now(); time.length < 10; t = Math.floor(t / 32)) time = (CROCKFORD[t % 32] ?? "0") + time;
  return time + Array.from(randomBytes(16), (b) => CROCKFORD[b % 32]).join("");
}

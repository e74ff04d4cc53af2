import { encodeBslz4 } from "../kernels/encode-bslz4.js";
import type { Expose } from "./exposure.js";
import type { Sensor } from "./sensor.js";

/** Patterns as the detector sends them, bslz4 of uint16; rendered once and kept while there is room. */
export interface FrameCache {
  /** Payload of a position. A loan: do not write into it. */
  payload(position: number): Uint8Array;
  /** Renders a position unless it is there; false: nothing was to be done, or there is no room for more. */
  prepare(position: number): boolean;
  /** Positions in the cache, and the bytes that they take. */
  kept(): { readonly frames: number; readonly bytes: number };
}

const SLAB_BYTES = 4 * 1024 * 1024;

/**
 * @param positions of the scan; @param size pixels per detector side;
 * @param limitBytes what does not fit is rendered anew each time.
 */
export function frameCache(positions: number, size: number, expose: Expose, sensor: Sensor, limitBytes: number): FrameCache {
  const counts = new Uint16Array(size * size);
  const payloads = new Array<Uint8Array | undefined>(positions).fill(undefined);
  let slab = new Uint8Array(0);
  let used = 0;
  let bytes = 0;
  let frames = 0;
  let full = false;

  const keep = (payload: Uint8Array): Uint8Array | undefined => {
    if (used + payload.length > slab.length) {
      const room = Math.max(SLAB_BYTES, payload.length);
      if (bytes + room > limitBytes) {
        full = true;
        return undefined;
      }
      slab = new Uint8Array(room);
      used = 0;
      bytes += room;
    }
    const place = slab.subarray(used, used + payload.length);
    place.set(payload);
    used += payload.length;
    frames++;
    return place;
  };

  const payload = (position: number): Uint8Array => {
    const known = payloads[position];
    if (known) return known;
    expose(position, counts);
    sensor.spoil(counts, position);
    const fresh = encodeBslz4(counts, 2);
    payloads[position] = keep(fresh);
    return payloads[position] ?? fresh;
  };
  return {
    payload,
    prepare(position) {
      if (full || payloads[position]) return false;
      payload(position);
      return true;
    },
    kept: () => ({ frames, bytes }),
  };
}

import type { KernelInstance } from "../kernels/kernel-module.js";
import { WINDOW_FRAME } from "../kernels/window-frame.js";
import type { EntryArena } from "./entry-arena.js";
import type { WasmFeatures } from "./wasm-features.js";

/** Where the seats lie in the memory of the kernels. */
interface Place {
  readonly seats: number;
  /** Records of all seats. */
  readonly frames: number;
  /** The list of a frame that is on its way to a seat. */
  readonly list: number;
}

/** Frames at their seats, in the memory of the kernels: a record each, and its list of entries with the polar entries behind. */
export function createWasmSeats(
  kernels: KernelInstance,
  { seats, frames, list: made }: Place,
  arena: EntryArena,
  features: WasmFeatures | null,
) {
  /** Bytes that the list of a seat may take; 0: no frame. */
  const roomOf = new Uint32Array(seats);
  /** Beam centre of each seat. */
  const centre = new Float64Array(2 * seats).fill(Number.NaN);
  const record = (seat: number): number => frames + WINDOW_FRAME.bytes * seat;
  const from = (seat: number): number => kernels.words()[record(seat) / 4 + WINDOW_FRAME.from] as number;
  const to = (seat: number): number => kernels.words()[record(seat) / 4 + WINDOW_FRAME.to] as number;
  function setList(seat: number, begin: number, end: number): void {
    kernels.words()[record(seat) / 4 + WINDOW_FRAME.from] = begin;
    kernels.words()[record(seat) / 4 + WINDOW_FRAME.to] = end;
  }
  const has = (seat: number): boolean => roomOf[seat] !== 0;
  const addressOf = (seat: number): number => {
    if (!has(seat)) throw new Error(`seat ${seat} is empty`);
    return record(seat);
  };
  const entries = (seat: number): Uint32Array => kernels.words().subarray(from(seat) / 4, to(seat) / 4);

  function clear(seat: number): void {
    if (!has(seat)) return;
    arena.give(from(seat), roomOf[seat] as number);
    setList(seat, 0, 0);
    roomOf[seat] = 0;
    centre.fill(Number.NaN, 2 * seat, 2 * seat + 2);
  }

  function listPolar(seat: number): void {
    features?.list(record(seat), centre[2 * seat] as number, centre[2 * seat + 1] as number, to(seat));
  }

  return {
    from,
    to,
    has,
    /** Address of the record. Throws where there is no frame. */
    addressOf,
    entries,
    clear,
    /** Adds entries to a seat; false: there is no memory. */
    put(seat: number, list: Uint32Array): boolean {
      const before = has(seat) ? to(seat) - from(seat) : 0;
      const count = list.length;
      const bytes = before + 4 * count;
      const room = Math.max(4, features ? 2 * bytes : bytes);
      const address = arena.take(room);
      if (address === 0) return false;
      if (before > 0) kernels.bytes().copyWithin(address, from(seat), to(seat));
      // A list in this memory has moved with it.
      if (count > 0)
        kernels.words().set(list.length < count ? kernels.words().subarray(made / 4, made / 4 + count) : list, (address + before) / 4);
      clear(seat);
      setList(seat, address, address + bytes);
      roomOf[seat] = room;
      return true;
    },
    /** Lists polar entries about a centre. */
    aim(seat: number, row: number, col: number): void {
      addressOf(seat);
      centre[2 * seat] = row;
      centre[2 * seat + 1] = col;
      listPolar(seat);
    },
    /** The polar bins are others. */
    aimAgain(): void {
      for (let seat = 0; seat < seats; seat++) if (has(seat)) listPolar(seat);
    },
    /** Drops entries of pixels that are not used; answers how many. */
    keep(used: Uint8Array): number {
      let dropped = 0;
      for (let seat = 0; seat < seats; seat++) {
        if (!has(seat)) continue;
        const all = entries(seat);
        const kept = all.filter((e) => used[e & 0x1ffffff] !== 0);
        dropped += all.length - kept.length;
        all.set(kept);
        setList(seat, from(seat), from(seat) + kept.byteLength);
        listPolar(seat);
      }
      return dropped;
    },
  };
}

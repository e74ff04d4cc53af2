import { BSREC_MAGIC, encodeRecord } from "../../wire/containers.js";

/** The file under a recording; the handles of node:fs/promises are such. */
export interface RecordingFile {
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Messages on their way to a file. */
export interface RecordingWriter {
  /** Takes a message; its bytes may change afterwards. Resolves at once while the disk keeps up. Rejects when the disk has failed. */
  append(ns: bigint, parts: readonly Uint8Array[]): Promise<void> | undefined;
  /** Hands what waits to the disk although no buffer is full. */
  flush(): void;
  /** Messages and bytes appended. */
  readonly messages: number;
  readonly bytes: number;
  /** Why the disk refused; null: it did not. */
  fault(): Error | null;
  /** Writes what waits, cuts the file behind the last whole message, closes it. Resolves to the messages that are in it. */
  close(): Promise<number>;
}

/** Buffers go to the disk one after another; each of these sizes, so many. */
const BUFFER_BYTES = 4 * 1024 * 1024;
const BUFFERS = 4;

/** Writes a `.bsrec` in large pieces: one buffer is filled while the others are being written; all full means that the disk lags. */
export function recordingWriter(file: RecordingFile, bufferBytes = BUFFER_BYTES): RecordingWriter {
  const free = Array.from({ length: BUFFERS }, () => new Uint8Array(bufferBytes));
  let filling = free.pop() as Uint8Array<ArrayBuffer>;
  let used = 0;
  let appended = 0;
  let messages = 0;
  let written = 0;
  let failure: Error | null = null;
  /** Ends of messages that are not known to be on the disk. */
  let ends: number[] = [];
  let whole = { end: 0, messages: 0 };
  let disk: Promise<void> = Promise.resolve();
  let room: () => void = () => {};

  const writeOut = async (buffer: Uint8Array<ArrayBuffer>, length: number): Promise<void> => {
    try {
      for (let done = 0; done < length && !failure; ) {
        const { bytesWritten } = await file.write(buffer, done, length - done, written);
        if (bytesWritten <= 0) throw new Error("the file takes no more bytes");
        done += bytesWritten;
        written += bytesWritten;
      }
    } catch (e) {
      failure = asError(e);
    }
    settle();
    free.push(buffer);
    room();
  };
  const settle = (): void => {
    const n = ends.findIndex((end) => end > written);
    const count = n < 0 ? ends.length : n;
    if (count === 0) return;
    whole = { end: ends[count - 1] as number, messages: whole.messages + count };
    ends = ends.slice(count);
  };
  /** Sends the buffer off; null when all others are on their way. */
  const turnOver = (): Promise<void> | null => {
    const full = filling;
    const length = used;
    disk = disk.then(() => writeOut(full, length));
    used = 0;
    const next = free.pop();
    if (next) {
      filling = next;
      return null;
    }
    return new Promise<void>((resolve) => {
      room = resolve;
    }).then(() => {
      room = () => {};
      filling = free.pop() as Uint8Array<ArrayBuffer>;
    });
  };
  /** Copies pieces from the given place on, until they are through or there is no room. */
  const copy = async (pieces: readonly Uint8Array[], piece: number, at: number, wait: Promise<void>): Promise<void> => {
    await wait;
    await fill(pieces, piece, at);
  };
  const fill = (pieces: readonly Uint8Array[], first: number, from: number): Promise<void> | undefined => {
    let at = from;
    for (let i = first; i < pieces.length; i++) {
      const piece = pieces[i] as Uint8Array;
      while (at < piece.length) {
        const n = Math.min(piece.length - at, filling.length - used);
        filling.set(piece.subarray(at, at + n), used);
        used += n;
        at += n;
        const wait = used === filling.length ? turnOver() : null;
        if (wait) return copy(pieces, i, at, wait);
      }
      at = 0;
    }
    return undefined;
  };

  const put = (pieces: readonly Uint8Array[]): Promise<void> | undefined => {
    for (const piece of pieces) appended += piece.length;
    return fill(pieces, 0, 0);
  };
  put([BSREC_MAGIC]);

  return {
    append(ns, parts) {
      if (failure) return Promise.reject(failure);
      const waiting = put(encodeRecord(ns, parts));
      ends.push(appended);
      messages++;
      return waiting;
    },
    flush() {
      if (used > 0 && free.length === BUFFERS - 1) turnOver();
    },
    get messages() {
      return messages;
    },
    get bytes() {
      return appended;
    },
    fault: () => failure,
    async close() {
      if (used > 0) turnOver();
      await disk;
      try {
        // What cannot be cut stays: a reader stops in front of the torn message.
        if (failure) await file.truncate(Math.max(whole.end, Math.min(written, BSREC_MAGIC.length))).catch(() => {});
        await file.sync();
      } catch (e) {
        failure ??= asError(e);
      } finally {
        await file.close();
      }
      return whole.messages;
    },
  };
}

const asError = (e: unknown): Error => (e instanceof Error ? e : new Error(String(e)));

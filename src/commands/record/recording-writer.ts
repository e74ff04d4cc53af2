import { BSREC_MAGIC, encodeRecord } from "../../wire/containers.js";
import { asError, diskQueue, type RecordingFile } from "./disk-queue.js";

/** Messages on their way to a `.bsrec` file. */
export interface RecordingWriter {
  /**
   * Takes a message. Nothing: go on at once, its bytes are copied. A promise: the disk lags; when it has resolved they are.
   * Rejects when the disk has failed.
   */
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

const BUFFER_BYTES = 4 * 1024 * 1024;

export function recordingWriter(file: RecordingFile, bufferBytes = BUFFER_BYTES): RecordingWriter {
  let appended = 0;
  let messages = 0;
  let syncFailure: Error | null = null;
  /** Ends of messages that are not known to be on the disk; where the last one ends that is, and how many are. */
  let ends: number[] = [];
  let whole = 0;
  let kept = 0;
  const queue = diskQueue(file, bufferBytes, () => {
    const torn = ends.findIndex((end) => end > queue.written());
    const count = torn < 0 ? ends.length : torn;
    whole = ends[count - 1] ?? whole;
    kept += count;
    ends = ends.slice(count);
  });
  const put = (pieces: readonly Uint8Array[]): Promise<void> | undefined => {
    for (const piece of pieces) appended += piece.length;
    return queue.put(pieces);
  };
  const failed = (): Error | null => queue.fault() ?? syncFailure;
  put([BSREC_MAGIC]);

  return {
    append(ns, parts) {
      const failure = failed();
      if (failure) return Promise.reject(failure);
      const waiting = put(encodeRecord(ns, parts));
      ends.push(appended);
      messages++;
      return waiting;
    },
    flush: queue.flush,
    get messages() {
      return messages;
    },
    get bytes() {
      return appended;
    },
    fault: failed,
    async close() {
      await queue.drain();
      try {
        // What cannot be cut stays: a reader stops in front of the torn message.
        if (queue.fault()) await file.truncate(Math.max(whole, Math.min(queue.written(), BSREC_MAGIC.length))).catch(() => {});
        await file.sync();
      } catch (e) {
        syncFailure = asError(e);
      } finally {
        await file.close();
      }
      return kept;
    },
  };
}

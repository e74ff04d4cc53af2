/** The file under a recording; the handles of node:fs/promises are such. */
export interface RecordingFile {
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes on their way to a file, in large pieces: one buffer is filled while the others are being written. */
export interface DiskQueue {
  /** Copies bytes behind those before. A promise: the disk lags, call again when it has resolved. */
  put(pieces: readonly Uint8Array[]): Promise<void> | undefined;
  /** Hands what waits to the disk although no buffer is full, unless the disk is busy. */
  flush(): void;
  /** Hands over what waits; resolves when the disk has taken everything, or has failed. */
  drain(): Promise<void>;
  /** Bytes that the disk has taken. */
  written(): number;
  /** Why the disk took no more; null: it did not fail. What is put afterwards is dropped. */
  fault(): Error | null;
}

/** Buffers go to the disk one after another; so many there are. */
const BUFFERS = 4;

/** @param taken called when the disk has taken more. */
export function diskQueue(file: RecordingFile, bufferBytes: number, taken: () => void): DiskQueue {
  const free = Array.from({ length: BUFFERS - 1 }, () => new Uint8Array(bufferBytes));
  let filling = new Uint8Array(bufferBytes);
  let used = 0;
  let written = 0;
  let failure: Error | null = null;
  let disk: Promise<void> = Promise.resolve();
  let freed: () => void = () => {};

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
    taken();
    free.push(buffer);
    freed();
  };

  /** Sends the buffer off; a promise when all others are on their way. */
  const turnOver = (): Promise<void> | undefined => {
    const [full, length] = [filling, used];
    disk = disk.then(() => writeOut(full, length));
    used = 0;
    const next = free.pop();
    if (next) {
      filling = next;
      return undefined;
    }
    return new Promise((resolve) => {
      freed = () => {
        freed = () => {};
        filling = free.pop() ?? full;
        resolve();
      };
    });
  };

  const put = (pieces: readonly Uint8Array[], first = 0, from = 0): Promise<void> | undefined => {
    let at = from;
    for (let i = first; i < pieces.length; i++, at = 0) {
      const piece = pieces[i] as Uint8Array;
      while (at < piece.length) {
        const n = Math.min(piece.length - at, filling.length - used);
        filling.set(piece.subarray(at, at + n), used);
        used += n;
        at += n;
        const [piecesLeft, rest] = [i, at];
        const wait = used === filling.length ? turnOver() : undefined;
        if (wait) return wait.then(() => put(pieces, piecesLeft, rest));
      }
    }
    return undefined;
  };

  return {
    put: (pieces) => put(pieces),
    flush() {
      if (used > 0 && free.length === BUFFERS - 1) turnOver();
    },
    drain() {
      if (used > 0) turnOver();
      return disk;
    },
    written: () => written,
    fault: () => failure,
  };
}

export const asError = (e: unknown): Error => (e instanceof Error ? e : new Error(String(e)));

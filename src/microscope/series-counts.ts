/** What was done to one wire series, exactly: sent + dropped + lost = images planned so far + copies. */
export interface SeriesCounts {
  /** Number of the scan, from 1; a restart makes two series of one scan. */
  readonly scan: number;
  readonly series: number;
  readonly uniqueId: string;
  /** Images announced. */
  readonly announced: number;
  /** Image messages that the socket took, and that it did not take. */
  sent: number;
  dropped: number;
  /** Faults: images left out; second copies; pairs exchanged; payloads damaged. */
  lost: number;
  copies: number;
  swaps: number;
  corrupted: number;
  /** Bytes of the image messages sent. */
  bytes: number;
  /** The begin message was taken by the socket, and the end message. */
  begun: boolean;
  ended: boolean;
  /** Nothing more comes. */
  over: boolean;
  /** From the begin to the newest image. */
  seconds: number;
}

export const newCounts = (scan: number, series: number, uniqueId: string, announced: number): SeriesCounts => ({
  scan,
  series,
  uniqueId,
  announced,
  sent: 0,
  dropped: 0,
  lost: 0,
  copies: 0,
  swaps: 0,
  corrupted: 0,
  bytes: 0,
  begun: false,
  ended: false,
  over: false,
  seconds: 0,
});

/** A message of a recording. */
export interface RecordedMessage {
  readonly parts: readonly Uint8Array[];
  /** ns of the recorder's clock; null: the container keeps no times. */
  readonly ns: bigint | null;
  /** Byte of the file at which the message begins. */
  readonly offset: number;
}

/** Parts of one message and bytes of one part that a recording may hold. */
export const MAX_PARTS = 1024;
export const MAX_PART_BYTES = 2 ** 30;

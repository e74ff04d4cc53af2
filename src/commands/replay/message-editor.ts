/** What a recorded message is. */
export interface MessageKind {
  readonly kind: "begin" | "image" | "end" | "other";
  /** `null`: the message does not say. */
  readonly series: number | null;
  readonly uniqueId: string | null;
}

/** What a message is to say instead. What it does not say already is not added. */
export interface Change {
  readonly series?: number;
  readonly uniqueId?: string;
  /** Number of an image. */
  readonly image?: number;
  /** Images announced by a begin. */
  readonly images?: number;
}

/** Reads and rewrites the numbers of the messages of one family of protocols; all other bytes stay. */
export interface MessageEditor {
  kindOf(parts: readonly Uint8Array[]): MessageKind;
  edit(parts: readonly Uint8Array[], change: Change): readonly Uint8Array[];
}

export const OTHER: MessageKind = { kind: "other", series: null, uniqueId: null };

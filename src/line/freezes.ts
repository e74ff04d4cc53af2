import type { ClassRecord } from "../components/library.js";

interface Frozen {
  readonly records: ReadonlyMap<number, Pick<ClassRecord, "frames" | "frozen">>;
  freeze(id: number, frozen: boolean): void;
}

/**
 * What people have frozen in a scan whose rows are taken again: what was learnt about a wrong centre is forgotten, their word is not. A class is
 * frozen anew as soon as as many frames of it are known again as when it was frozen.
 */
export class Freezes {
  /** Frames by class. */
  readonly #wait = new Map<number, number>();

  constructor(earlier: Freezes | null = null, classes: Frozen["records"] = new Map()) {
    if (earlier) for (const [id, frames] of earlier.#wait) this.#wait.set(id, frames);
    for (const [id, { frames, frozen }] of classes) if (frozen) this.#wait.set(id, frames);
  }

  /** Whether a class is, or will be. */
  has(id: number): boolean {
    return this.#wait.has(id);
  }

  /** The last word counts. */
  say(id: number, frozen: boolean, classes: Frozen | null): void {
    classes?.freeze(id, frozen);
    if (!frozen) this.#wait.delete(id);
    else if (!classes?.records.has(id)) this.#wait.set(id, this.#wait.get(id) ?? 0);
  }

  /** More of the scan is known; `all`: no more comes. */
  renew(classes: Frozen, all = false): void {
    for (const [id, frames] of this.#wait) {
      const record = classes.records.get(id);
      if (!record || (!all && record.frames < frames)) continue;
      classes.freeze(id, true);
      this.#wait.delete(id);
    }
  }
}

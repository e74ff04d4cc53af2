import { open, readFile, rename, rm, stat } from "node:fs/promises";
import type { Config } from "../config/index.js";
import { Fault } from "../core/fault.js";
import { checkLibraries } from "./class-shelf.js";
import type { ComponentBook } from "./component-book.js";
import type { EventLogWriter } from "./event-log.js";
import type { LanePool } from "./lane-pool.js";
import { decodeSession, MOST_BYTES, type SavedSession } from "./library-file.js";

/** The library that a configuration names, and its file; null: there is none yet. */
export interface FoundLibrary {
  readonly bytes: Uint8Array;
  readonly session: SavedSession;
}

const isAbsent = (e: unknown): boolean => e instanceof Error && "code" in e && e.code === "ENOENT";

/** Reads a library from disk; null: there is no such file. Fault bad-file names it and says what is wrong with it. */
export async function readLibrary(path: string): Promise<FoundLibrary | null> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new RangeError(`${size} bytes are more than a library has`);
    const bytes = new Uint8Array(await readFile(path));
    const session = decodeSession(bytes);
    checkLibraries(session.libraries);
    return { bytes, session };
  } catch (e) {
    if (isAbsent(e)) return null;
    throw new Fault("bad-file", path, `${path}: ${e instanceof Error ? e.message : String(e)}`, e);
  }
}

/** The library that scans begin with; null: they begin with none. Faults: bad-file. */
export async function loadLibrary({ library: path, freeze }: Config["components"]): Promise<FoundLibrary | null> {
  if (path === null) return null;
  const found = await readLibrary(path);
  if (!found && freeze) throw new Fault("bad-file", path, `${path}: there is no such library, and with components.freeze none is made`);
  return found;
}

interface KeeperParts {
  readonly pool: Pick<LanePool, "askComponents">;
  readonly book: ComponentBook;
  readonly events: Pick<EventLogWriter, "tell">;
}

/** Writes what is known of classes to disk whenever it may have changed, one time after the other; nothing where it is frozen. */
export class LibraryKeeper {
  readonly #path: string | null;
  readonly #parts: KeeperParts;
  #again = false;
  #busy: Promise<void> | null = null;

  constructor({ library, freeze }: Config["components"], parts: KeeperParts) {
    this.#path = freeze ? null : library;
    this.#parts = parts;
  }

  /** The session as a file. */
  async bytes(): Promise<{ readonly bytes: Uint8Array; readonly classes: number }> {
    const { pool, book } = this.#parts;
    return pool.askComponents("componentSave", { words: book.words() });
  }

  changed(): void {
    if (this.#path === null) return;
    this.#again = true;
    this.#busy ??= this.#write(this.#path);
  }

  /** Everything so far is on disk, or could not be written. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  async #write(path: string): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const { bytes, classes } = await this.bytes();
      // A session without classes does not make a file.
      if (classes > 0) await this.#put(path, bytes, classes);
    }
    this.#busy = null;
  }

  async #put(path: string, bytes: Uint8Array, classes: number): Promise<void> {
    const { events } = this.#parts;
    // Whoever reads meanwhile, or after a crash, finds the file of before.
    const part = `${path}.part`;
    try {
      const file = await open(part, "w");
      await file.writeFile(bytes).finally(() => file.sync().finally(() => file.close()));
      await rename(part, path);
      events.tell("info", "library-saved", `${classes} ${classes === 1 ? "class is" : "classes are"} kept in ${path}`, null);
    } catch (e) {
      await rm(part, { force: true }).catch(() => undefined);
      events.tell("error", "library-not-saved", `classes could not be kept: ${e instanceof Error ? e.message : String(e)}`, null);
    }
  }
}

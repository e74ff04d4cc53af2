import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../../config/index.js";
import { isFault } from "../../core/fault.js";
import { readLibrary } from "../../line/library-keeper.js";
import { type Check, fail, ok } from "./check.js";

const NAME = "library";

/** Whether the classes of earlier scans can be read, and those to come be written. */
export async function checkLibrary({ library: path, freeze }: Config["components"]): Promise<Check[]> {
  if (path === null) return [];
  try {
    const found = await readLibrary(path);
    if (!found && freeze)
      return [fail(NAME, `${path}: there is no such file`, "correct components.library, or make it with components.freeze = false")];
    if (!freeze) await access(dirname(path), constants.W_OK);
    if (!found) return [ok(NAME, `${path}: will be made after the first scan`)];
    const { libraries } = found.session;
    const classes = libraries.reduce((n, l) => n + l.classes.length, 0);
    return [ok(NAME, `${path}: ${classes} classes of ${libraries.length} camera length${libraries.length === 1 ? "" : "s"}`)];
  } catch (e) {
    if (isFault(e, "bad-file")) return [fail(NAME, e.message, "name another file in components.library, or take this one away")];
    return [fail(NAME, e instanceof Error ? e.message : String(e), "make the folder of components.library writable")];
  }
}

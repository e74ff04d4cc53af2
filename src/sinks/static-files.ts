import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Reply } from "./reply.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
/** A name like `app-3F8A2C1B.js` changes with its content. */
const HASHED = /[-.][0-9A-Za-z_]{8,}\.[a-z0-9]+$/;
const FOREVER = "public, max-age=31536000, immutable";

/** Answers by URL path without the leading slash. */
export type StaticFiles = ReadonlyMap<string, Reply>;

/**
 * The built dashboard, read once when the daemon starts: a request only ever looks up a name in this list, so no path from outside
 * reaches the file system. `index.html` also answers for the root. Links are not followed.
 */
export function readStaticFiles(root: string): StaticFiles {
  const files = new Map<string, Reply>();
  const walk = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const url = prefix + entry.name;
      if (entry.isDirectory()) walk(path, `${url}/`);
      else if (entry.isFile())
        files.set(url, {
          status: 200,
          type: TYPES[extname(entry.name)] ?? "application/octet-stream",
          body: readFileSync(path),
          headers: { "cache-control": HASHED.test(entry.name) ? FOREVER : "no-cache" },
        });
    }
  };
  walk(root, "");
  const index = files.get("index.html");
  if (index) files.set("", index);
  return files;
}

import { readFileSync } from "node:fs";

/** Version of the installed package. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return String(JSON.parse(text).version);
}

import { fastReceiverFits, parseEndpoint, parseListen } from "./addresses.js";
import { type Origin, originText, type Problem } from "./layers.js";
import type { Config } from "./schema.js";

/** What must hold between keys. Each rule: the key to blame, and what is wrong, or null. */
const RULES: readonly { readonly key: string; readonly broken: (config: Config) => string | null }[] = [
  {
    key: "scan.positions_file",
    broken: ({ scan }) => (scan.order === "positions" && scan.positions_file === null ? 'must be set when scan.order = "positions"' : null),
  },
  {
    key: "scan.shape",
    broken: ({ scan }) => (scan.order === "positions" && scan.shape === null ? 'must be set when scan.order = "positions"' : null),
  },
  {
    key: "source.endpoint",
    broken: ({ source }) => {
      const at = parseEndpoint(source.endpoint);
      if (at?.transport !== "tcp" || source.bind || (at.host !== "*" && at.port !== 0)) return null;
      return `must name a host and a port to connect to, not ${JSON.stringify(source.endpoint)}; * and port 0 are for source.bind = true`;
    },
  },
  {
    key: "source.receiver",
    broken: ({ source }) =>
      source.receiver === "fast" && !fastReceiverFits(source)
        ? `must be auto or zeromq here: fast only connects, to tcp://HOST:PORT, and does not fit source.endpoint = ${JSON.stringify(source.endpoint)} with source.bind = ${source.bind}`
        : null,
  },
  {
    key: "components.library",
    broken: ({ components }) =>
      components.freeze && components.library === null ? "must be set when components.freeze = true: it is what is frozen" : null,
  },
  {
    key: "http.token",
    broken: ({ http }) =>
      http.token === null && parseListen(http.listen)?.loopback === false
        ? `must be set, 16 characters or more, when http.listen is not a loopback address: ${JSON.stringify(http.listen)} can be reached from other machines`
        : null,
  },
];

export function crossProblems(config: Config, origins: Readonly<Record<string, Origin>>): Problem[] {
  return RULES.flatMap(({ key, broken }) => {
    const what = broken(config);
    return what === null ? [] : [{ key, message: `${key} ${what} (${originText(origins[key])})` }];
  });
}

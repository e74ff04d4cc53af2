/** The two kinds of address in the configuration: ZeroMQ endpoints and the listen address of the HTTP server. */

export type Endpoint =
  | { readonly transport: "tcp"; readonly host: string; readonly port: number }
  | { readonly transport: "ipc"; readonly path: string };

export interface ListenAddress {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Only programs on this machine can reach it. */
  readonly loopback: boolean;
}

const HOST_PORT = /^(\[[0-9a-fA-F:.%a-z]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\*):(\d{1,5}|\*)$/;

/** `tcp://HOST:PORT` or `ipc://PATH`, or null. A port of `*` is 0: any free one. */
export function parseEndpoint(text: string): Endpoint | null {
  const ipc = /^ipc:\/\/(\S+)$/.exec(text);
  if (ipc?.[1]) return ipc[1].length > MAX_IPC_PATH ? null : { transport: "ipc", path: ipc[1] };
  if (!text.startsWith("tcp://")) return null;
  const at = hostPort(text.slice("tcp://".length));
  return at ? { transport: "tcp", ...at } : null;
}

/** The fast receiver connects by tcp, and does nothing else. */
export const fastReceiverFits = (source: { readonly endpoint: string; readonly bind: boolean }): boolean =>
  !source.bind && parseEndpoint(source.endpoint)?.transport === "tcp";

/** sun_path holds 108 bytes, the last one zero. */
const MAX_IPC_PATH = 107;

/** `HOST:PORT`, or null. An IPv6 address stands in brackets. */
export function parseListen(text: string): ListenAddress | null {
  const at = text.includes("*") ? null : hostPort(text);
  return at ? { ...at, loopback: isLoopback(at.host) } : null;
}

/** A host name or address that only this machine can reach. */
export const isLoopback = (host: string): boolean => /^localhost$/i.test(host) || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

function hostPort(text: string): { host: string; port: number } | null {
  const match = HOST_PORT.exec(text);
  if (!match?.[1] || !match[3]) return null;
  const port = match[3] === "*" ? 0 : Number(match[3]);
  return port > 65535 ? null : { host: match[1].replace(/^\[|\]$/g, ""), port };
}

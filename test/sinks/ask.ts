import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
  /** `error.code` of the body. */
  readonly code: string | undefined;
}

interface Question {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** One request on a connection of its own; the path goes out as it is written. */
export function ask(base: string, method: string, path: string, { headers = {}, body }: Question = {}): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const req = request({ host: hostname.replace(/[[\]]/g, ""), port, method, path, headers, agent: false }, (res) => {
      const parts: Buffer[] = [];
      res.on("data", (p: Buffer) => parts.push(p));
      res.on("error", reject);
      res.on("end", () => {
        const all = Buffer.concat(parts);
        const json = parse(all);
        const { error } = (json ?? {}) as { error?: { code: string } };
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: all, json, code: error?.code });
      });
    });
    req.on("error", reject);
    req.end(body);
  });
}

export const get = (base: string, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(base, "GET", path, { headers });

/** Sends bytes as they are and returns everything that comes back until the connection closes. */
export function raw(base: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    let all = "";
    socket.on("data", (d) => {
      all += d.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(all));
  });
}

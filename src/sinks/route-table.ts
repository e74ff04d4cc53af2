import type { IncomingMessage } from "node:http";
import { type Reply, refuse } from "./reply.js";

/** A request that has passed the guard. */
export interface Ask {
  readonly request: IncomingMessage;
  /** Values of the `:name` parts of the route. */
  readonly part: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}
export type Handler = (ask: Ask) => Reply | Promise<Reply>;

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Segments joined by "/"; `:name` stands for one segment, `:name.npy` for one that ends so. */
  readonly path: string;
  readonly handle: Handler;
}

/** A request target, taken apart; null where it is none. Dots are left alone: no file name is ever made of it. */
export function parseTarget(target: string): { readonly segments: readonly string[]; readonly query: URLSearchParams } | null {
  if (!target.startsWith("/")) return null;
  const cut = target.indexOf("?");
  const path = cut < 0 ? target : target.slice(0, cut);
  try {
    return {
      segments: path.slice(1).split("/").map(decodeURIComponent),
      query: new URLSearchParams(cut < 0 ? "" : target.slice(cut + 1)),
    };
  } catch {
    return null;
  }
}

function matchSegment(pattern: string, segment: string, part: Record<string, string>): boolean {
  if (!pattern.startsWith(":")) return pattern === segment;
  const dot = pattern.indexOf(".");
  const ending = dot < 0 ? "" : pattern.slice(dot);
  if (!segment.endsWith(ending) || segment.length === ending.length) return false;
  part[dot < 0 ? pattern.slice(1) : pattern.slice(1, dot)] = segment.slice(0, segment.length - ending.length);
  return true;
}

/** Finds the handler of a request; 404 and 405 are answers as well. */
export function createRouter(
  routes: readonly Route[],
): (method: string, segments: readonly string[]) => { handle: Handler; part: Record<string, string> } | Reply {
  const table = routes.map((r) => ({ ...r, pattern: r.path.split("/") }));
  return (method, segments) => {
    const allowed = new Set<string>();
    for (const { pattern, handle, method: own } of table) {
      const part: Record<string, string> = {};
      if (pattern.length !== segments.length || !pattern.every((p, i) => matchSegment(p, segments[i] ?? "", part))) continue;
      if (own === method || (own === "GET" && method === "HEAD")) return { handle, part };
      allowed.add(own);
      if (own === "GET") allowed.add("HEAD");
    }
    if (allowed.size === 0) return refuse(404, "not_found", "nothing is here");
    const allow = [...allowed].join(", ");
    return refuse(405, "method_not_allowed", `${method} is not allowed here; allowed: ${allow}`, { allow });
  };
}

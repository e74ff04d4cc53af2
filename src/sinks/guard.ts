import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isLoopback } from "../config/index.js";
import { type Reply, refuse } from "./reply.js";

interface GuardOptions {
  readonly host: string;
  /** Known once the server listens. */
  readonly port: () => number;
  readonly token: string | undefined;
  /** `name` (any port) or `name:port`, for reverse proxies and DNS names. */
  readonly allowedHosts: readonly string[];
}

export interface Guard {
  /** Null: go on. `open`: what anybody may fetch (page, health, login). `changes`: not a plain read. */
  check(request: IncomingMessage, kind: { readonly open: boolean; readonly changes: boolean }): Reply | null;
  /** Value of Set-Cookie for the right token, null for a wrong one; "none" where no token is configured. */
  session(token: string): string | "none" | null;
}

interface Place {
  readonly name: string;
  readonly port: number | null;
}

/** `name`, `name:port`, `[v6]`, `[v6]:port`; null for anything else. */
function parsePlace(text: string): Place | null {
  const m = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text);
  const name = m?.[1] ?? m?.[2];
  return m && name !== undefined ? { name: name.toLowerCase(), port: m[3] === undefined ? null : Number(m[3]) } : null;
}

/** An IPv4 address that came in on a dual-stack socket. */
const plainAddress = (a: string | undefined): string => (a ?? "").replace(/^::ffff:/, "");

// Equal lengths and constant time whatever is compared: only digests meet.
const KEY = "braggstream session";
const digest = (text: string): Buffer => createHmac("sha256", KEY).update(text).digest();
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

function cookie(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const cut = pair.indexOf("=");
    if (cut > 0 && pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim();
  }
  return undefined;
}

/** Who may ask (contract §5). A page of another site that resolves to us (DNS rebinding) is stopped by Host, its forms and sockets by Origin. */
export function createGuard(o: GuardOptions): Guard {
  const allowed = o.allowedHosts.map(parsePlace).filter((p) => p !== null);
  const cookieName = (): string => `braggstream_${o.port()}`;
  // Follows from the token, so that sessions outlive a restart; does not give the token away.
  const secret = o.token === undefined ? "" : createHmac("sha256", o.token).update(KEY).digest("base64url");

  function isOurs(place: Place, request: IncomingMessage): boolean {
    if ((place.port ?? 80) !== o.port()) return false;
    const local = plainAddress(request.socket.localAddress);
    if (place.name === o.host.toLowerCase() || place.name === local) return true;
    return isLoopback(local) && isLoopback(place.name);
  }
  const isAllowed = (place: Place): boolean =>
    allowed.some((a) => a.name === place.name && (a.port === null || a.port === (place.port ?? 80)));

  function knows(request: IncomingMessage): boolean {
    const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined && o.token !== undefined && same(bearer, o.token)) return true;
    const session = cookie(request, cookieName());
    return session !== undefined && same(session, secret);
  }

  return {
    check(request, { open, changes }) {
      const host = request.headers.host ?? "";
      const place = parsePlace(host);
      const ours = place !== null && isOurs(place, request);
      if (!place || !(ours || isAllowed(place)))
        return refuse(403, "host_not_allowed", "the Host header names neither the listen address nor one of [http] allowed_hosts");
      const { origin } = request.headers;
      if (changes && origin !== undefined && !isSameOrigin(origin, host))
        return refuse(403, "origin_not_allowed", "this is only allowed from the dashboard's own pages");
      // Behind a proxy the listen address is loopback although the browser is elsewhere: a configured token then counts.
      const needed = o.token !== undefined && !(ours && isLoopback(o.host));
      if (needed && !open && !knows(request))
        return refuse(401, "token_needed", "send `Authorization: Bearer TOKEN`, or open the page with #token=", {
          "www-authenticate": "Bearer",
        });
      return null;
    },
    session(token) {
      if (o.token === undefined) return "none";
      return same(token, o.token) ? `${cookieName()}=${secret}; Path=/; HttpOnly; SameSite=Strict` : null;
    },
  };
}

function isSameOrigin(origin: string, host: string): boolean {
  try {
    const url = new URL(origin);
    return (url.protocol === "http:" || url.protocol === "https:") && url.host === new URL(`${url.protocol}//${host}`).host;
  } catch {
    return false;
  }
}

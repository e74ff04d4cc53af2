import type { LineView } from "../core/sink.js";
import type { Metrics } from "../telemetry/metrics.js";
import type { Guard } from "./guard.js";
import { readBody } from "./read-body.js";
import { bytes, json, type Reply, refuse, text } from "./reply.js";
import type { Ask, Handler, Route } from "./route-table.js";

export interface SystemSources {
  readonly line: LineView;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** The effective configuration, JSON-safe and without secrets. */
  readonly config: () => unknown;
  /** Version, licence and the like. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly ready: () => boolean;
  readonly guard: Guard;
}

async function session(guard: Guard, { request }: Ask): Promise<Reply> {
  const body = await readBody(request);
  if ("refusal" in body) return body.refusal;
  const { token } = body.fields;
  if (typeof token !== "string") return refuse(400, "bad_request", "token must be a text");
  const cookie = guard.session(token);
  if (cookie === null) return refuse(401, "token_needed", "this is not the token of [http] token");
  return json({ ok: true }, 200, cookie === "none" ? {} : { "set-cookie": cookie });
}

/** Parts of the interface that later versions fill: refused by name. */
const LATER: readonly (readonly [method: Route["method"], path: string, what: string])[] = [
  ["GET", "api/v1/rescans", "rescans"],
  ["POST", "api/v1/rescans", "rescans"],
  ["POST", "api/v1/rescans/:rescan/approve", "rescans"],
  ["POST", "api/v1/rescans/:rescan/dismiss", "rescans"],
  ["POST", "api/v1/rescans/:rescan/ack", "rescans"],
];

/** Everything that is not about one series. */
export function systemRoutes(from: SystemSources): Route[] {
  const { line, metrics, guard } = from;
  const get = (path: string, handle: Handler): Route => ({ method: "GET", path, handle });
  return [
    get("healthz", () => text("ok\n")),
    get("readyz", () => (from.ready() ? text("ready\n") : text("not ready\n", 503))),
    get("metrics", async () => text(await metrics.text(), 200, metrics.contentType)),
    get("api/v1/config", () => json(from.config())),
    get("api/v1/about", () => json(from.about)),
    get("api/v1/events", () => json({ events: line.events() })),
    get("api/v1/stats", () => json(line.stats())),
    get("api/v1/library", async () =>
      bytes("application/octet-stream", await line.library(), { "content-disposition": 'attachment; filename="braggstream.bscomp"' }),
    ),
    { method: "POST", path: "api/v1/session", handle: (ask) => session(guard, ask) },
    ...LATER.map(
      ([method, path, what]): Route => ({ method, path, handle: () => refuse(404, "not_available", `this version has no ${what}`) }),
    ),
  ];
}

import type { IncomingMessage } from "node:http";
import { type Reply, refuse } from "./reply.js";

/** Every body of ours is a small JSON object. */
const MAX_BODY = 4096;

type Body = { readonly fields: Readonly<Record<string, unknown>> } | { readonly refusal: Reply };

const fail = (status: number, code: string, message: string): Body => ({ refusal: refuse(status, code, message) });
// The rest of a body that is not read must not be taken for the next request.
const tooLarge = (): Body => ({ refusal: refuse(413, "too_large", `a body has at most ${MAX_BODY} bytes`, { connection: "close" }) });

async function collect(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The JSON object in a request, or the answer why it is none. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") return fail(415, "unsupported_media_type", "the body must be application/json");
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) return tooLarge();
  const body = await collect(request).catch(() => undefined);
  if (body === undefined) return fail(400, "bad_request", "the body ended early");
  if (body === null) return tooLarge();
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return fail(400, "bad_request", "the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return fail(400, "bad_request", "the body must be a JSON object");
  return { fields: value as Record<string, unknown> };
}

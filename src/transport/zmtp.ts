/** The words of ZMTP 3.0 and 3.1 with the NULL mechanism (rfc.zeromq.org/spec/23 and 37): greetings and commands, bytes in and out. */

export const GREETING_BYTES = 64;
/** Signature and version: what a peer must hear before it says the rest of its own greeting. */
export const GREETING_HEAD = 12;
/** Bits of the octet in front of a frame; the others are reserved and zero. */
export const FLAG = { more: 1, long: 2, command: 4, reserved: 0xf8 } as const;
/** A context that a PING may carry, bytes. */
const MAX_CONTEXT = 16;
const TTL_BYTES = 2;

/** Signature, version 3.1, mechanism NULL, not a server. */
export function greeting(): Uint8Array {
  const bytes = new Uint8Array(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes[8] = 1;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes[11] = 1;
  bytes.set(latin1("NULL"), 12);
  return bytes;
}

/** What is known of a greeting, of which not all may have come. */
export interface Greeting {
  /** False: whoever speaks does not speak ZMTP 2 or later. */
  readonly zmtp: boolean;
  /** null: not said yet. Peers before ZMTP 3 say 0, 1 or 2, and then something else than the rest of this greeting. */
  readonly major: number | null;
  readonly minor: number | null;
  /** "" : not said yet. */
  readonly mechanism: string;
  readonly complete: boolean;
}

export function readGreeting(bytes: Uint8Array): Greeting {
  const zmtp = (bytes.length < 1 || bytes[0] === 0xff) && (bytes.length < 10 || bytes[9] === 0x7f);
  const complete = bytes.length >= GREETING_BYTES;
  const mechanism = complete ? text(bytes.subarray(12, 32)).replace(/\0+$/, "") : "";
  return { zmtp, major: bytes[10] ?? null, minor: bytes[11] ?? null, mechanism, complete };
}

export interface Command {
  readonly name: string;
  /** What follows the name: a view. */
  readonly data: Uint8Array;
}

/** The body of a command frame; null: it has no name. */
export function readCommand(body: Uint8Array): Command | null {
  const length = body[0];
  if (length === undefined || length === 0 || 1 + length > body.length) return null;
  return { name: text(body.subarray(1, 1 + length)), data: body.subarray(1 + length) };
}

/** Property of the metadata in a READY command: u8 length, name, u32be length, value. Names know no case. undefined: not there; null: the metadata are broken. */
export function readProperty(metadata: Uint8Array, wanted: string): string | null | undefined {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  let found: string | undefined;
  for (let at = 0; at < metadata.length; ) {
    const name = at + 1;
    const length = name + (metadata[at] as number);
    if (length === name || length + 4 > metadata.length) return null;
    const value = length + 4;
    const end = value + view.getUint32(length);
    if (end > metadata.length) return null;
    if (text(metadata.subarray(name, length)).toLowerCase() === wanted.toLowerCase()) found ??= text(metadata.subarray(value, end));
    at = end;
  }
  return found;
}

/** The reason in an ERROR command: u8 length, text. */
export const readReason = (data: Uint8Array): string => text(data.subarray(1, 1 + (data[0] ?? 0)));

/** READY with our socket type. */
export function ready(socketType: string): Uint8Array {
  const name = "Socket-Type";
  const body = [name.length, ...latin1(name), 0, 0, 0, socketType.length, ...latin1(socketType)];
  return command("READY", Uint8Array.from(body));
}

/** A subscription, in the form that a peer of this minor version of ZMTP 3 expects: a command, or a message that begins with 1. */
export function subscription(topic: string, minor: number): Uint8Array {
  const bytes = new TextEncoder().encode(topic);
  return minor >= 1 ? command("SUBSCRIBE", bytes) : frame(0, Uint8Array.from([1, ...bytes]));
}

/** PING without context and without a time to live: we watch the peer, it need not watch us. */
export const ping = (): Uint8Array => command("PING", new Uint8Array(TTL_BYTES));

/** The time to live that a PING demands, ms (0: none), and its answer; null: it is broken. */
export function readPing(data: Uint8Array): { readonly ttlMs: number; readonly pong: Uint8Array } | null {
  if (data.length < TTL_BYTES || data.length > TTL_BYTES + MAX_CONTEXT) return null;
  const tenths = 256 * (data[0] as number) + (data[1] as number);
  return { ttlMs: 100 * tenths, pong: command("PONG", data.subarray(TTL_BYTES)) };
}

function command(name: string, data: Uint8Array): Uint8Array {
  const body = new Uint8Array(1 + name.length + data.length);
  body[0] = name.length;
  body.set(latin1(name), 1);
  body.set(data, 1 + name.length);
  return frame(FLAG.command, body);
}

function frame(flags: number, body: Uint8Array): Uint8Array {
  const long = body.length > 255;
  const bytes = new Uint8Array((long ? 9 : 2) + body.length);
  bytes[0] = flags | (long ? FLAG.long : 0);
  if (long) new DataView(bytes.buffer).setUint32(5, body.length);
  else bytes[1] = body.length;
  bytes.set(body, bytes.length - body.length);
  return bytes;
}

const latin1 = (s: string): Uint8Array => Uint8Array.from(s, (c) => c.charCodeAt(0));
const text = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

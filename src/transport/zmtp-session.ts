import type { LinkFault } from "../core/wire.js";
import { MAX_MESSAGE_BYTES } from "./receiver.js";
import {
  FLAG,
  GREETING_BYTES,
  GREETING_HEAD,
  greeting,
  readCommand,
  readGreeting,
  readPing,
  readProperty,
  readReason,
  ready,
  subscription,
} from "./zmtp.js";

/** Where received bytes lie. Bytes between `from` and `to` have been read from the socket and not been consumed; they may move when room is asked for. */
export interface ReceiveMemory {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Room to read into, right behind `to`, when `need` bytes from `from` on are to lie in one piece. null: there is none now. */
  room(need: number): Uint8Array | null;
  /** So many bytes have been read into that room. */
  commit(count: number): void;
  consume(count: number): void;
  /** Forgets what is not consumed. */
  drop(): void;
}

/** A connection that cannot go on, and why. */
export class LinkTrouble {
  readonly fault: LinkFault;
  readonly detail: string;
  constructor(fault: LinkFault, detail: string) {
    this.fault = fault;
    this.detail = detail;
  }
}

/** Takes the parts of a message: views into the memory, in an array that is used again. False: there was no room, no more now. */
export type TakeMessage = (parts: readonly Uint8Array[]) => boolean;

/** Takes a message of one part where it lies. "parts": not in this way, nothing was taken. "full": there was no room, no more now. */
export type TakeWhole = (bytes: Uint8Array, from: number, length: number) => "taken" | "parts" | "full";

export interface ZmtpSessionOptions {
  readonly socket: "pull" | "sub";
  /** Subscription prefix of a sub socket. */
  readonly topic: string;
  readonly memory: ReceiveMemory;
  readonly take: TakeMessage;
  readonly takeWhole?: TakeWhole;
  readonly send: (bytes: Uint8Array) => void;
}

/** Parts of one message: real ones have up to 9. */
export const MAX_PARTS = 1024;
/** Bytes of one command: real ones have up to 60. */
export const MAX_COMMAND = 1 << 16;
/** Longest head of a frame: flags and a length of 8 bytes. */
const MAX_HEAD = 9;
const PEERS: Readonly<Record<ZmtpSessionOptions["socket"], readonly string[]>> = { pull: ["PUSH"], sub: ["PUB", "XPUB"] };

const malformed = (what: string): LinkTrouble => new LinkTrouble("malformed", what);

/**
 * Our side of one ZMTP connection, without the socket: reads what lies in the memory, hands messages over where they lie, answers
 * by `send`. Never throws on any input; allocates nothing for messages that are taken whole, and one small view per part of others.
 */
export class ZmtpSession {
  readonly #o: ZmtpSessionOptions;
  #step: "greeting" | "handshake" | "traffic" = "greeting";
  /** What we have not said yet of the handshake. libzmq hangs up on who does not fit before it has said what it is itself: so we hear first. */
  readonly #unsaid: Uint8Array[];
  /** Minor version that both sides speak. */
  #minor = 0;
  /** Bytes from `from` on that must lie in one piece before anything more can be said. */
  #need = GREETING_BYTES;
  /** Complete frames of a message whose end has not come: bytes from `from` on, count, offset and length of each. */
  #read = 0;
  #count = 0;
  readonly #at = new Int32Array(2 * MAX_PARTS);
  readonly #parts: Uint8Array[] = [];
  readonly #topic: Uint8Array;
  /** The peer wants to be given up when it is silent for so long, ms; 0: it does not. */
  ttlMs = 0;

  constructor(o: ZmtpSessionOptions) {
    this.#o = o;
    this.#topic = new TextEncoder().encode(o.topic);
    this.#unsaid = [greeting().subarray(GREETING_HEAD), ready(o.socket.toUpperCase())];
  }

  /** The first word, once the connection is there. */
  greet(): void {
    this.#o.send(greeting().subarray(0, GREETING_HEAD));
  }

  /** Says the rest of the handshake without having heard the other side: it may wait for us. */
  hurry(): void {
    for (const bytes of this.#unsaid.splice(0)) this.#o.send(bytes);
  }

  get need(): number {
    return this.#need;
  }

  /** The handshake is over: messages flow. */
  get ready(): boolean {
    return this.#step === "traffic";
  }

  /** The peer knows PING. */
  get answersPing(): boolean {
    return this.ready && this.#minor >= 1;
  }

  /** Reads on. "more": the memory must be given more bytes; "wait": the taker has no room. */
  advance(): "more" | "wait" | LinkTrouble {
    if (this.#step === "greeting") {
      const trouble = this.#greeting();
      if (trouble) return trouble;
      if (this.#step === "greeting") return "more";
    }
    return this.#frames();
  }

  #greeting(): LinkTrouble | null {
    const { memory } = this.#o;
    const end = Math.min(memory.to, memory.from + GREETING_BYTES);
    const { zmtp, major, minor, mechanism, complete } = readGreeting(memory.bytes.subarray(memory.from, end));
    if (!zmtp) return new LinkTrouble("not-zmtp", "whoever listens there does not speak ZMTP 3");
    if (major !== null && major < 3) return new LinkTrouble("old-peer", "the sender speaks ZMTP 2 or older, ZMTP 3 is needed");
    if (!complete) return null;
    if (mechanism !== "NULL")
      return new LinkTrouble("mechanism", `the sender wants the security mechanism ${JSON.stringify(mechanism)}, only NULL is spoken here`);
    this.#minor = major === 3 ? Math.min(minor as number, 1) : 1;
    memory.consume(GREETING_BYTES);
    this.#step = "handshake";
    // READY stays unsaid.
    if (this.#unsaid.length > 1) this.#o.send(this.#unsaid.shift() as Uint8Array);
    return null;
  }

  /** Frame after frame. The hot path. */
  #frames(): "more" | "wait" | LinkTrouble {
    const { memory } = this.#o;
    const { bytes, to } = memory;
    let from = memory.from;
    let at = from + this.#read;
    for (;;) {
      if (to - at < 2) return this.#more(at - from, 2);
      const flags = bytes[at] as number;
      if ((flags & FLAG.reserved) !== 0) return malformed(`a frame with reserved flags (0x${flags.toString(16)})`);
      let body = at + 2;
      let length = bytes[at + 1] as number;
      if ((flags & FLAG.long) !== 0) {
        if (to - at < MAX_HEAD) return this.#more(at - from, MAX_HEAD);
        body = at + MAX_HEAD;
        length = longLength(bytes, at + 1);
      }
      const end = body + length;
      const odd = this.#check(flags, length, end - from);
      if (odd) return odd;
      if (end > to) return this.#more(at - from, end - at);
      if ((flags & FLAG.command) !== 0) {
        const trouble = this.#command(bytes.subarray(body, end));
        if (trouble) return trouble;
        // Between the parts of a message it is read over, and lies there until the message is consumed.
        if (this.#count > 0) at = end;
        else {
          memory.consume(end - from);
          from = at = end;
        }
        continue;
      }
      this.#at[2 * this.#count] = body - from;
      this.#at[2 * this.#count + 1] = length;
      this.#count++;
      at = end;
      if ((flags & FLAG.more) !== 0) continue;
      const first = from;
      memory.consume(end - from);
      from = end;
      this.#read = 0;
      if (!this.#take(bytes, first)) return "wait";
    }
  }

  #more(read: number, need: number): "more" {
    this.#read = read;
    this.#need = read + need;
    return "more";
  }

  /** What is wrong with the head of a frame. `total`: bytes of the message up to the end of this frame. */
  #check(flags: number, length: number, total: number): LinkTrouble | null {
    if (total > MAX_MESSAGE_BYTES)
      return new LinkTrouble("too-large", `a message of ${total} bytes or more, at most ${MAX_MESSAGE_BYTES} are read`);
    if ((flags & FLAG.command) !== 0) {
      if ((flags & FLAG.more) !== 0) return malformed("a command in several parts");
      return length > MAX_COMMAND ? new LinkTrouble("too-large", `a command of ${length} bytes, at most ${MAX_COMMAND} are read`) : null;
    }
    if (this.#step !== "traffic") return malformed("a message before the handshake was over");
    return this.#count >= MAX_PARTS ? new LinkTrouble("too-large", `a message of more than ${MAX_PARTS} parts`) : null;
  }

  /** Hands the message over that begins at `from`; false: no more now. */
  #take(bytes: Uint8Array, from: number): boolean {
    const { take, takeWhole } = this.#o;
    const count = this.#count;
    this.#count = 0;
    if (!this.#wanted(bytes, from)) return true;
    if (count === 1 && takeWhole) {
      const how = takeWhole(bytes, from + (this.#at[0] as number), this.#at[1] as number);
      if (how !== "parts") return how === "taken";
    }
    this.#view(bytes, from, count);
    return take(this.#parts);
  }

  /** Points the parts at their bytes. */
  #view(bytes: Uint8Array, from: number, count: number): void {
    const parts = this.#parts;
    for (let i = 0; i < count; i++)
      parts[i] = new Uint8Array(bytes.buffer, bytes.byteOffset + from + (this.#at[2 * i] as number), this.#at[2 * i + 1]);
    if (parts.length !== count) parts.length = count;
  }

  /** Publishers filter; old ones may not. */
  #wanted(bytes: Uint8Array, from: number): boolean {
    const topic = this.#topic;
    if (this.#o.socket !== "sub") return true;
    if ((this.#at[1] as number) < topic.length) return false;
    const first = from + (this.#at[0] as number);
    for (let i = 0; i < topic.length; i++) if (bytes[first + i] !== topic[i]) return false;
    return true;
  }

  #command(body: Uint8Array): LinkTrouble | null {
    const command = readCommand(body);
    if (!command) return malformed("a command without a name");
    const { name, data } = command;
    if (name === "ERROR") return new LinkTrouble("refused", `the sender refuses: ${JSON.stringify(readReason(data))}`);
    if (this.#step === "handshake")
      return name === "READY" ? this.#ready(data) : malformed(`the command ${JSON.stringify(name)} where READY must stand`);
    if (name !== "PING") return null;
    const asked = readPing(data);
    if (!asked) return malformed(`a PING with ${data.length} bytes`);
    this.ttlMs = asked.ttlMs;
    this.#o.send(asked.pong);
    return null;
  }

  #ready(metadata: Uint8Array): LinkTrouble | null {
    const { socket, topic, send } = this.#o;
    const type = readProperty(metadata, "Socket-Type");
    if (type === null) return malformed("a READY whose properties do not fit into it");
    if (type === undefined || !PEERS[socket].includes(type))
      return new LinkTrouble(
        "socket-type",
        `the sender is ${type === undefined ? "of no type" : JSON.stringify(type)}, a ${socket} socket takes ${PEERS[socket].join(" or ")}; see [source] socket`,
      );
    this.#step = "traffic";
    this.hurry();
    if (socket === "sub") send(subscription(topic, this.#minor));
    return null;
  }
}

/** Eight bytes, big-endian. Lengths of 2^53 and more are rounded: they are far too large anyway. */
function longLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let i = 0; i < 8; i++) length = 256 * length + (bytes[at + i] as number);
  return length;
}

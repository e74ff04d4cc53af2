import { connect, type Socket } from "node:net";
import { ping } from "./zmtp.js";
import { LinkTrouble, type ReceiveMemory, ZmtpSession, type ZmtpSessionOptions } from "./zmtp-session.js";

/** How long a peer may take and be silent, ms. */
export interface LinkTimes {
  /** From connecting to the end of the handshake. */
  readonly handshakeMs: number;
  /** How long it is heard before we say what would make it hang up. */
  readonly hearMs: number;
  /** A peer that is silent for so long is asked whether it lives, if it knows PING. */
  readonly quietMs: number;
  /** An asked peer that stays silent for so long is gone. */
  readonly answerMs: number;
}

export interface ZmtpLinkOptions extends Omit<ZmtpSessionOptions, "send"> {
  readonly host: string;
  readonly port: number;
  readonly times: LinkTimes;
  /** After each read: time spent on it, ms. */
  readonly onRead: (ms: number) => void;
  /** There is no room: nothing is read until `resume`. */
  readonly onFull: () => void;
  readonly onReady: () => void;
  /** Told once. null: the peer or the network ended it, or `close`. */
  readonly onGone: (trouble: LinkTrouble | null) => void;
}

/** What the socket may fill while the memory has no room: node takes the next buffer before it stops reading. */
const SPILL_BYTES = 1 << 16;
/** Answers that a peer has not taken; beyond it, it gets no more. */
const MAX_UNSENT = 1 << 16;

/** One TCP connection to a sender, read straight into memory. Back-pressure is not reading. */
export class ZmtpLink {
  readonly #o: ZmtpLinkOptions;
  readonly #memory: ReceiveMemory;
  readonly #session: ZmtpSession;
  readonly #socket: Socket;
  readonly #spill = new Uint8Array(SPILL_BYTES);
  #spillFrom = 0;
  #spillTo = 0;
  /** Where the next read but one goes, and what the socket holds for the next. */
  #next: Uint8Array;
  #given: Uint8Array;
  #held = false;
  #gone = false;
  #wasReady = false;
  /** performance.now() of the last byte, and of the question whether the peer lives. */
  #heard = performance.now();
  #asked: number | null = null;
  #timer: NodeJS.Timeout;
  #hurry: NodeJS.Timeout | undefined;

  constructor(o: ZmtpLinkOptions) {
    this.#o = o;
    this.#memory = o.memory;
    this.#memory.drop();
    this.#session = new ZmtpSession({ ...o, send: (bytes) => this.#send(bytes) });
    this.#next = this.#memory.room(this.#session.need) ?? this.#spill;
    this.#given = this.#next;
    this.#socket = connect({
      host: o.host,
      port: o.port,
      noDelay: true,
      onread: {
        buffer: () => {
          this.#given = this.#next;
          return this.#given;
        },
        callback: (count) => this.#read(count),
      },
    });
    this.#socket.on("connect", () => {
      this.#session.greet();
      this.#hurry = setTimeout(() => this.#session.hurry(), o.times.hearMs);
    });
    // "close" follows, and there is nothing more to say: nobody listens, or the network is broken.
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#leave());
    this.#timer = setTimeout(() => this.#tooLong(), o.times.handshakeMs);
  }

  /** Room was made: reads on. False: it does not suffice. */
  resume(): boolean {
    if (!this.#held || this.#gone) return true;
    const began = performance.now();
    const on = this.#work();
    this.#o.onRead(performance.now() - began);
    if (!on && !this.#gone) return false;
    this.#held = false;
    // What came while nothing was read does not count as silence.
    this.#heard = performance.now();
    if (on) this.#socket.resume();
    return true;
  }

  /** Ends it without a word. */
  close(): void {
    this.#end(null);
  }

  #send(bytes: Uint8Array): void {
    if (!this.#gone && this.#socket.writableLength < MAX_UNSENT) this.#socket.write(bytes);
  }

  /** So many bytes lie in the buffer that the socket held. The answer: read on. */
  #read(count: number): boolean {
    if (this.#gone) return false;
    const began = performance.now();
    this.#heard = began;
    this.#asked = null;
    if (this.#given === this.#spill) {
      this.#spillFrom = 0;
      this.#spillTo = count;
    } else this.#memory.commit(count);
    const on = this.#work();
    this.#o.onRead(performance.now() - began);
    if (!on && !this.#gone) {
      this.#held = true;
      this.#o.onFull();
    }
    return on;
  }

  /** Reads all that has come and finds room for more. False: there is none, or the link has ended. */
  #work(): boolean {
    this.#next = this.#spill;
    for (;;) {
      const outcome = this.#session.advance();
      if (outcome instanceof LinkTrouble) this.#end(outcome);
      if (outcome !== "more") return false;
      if (!this.#wasReady && this.#session.ready) this.#turnReady();
      const room = this.#memory.room(this.#session.need);
      if (!room) return false;
      const left = this.#spillTo - this.#spillFrom;
      if (left === 0) {
        this.#next = room;
        return true;
      }
      const count = Math.min(left, room.length);
      room.set(this.#spill.subarray(this.#spillFrom, this.#spillFrom + count));
      this.#memory.commit(count);
      this.#spillFrom += count;
    }
  }

  #tooLong(): void {
    if (this.#held) this.#timer.refresh();
    else this.#end(new LinkTrouble("lost", "the handshake takes too long"));
  }

  #turnReady(): void {
    this.#wasReady = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#hurry);
    this.#timer = setInterval(() => this.#watch(), Math.max(10, this.#o.times.quietMs / 4));
    this.#o.onReady();
  }

  /** Asks a silent peer whether it lives, and gives it up when it does not answer. */
  #watch(): void {
    if (this.#held) return;
    const now = performance.now();
    const { quietMs, answerMs } = this.#o.times;
    const { ttlMs } = this.#session;
    const silent = now - this.#heard;
    const unanswered = this.#asked !== null && now - this.#asked > answerMs;
    if (unanswered || (ttlMs > 0 && silent > ttlMs))
      this.#end(new LinkTrouble("lost", `the sender is silent for ${(silent / 1000).toFixed(1)} s and does not answer`));
    else if (this.#asked === null && silent > quietMs && this.#session.answersPing) {
      this.#asked = now;
      this.#send(ping());
    }
  }

  #end(trouble: LinkTrouble | null): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#hurry);
    this.#socket.destroy();
    this.#o.onGone(trouble);
  }

  /** The socket is closed: by the peer, by the network, or by us, which is told already. */
  #leave(): void {
    const early = this.#socket.bytesRead > 0 && !this.#wasReady;
    this.#end(early ? new LinkTrouble("lost", "the sender left in the middle of the handshake") : null);
  }
}

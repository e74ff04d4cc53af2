import type { LinkState } from "../core/wire.js";
import { type LinkTimes, ZmtpLink, type ZmtpLinkOptions } from "./zmtp-link.js";
import type { LinkTrouble } from "./zmtp-session.js";

interface ReceiverTimes extends LinkTimes {
  /** First pause before connecting again, ms; it doubles up to the longest. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

const TIMES: ReceiverTimes = { handshakeMs: 10_000, hearMs: 300, quietMs: 5000, answerMs: 10_000, pauseMs: 100, longestPauseMs: 5000 };

export interface ZmtpReceiverOptions extends Omit<ZmtpLinkOptions, "onReady" | "onGone" | "times"> {
  readonly onState: (state: LinkState) => void;
  /** A connection was given up, and why. It is tried again. */
  readonly onTrouble: (trouble: LinkTrouble) => void;
  readonly times?: Partial<ReceiverTimes>;
}

export interface ZmtpReceiver {
  state(): LinkState;
  /** Reads on after `onFull`. False: there is still no room. */
  resume(): boolean;
  close(): void;
}

/**
 * Receives from a PUSH or PUB socket over tcp without libzmq: ZMTP 3.0 and 3.1, NULL mechanism, our side connects. Messages are
 * handed over where they were read. Connects again for ever, with pauses that grow.
 */
export function openZmtpReceiver(o: ZmtpReceiverOptions): ZmtpReceiver {
  const times = { ...TIMES, ...o.times };
  let state: LinkState = "connecting";
  let failures = 0;
  let closed = false;
  let pause: NodeJS.Timeout | undefined;
  const turn = (next: LinkState): void => {
    if (next === state) return;
    state = next;
    o.onState(next);
  };
  const open = (): ZmtpLink =>
    new ZmtpLink({
      ...o,
      times,
      onReady() {
        failures = 0;
        turn("connected");
      },
      onGone(trouble) {
        if (closed) return;
        if (state === "connected") turn("disconnected");
        const longest = Math.min(times.longestPauseMs, times.pauseMs * 2 ** failures++);
        // Receivers that lost the same sender do not all come back at once.
        pause = setTimeout(again, longest * (0.5 + 0.5 * Math.random()));
        if (trouble) o.onTrouble(trouble);
      },
    });
  const again = (): void => {
    link = open();
  };
  let link = open();
  return {
    state: () => state,
    resume: () => link.resume(),
    close() {
      closed = true;
      clearTimeout(pause);
      link.close();
    },
  };
}

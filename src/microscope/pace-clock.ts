/** The clock of a detector: images fall due at a fixed rate, whatever else happens. */
export interface PaceClock {
  /** The first image is due now. */
  start(): void;
  /** Takes the next image if it is due. */
  take(): boolean;
  /** Seconds by which the clock was set back because nobody took what was due. */
  slipped(): number;
}

/** What lies farther back than this is not caught up with. */
const CATCH_UP_S = 0.5;

/** @param rate images per second; @param now ms */
export function paceClock(rate: number, now: () => number): PaceClock {
  let began = now();
  let taken = 0;
  let slipped = 0;
  return {
    start() {
      began = now();
      taken = 0;
    },
    take() {
      const behind = (now() - began) / 1000 - taken / rate;
      if (behind < 0) return false;
      if (behind > CATCH_UP_S) {
        slipped += behind - CATCH_UP_S;
        began += (behind - CATCH_UP_S) * 1000;
      }
      taken++;
      return true;
    },
    slipped: () => slipped,
  };
}

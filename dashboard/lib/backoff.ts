/** Reconnect delays: 0.5 s doubling to 15 s, with jitter between half and the whole. `random` in [0, 1). ms. */
export const retryDelay = (attempt: number, random: number): number => {
  const whole = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(whole * (0.5 + random / 2));
};
/** A connection that says nothing for so long is dead: the daemon sends statistics every second. ms. */
export const SILENCE_MS = 6000;
/** A shorter break is not announced. ms. */
export const BANNER_AFTER_MS = 3000;

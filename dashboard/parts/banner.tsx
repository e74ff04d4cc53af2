import { BANNER_AFTER_MS } from "../lib/backoff.js";
import { age } from "../lib/numbers.js";
import { clock, connected, lostAt, refusal, retryInMs, series } from "../state/daemon.js";

/** Says that what is on screen is old, once a break lasts. */
export function Banner() {
  const lost = lostAt.value;
  const offline = !connected.value && lost !== null && clock.value - lost >= BANNER_AFTER_MS - 500;
  if (refusal.value !== null)
    return (
      <div class="banner" role="alert" data-testid="banner">
        {refusal.value}
      </div>
    );
  if (!offline) return null;
  const next = retryInMs.value;
  return (
    <div class="banner" role="alert" data-testid="banner">
      No connection to the daemon for {age((clock.value - lost) / 1000)}.{" "}
      {series.value.size > 0 ? "What you see is the last that came. " : ""}
      {next === null ? "" : `Trying again every ${age(Math.max(0.5, next / 1000))}.`}
    </div>
  );
}

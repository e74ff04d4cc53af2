import {
  clock,
  connected,
  lostAt,
  newestSeries,
  oddMessage,
  reducedRate,
  refusal,
  retryInMs,
  takeEvents,
  takeSeries,
  takeSeriesList,
  takeStats,
} from "../state/daemon.js";
import { paused } from "../state/page.js";
import { keepLayers, takeBands } from "../state/scans.js";
import { wantedNames } from "../state/wanted.js";
import { address, fetchEvents, fetchSeries, postSession, Refused } from "./api.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** For end-to-end tests and the system screen. */
export const linkCounters = { tiles: 0, seq: 0, refused: 0 };

/** `#token=…` becomes a cookie and leaves the address before anything else reads it. */
async function exchangeToken(): Promise<void> {
  const m = /[#&]token=([^&]+)/.exec(location.hash);
  if (!m?.[1]) return;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    await postSession(decodeURIComponent(m[1]));
  } catch (e) {
    refusal.value = e instanceof Error ? `The token was not accepted: ${e.message}` : "The token was not accepted.";
  }
}

async function refresh(): Promise<void> {
  try {
    takeSeriesList(await fetchSeries());
    takeEvents(await fetchEvents());
    refusal.value = null;
  } catch (e) {
    if (e instanceof Refused && (e.status === 401 || e.status === 403))
      refusal.value = "The daemon asks for a token: open the address that it printed, the one with #token=.";
  }
}

function take(message: FromWorker): void {
  switch (message.k) {
    case "link":
      connected.value = message.connected;
      retryInMs.value = message.retryInMs;
      if (message.connected) lostAt.value = null;
      else lostAt.value ??= Date.now();
      if (message.connected || message.attempt === 1) void refresh();
      break;
    case "bands":
      linkCounters.tiles = message.tiles;
      linkCounters.seq = message.since?.seq ?? 0;
      takeBands(message.bands);
      break;
    case "refused":
      linkCounters.refused++;
      oddMessage.value = message.why;
      break;
    case "message": {
      const m = message.message;
      if (m.t === "stats") {
        takeStats(m);
        reducedRate.value = m.reduced_rate === true;
      } else if (m.t === "event") takeEvents([m]);
      else {
        const before = newestSeries.value?.id;
        takeSeries([m]);
        // A new series may have pushed an old one out of what the daemon keeps.
        if (newestSeries.value?.id !== before) void refresh();
      }
    }
  }
}

/** Opens the connection and keeps it for as long as the page lives. */
export async function openLink(): Promise<void> {
  await exchangeToken();
  const worker = new Worker(address(BRAGGSTREAM_WORKER));
  const say = (m: ToWorker): void => worker.postMessage(m);
  worker.onmessage = (e: MessageEvent<FromWorker>) => take(e.data);
  const url = address("ws");
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  wantedNames.subscribe((names) => {
    const layers = names.split(" ");
    keepLayers(layers);
    say({ k: "want", layers });
  });
  say({ k: "open", url: url.href });
  addEventListener("online", () => say({ k: "wake" }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") say({ k: "wake" });
  });
  paused.subscribe((p) => say({ k: "pause", paused: p }));
  setInterval(() => {
    clock.value = Date.now();
  }, 1000);
}

import type { SeriesInfo } from "../../src/core/series.js";
import { SCREENS } from "../lib/hash-state.js";
import { percent, whole } from "../lib/numbers.js";
import { SHAPE_ABOUT } from "../lib/wording.js";
import { currentSeries, events, newestSeries, reducedRate, series } from "../state/daemon.js";
import { chosenSeries, dialog, paused, screen, theme } from "../state/page.js";
import { situation } from "./situation.js";

const time = (iso: string): string => {
  const t = new Date(iso);
  return Number.isNaN(t.getTime())
    ? ""
    : t.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
};
const STATE_WORDS: Readonly<Record<SeriesInfo["state"], string>> = {
  waiting: "waiting",
  live: "live",
  catching_up: "catching up",
  stalled: "stalled",
  finished: "finished",
  aborted: "aborted",
};

function SeriesChooser() {
  const list = [...series.value.values()].reverse();
  return (
    <label class="series-chooser">
      <span class="sr">Series</span>
      <select
        value={chosenSeries.value ?? ""}
        onChange={(e) => {
          chosenSeries.value = e.currentTarget.value === "" ? null : e.currentTarget.value;
        }}
      >
        <option value="">Newest scan</option>
        {list.map((s) => (
          <option key={s.id} value={s.id}>
            {`${time(s.begun)}  ${s.shape[0]} × ${s.shape[1]}  ${STATE_WORDS[s.state]}  #${s.id.slice(s.id.lastIndexOf("-") + 1)}`}
          </option>
        ))}
      </select>
    </label>
  );
}

function State() {
  const now = situation.value;
  return (
    <div class="state" data-tone={now.tone}>
      <span class="state-badge" data-testid="state-badge">
        {now.word}
      </span>
      <span class="state-detail" title={now.detail}>
        {now.detail}
      </span>
    </div>
  );
}

function Progress({ of: s }: { readonly of: SeriesInfo }) {
  const all = s.frames.expected ?? s.shape[0] * s.shape[1];
  return (
    <div class="progress" title={`${whole(s.frames.received)} of ${whole(all)} frames received`}>
      <span class="progress-line">
        <span>
          <b>{whole(s.newest_row + 1)}</b> / {whole(s.shape[0])} rows
        </span>
        <span class="progress-bar" aria-hidden="true">
          <i style={{ width: `${Math.min(100, (100 * s.frames.received) / Math.max(1, all))}%` }} />
        </span>
        <span class="progress-percent">{percent(s.frames.received, all)}</span>
      </span>
      <span class="series-id" data-testid="series-id">
        {s.id}
      </span>
    </div>
  );
}

function Shape({ of: s }: { readonly of: SeriesInfo }) {
  const guess = s.shape_from === "guess";
  return (
    <button
      type="button"
      class={guess ? "chip warn" : "chip"}
      title={`Shape ${SHAPE_ABOUT[s.shape_from]}. Change it without measuring again.`}
      onClick={() => {
        dialog.value = "shape";
      }}
    >
      {s.shape[0]} × {s.shape[1]}
      {guess ? <b> shape guessed</b> : null}
    </button>
  );
}

/** Warnings and errors of the series on screen lead to the events. */
function Warnings() {
  const n = events.value.filter((e) => e.level !== "info" && e.series === currentSeries.value?.id).length;
  return n > 0 ? (
    <span class="count" title={`${n} warnings or errors in this scan`}>
      {n}
    </span>
  ) : null;
}

const SCREEN_NAMES = { live: "Live", components: "Components", system: "System" } as const;

export function Header() {
  const s = currentSeries.value;
  const old = chosenSeries.value !== null && s !== newestSeries.value;
  return (
    <header class="top">
      <span class="brand">
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <circle cx="16" cy="16" r="5" />
          <g opacity="0.6">
            <circle cx="16" cy="5" r="2.4" />
            <circle cx="16" cy="27" r="2.4" />
            <circle cx="6.5" cy="10.5" r="2.4" />
            <circle cx="25.5" cy="10.5" r="2.4" />
            <circle cx="6.5" cy="21.5" r="2.4" />
            <circle cx="25.5" cy="21.5" r="2.4" />
          </g>
        </svg>
        braggstream
      </span>
      <State />
      {paused.value ? <span class="chip paused">view paused</span> : null}
      {reducedRate.value ? (
        <span class="chip" title="This connection is slow: it receives fewer, newer tiles">
          reduced rate
        </span>
      ) : null}
      <span class="spacer" />
      {s ? <Progress of={s} /> : null}
      {s ? <Shape of={s} /> : null}
      <SeriesChooser />
      {old ? (
        <button
          type="button"
          class="chip go"
          title="Follow the newest scan (G)"
          onClick={() => {
            chosenSeries.value = null;
          }}
        >
          go live
        </button>
      ) : null}
      <nav aria-label="Screens">
        {SCREENS.map((name) => (
          <button
            key={name}
            type="button"
            aria-current={screen.value === name ? "page" : undefined}
            onClick={() => {
              screen.value = name;
            }}
          >
            {SCREEN_NAMES[name]}
            {name === "system" ? <Warnings /> : null}
          </button>
        ))}
      </nav>
      <button
        type="button"
        class="plain"
        aria-label={theme.value === "dark" ? "Light theme" : "Dark theme"}
        title={theme.value === "dark" ? "Light theme" : "Dark theme"}
        onClick={() => {
          theme.value = theme.value === "dark" ? "light" : "dark";
        }}
      >
        ◐
      </button>
      <button
        type="button"
        class="plain"
        aria-label="Keyboard help"
        title="Keys (?)"
        onClick={() => {
          dialog.value = "help";
        }}
      >
        ?
      </button>
    </header>
  );
}

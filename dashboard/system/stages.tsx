import type { StageStats } from "../../src/core/wire.js";
import { age, percent, short, whole } from "../lib/numbers.js";
import { stats } from "../state/daemon.js";

function Fill({ part, all, label }: { readonly part: number; readonly all: number; readonly label: string }) {
  const share = all > 0 ? Math.min(1, part / all) : 0;
  return (
    <span class="fill" data-full={share > 0.9} role="img" aria-label={label}>
      <i style={{ width: `${100 * share}%` }} />
    </span>
  );
}

/** How much waits in front of a stage, in words. */
function waiting(s: StageStats): string {
  if (s.depth < 0) return s.capacity > 0 ? `holds up to ${whole(s.capacity)} messages` : "reads into memory";
  return s.capacity > 0 ? `${whole(s.depth)} of ${whole(s.capacity)} wait` : `${whole(s.depth)} wait`;
}

function Stage({ of: s }: { readonly of: StageStats }) {
  return (
    <li class="stage">
      <h3>{s.name}</h3>
      <p class="stage-rate">
        <b>{short(s.rate)}</b> frames/s
      </p>
      <p>
        <Fill part={Math.max(0, s.depth)} all={s.capacity} label={waiting(s)} />
        <span class="muted">{waiting(s)}</span>
      </p>
      <p class="muted">{short(s.us_per_frame)} µs per frame</p>
    </li>
  );
}

const SOURCE_WORDS = { connected: "reachable", connecting: "connecting", disconnected: "not reachable" } as const;

/** The line from the detector to the browsers, left to right. */
export function Stages() {
  const s = stats.value;
  if (!s) return <p class="muted">No statistics yet</p>;
  return (
    <ol class="stages">
      <li class="stage end" data-alert={s.source.state === "disconnected"}>
        <h3>Detector</h3>
        <p class="stage-rate">
          <b>{SOURCE_WORDS[s.source.state]}</b>
        </p>
        <p>{s.source.protocol}</p>
        <p class="muted breakable">{s.source.endpoint}</p>
      </li>
      {s.stages.map((stage) => (
        <Stage key={stage.name} of={stage} />
      ))}
      <li class="stage end">
        <h3>Browsers</h3>
        <p class="stage-rate">
          <b>{whole(s.clients)}</b> connected
        </p>
        <p class="muted">up for {age(s.uptime_s)}</p>
        <p class="muted">main loop {short(s.loop_lag_ms)} ms late</p>
      </li>
    </ol>
  );
}

export function Memory() {
  const s = stats.value;
  if (!s) return <p class="muted">No statistics yet</p>;
  const { rss_mb, slab_mb, slab_limit_mb, reserved_mb } = s.memory;
  return (
    <dl class="rows">
      <div>
        <dt>Resident</dt>
        <dd>{whole(rss_mb)} MB</dd>
      </div>
      <div>
        <dt>Frame store</dt>
        <dd>
          {whole(slab_mb)} of {whole(slab_limit_mb)} MB ({percent(slab_mb, slab_limit_mb)})
          <Fill part={slab_mb} all={slab_limit_mb} label={`Frame store ${percent(slab_mb, slab_limit_mb)} full`} />
        </dd>
      </div>
      <div title="Memory for frames that the system has given already: a burst need not wait for it">
        <dt>Reserved</dt>
        <dd>{reserved_mb > 0 ? `${whole(reserved_mb)} MB` : "as needed"}</dd>
      </div>
      <div>
        <dt>Backlog</dt>
        <dd>{whole(s.backlog)} frames</dd>
      </div>
    </dl>
  );
}

import { age } from "../lib/numbers.js";
import { SHAPE_ABOUT } from "../lib/wording.js";
import { clock, currentSeries } from "../state/daemon.js";
import { AboutBox } from "./about-box.js";
import { Account, Strays } from "./account.js";
import { ConfigTable } from "./config-table.js";
import { Events } from "./events.js";
import { Memory, Stages } from "./stages.js";

function Scan() {
  const s = currentSeries.value;
  if (!s) return <p class="muted">No scan yet</p>;
  const since = (clock.value - Date.parse(s.begun)) / 1000;
  const lines: readonly (readonly [string, string])[] = [
    ["Series", s.id],
    ["Begun", Number.isFinite(since) ? `${age(since)} ago` : s.begun],
    [
      "Source",
      `${s.protocol}, ${s.channel === "" ? "one channel" : s.channel}${s.wire_series === null ? "" : `, series ${s.wire_series} of the detector`}`,
    ],
    [
      "Scan",
      `${s.shape[0]} × ${s.shape[1]}, ${s.order}, ${SHAPE_ABOUT[s.shape_from]}${s.step_nm ? `, step ${s.step_nm} nm` : ", step unknown"}`,
    ],
    ["Frames", s.frame_shape ? `${s.frame_shape[0]} × ${s.frame_shape[1]} ${s.frame_type ?? ""}, ${s.hot_pixels} hot pixels` : "–"],
    [
      "Calibration",
      [
        s.calibration.energy_kev === null ? "energy unknown" : `${s.calibration.energy_kev} keV`,
        s.calibration.pixel_size_inv_angstrom === null ? "pixel size unknown" : `${s.calibration.pixel_size_inv_angstrom} 1/Å per px`,
      ].join(", "),
    ],
  ];
  return (
    <dl class="rows">
      {lines.map(([k, v]) => (
        <div key={k}>
          <dt>{k}</dt>
          <dd>{v}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Screen F: what the daemon does, and how it is set up. */
export function SystemScreen() {
  return (
    <main class="system" data-testid="screen-system">
      <section class="card span" aria-label="Line">
        <h2>Line</h2>
        <Stages />
      </section>
      <section class="card">
        <h2>Scan</h2>
        <Scan />
      </section>
      <section class="card tall">
        <h2>Frames of the scan</h2>
        <Account />
        <Strays />
      </section>
      <section class="card tall">
        <h2>Configuration</h2>
        <ConfigTable />
      </section>
      <section class="card">
        <h2>Memory</h2>
        <Memory />
      </section>
      <section class="card">
        <h2>About</h2>
        <AboutBox />
      </section>
      <section class="card span">
        <h2>Events</h2>
        <Events />
      </section>
    </main>
  );
}

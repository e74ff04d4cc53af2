import type { ComponentChildren } from "preact";
import type { SeriesInfo } from "../../src/core/series.js";
import { archiveWords } from "../lib/archive-words.js";
import { churnWords } from "../lib/component-words.js";
import { denoiseWords, modelWords, patternWords } from "../lib/denoise-words.js";
import { age, percent } from "../lib/numbers.js";
import { SHAPE_ABOUT } from "../lib/wording.js";
import { clock, currentSeries, newestSeries, stats } from "../state/daemon.js";
import { AboutBox } from "./about-box.js";
import { Account, Strays } from "./account.js";
import { ConfigTable } from "./config-table.js";
import { Events } from "./events.js";
import { Load } from "./load.js";
import { Memory, Stages } from "./stages.js";

function waysWords({ measured, sparse }: SeriesInfo["ways"]): string {
  if (measured === 0) return "–";
  if (sparse === 0) return "all frames decoded";
  return sparse === measured
    ? "all frames from their bits"
    : `${percent(sparse, measured)} of the frames from their bits, the others decoded`;
}

function Scan() {
  const s = currentSeries.value;
  if (!s) return <p class="muted">No scan yet</p>;
  const since = (clock.value - Date.parse(s.begun)) / 1000;
  const denoise = (s === newestSeries.value ? stats.value?.denoise : null) ?? s.denoise;
  const archive = (s === newestSeries.value ? stats.value?.archive : null) ?? null;
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
    ["Measured", waysWords(s.ways)],
    ["Denoising", denoiseWords(denoise)],
    ["Model", modelWords(denoise)],
    ["Patterns", patternWords(denoise.patterns)],
    ["Archive", archiveWords(archive?.newest ?? s.archive, archive)],
    ["Corrected", churnWords(s.churn).join(". ")],
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

function Card({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Screen F: what the daemon does, and how it is set up. */
export function SystemScreen() {
  return (
    <main class="system" data-testid="screen-system">
      <Card title="Line">
        <Stages />
      </Card>
      <div class="columns">
        <div class="column">
          <Card title="Scan">
            <Scan />
          </Card>
          <Card title="Memory">
            <Memory />
          </Card>
          <Card title="About">
            <AboutBox />
          </Card>
        </div>
        <div class="column">
          <Card title="Load">
            <Load />
          </Card>
          <Card title="Frames of the scan">
            <Account />
            <Strays />
          </Card>
        </div>
        <div class="column">
          <Card title="Events">
            <Events />
          </Card>
          <Card title="Configuration">
            <ConfigTable />
          </Card>
        </div>
      </div>
    </main>
  );
}

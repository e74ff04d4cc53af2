import { useEffect, useState } from "preact/hooks";
import { type About, address, fetchAbout } from "../net/api.js";
import { linkCounters } from "../net/link.js";
import { paintCount, painter } from "../paint/canvas.js";
import { connected, oddMessage, stats } from "../state/daemon.js";

/** Version, licence and the state of this page. */
export function AboutBox() {
  const [about, setAbout] = useState<About | null>(null);
  const online = connected.value;
  stats.value;
  useEffect(() => {
    if (!online) return;
    fetchAbout().then(setAbout, () => setAbout(null));
  }, [online]);
  const link = about?.documentation.startsWith("https://") ? about.documentation : null;
  return (
    <dl class="rows">
      <div>
        <dt>Daemon</dt>
        <dd>{about ? `${about.name} ${about.version}, Node ${about.node}` : "–"}</dd>
      </div>
      <div>
        <dt>Licence</dt>
        <dd>{about?.licence || "–"}</dd>
      </div>
      <div>
        <dt>This page</dt>
        <dd>
          {BRAGGSTREAM_VERSION}, {painter().name}, {linkCounters.tiles} tiles, {paintCount.paints} paints
          {linkCounters.refused > 0 ? `, ${linkCounters.refused} messages refused (${oddMessage.value})` : ""}
        </dd>
      </div>
      <div>
        <dt>More</dt>
        <dd>
          <a href={address("metrics").href}>metrics</a> <a href={address("api/v1/series").href}>series</a>
          {link ? (
            <>
              {" "}
              <a href={link} rel="noreferrer">
                documentation
              </a>
            </>
          ) : null}
        </dd>
      </div>
    </dl>
  );
}

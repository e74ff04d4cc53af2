import { ACCOUNT_FIELDS } from "../lib/account-fields.js";
import { whole } from "../lib/numbers.js";
import { currentSeries, stats } from "../state/daemon.js";

/** Where every frame of the scan went. */
export function Account() {
  const s = currentSeries.value;
  if (!s) return <p class="muted">No scan yet</p>;
  return (
    <table class="table">
      <caption class="sr">Frames of {s.id}</caption>
      <tbody>
        {ACCOUNT_FIELDS.map((f) => {
          const n = s.frames[f.key];
          return (
            <tr key={f.key} data-alert={f.alert && n !== null && n > 0}>
              <th scope="row">{f.title}</th>
              <td class="number">{n === null ? "unknown" : whole(n)}</td>
              <td class="muted">{f.about}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Messages that belong to no series, of the whole daemon. */
export function Strays() {
  const s = stats.value;
  if (!s) return null;
  const lines = [
    ["Orphan", s.orphan, "frames outside of any series"],
    ["Foreign", s.foreign, "messages of another series than the open one"],
    ["Other", s.other, "messages that are no frames and no protocol"],
  ] as const;
  return (
    <table class="table">
      <caption>Messages of no series, since the start</caption>
      <tbody>
        {lines.map(([title, n, about]) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            <td class="number">{whole(n)}</td>
            <td class="muted">{about}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

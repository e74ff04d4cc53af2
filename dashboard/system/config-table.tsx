import { useEffect, useState } from "preact/hooks";
import { type ConfigField, fetchConfig, Refused } from "../net/api.js";
import { connected } from "../state/daemon.js";

const plain = (v: unknown): string => {
  if (v === null || v === undefined) return "–";
  if (Array.isArray(v)) return v.map(plain).join(" × ");
  return typeof v === "object" ? JSON.stringify(v) : String(v);
};

function Line({ of: f }: { readonly of: ConfigField }) {
  const differs = f.origin !== "default" && plain(f.value) !== plain(f.default);
  return (
    <tr data-differs={differs}>
      <th scope="row" title={f.about}>
        {f.key}
      </th>
      <td class="breakable">
        {plain(f.value)}
        {f.unit === "" || f.value === null ? "" : ` ${f.unit}`}
        {differs ? <small>default {plain(f.default)}</small> : null}
      </td>
      <td>{f.origin}</td>
    </tr>
  );
}

/** The effective configuration, read only; what differs from the default stands out. */
export function ConfigTable() {
  const [fields, setFields] = useState<readonly ConfigField[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const online = connected.value;
  useEffect(() => {
    if (!online) return;
    fetchConfig().then(
      (f) => {
        setFields(f);
        setProblem(null);
      },
      (e: unknown) => setProblem(e instanceof Refused && e.status === 404 ? "This daemon does not tell its configuration." : String(e)),
    );
  }, [online]);
  const shown = fields?.filter((f) => all || f.origin !== "default") ?? [];
  return (
    <div data-testid="config-table">
      {problem !== null ? <p class="muted">{problem}</p> : null}
      {fields ? (
        <>
          <label class="check">
            <input type="checkbox" checked={all} onChange={(e) => setAll(e.currentTarget.checked)} /> show defaults too ({fields.length}{" "}
            keys)
          </label>
          {shown.length === 0 ? <p class="muted">Everything is at its default.</p> : null}
          <table class="table config">
            <tbody>
              {shown.map((f) => (
                <Line key={f.key} of={f} />
              ))}
            </tbody>
          </table>
        </>
      ) : null}
    </div>
  );
}

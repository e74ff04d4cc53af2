import { readFileSync } from "node:fs";
import t from "tap";
import { createMetrics } from "../../src/telemetry/metrics.js";

interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly w: number };
  readonly targets: readonly { readonly expr: string }[];
}

t.test("the Grafana board asks for metrics that exist, with labels that they have", async (t) => {
  const board = JSON.parse(readFileSync(new URL("../../../deploy/grafana-dashboard.json", import.meta.url), "utf8")) as { panels: Panel[] };
  const m = createMetrics({ version: "0" });
  m.framesReceived("s", 1);
  m.framesLost("s", "r", 1);
  m.framesMalformed("s", "r", 1);
  m.messagesIgnored("s", "r", 1);
  m.linkFaults("s", "r", 1);
  m.queueDepth("s", 1);
  m.stageDuration("s", 1, 1);
  m.rescanRequests("s", 1);
  m.componentChurn("label", 1);
  m.componentKnownChurn("label", 1);
  m.frameToMap(1);
  /** Labels of every sample, by its name. */
  const known = new Map<string, string>();
  for (const line of (await m.text()).split("\n")) {
    const [, name = "", labels = ""] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    known.set(name, labels);
  }
  const asked = new Set<string>();
  for (const panel of board.panels) {
    t.ok(panel.gridPos.x + panel.gridPos.w <= 24, `${panel.title} fits the board`);
    for (const { expr } of panel.targets) {
      const names = expr.match(/\b(?:braggstream|process|nodejs)_\w+/g) ?? [];
      t.ok(names.length > 0, `${panel.title} asks for something`);
      for (const name of names) t.ok(known.has(name), `${panel.title}: ${name}`);
      const by = /sum by \((\w+)\)/.exec(expr)?.[1];
      if (by) t.match(known.get(names[0] ?? ""), `${by}="`, `${panel.title}: by ${by}`);
      for (const name of names) asked.add(name.replace(/_(bucket|sum|count)$/, ""));
    }
  }
  const ours = (await m.text()).match(/(?<=^# TYPE )braggstream_\w+/gm) ?? [];
  for (const name of ours) t.ok(asked.has(name), `${name} is on the board`);
});

t.test("the scrape configuration names the path of the interface", async (t) => {
  t.match(readFileSync(new URL("../../../deploy/prometheus.yml", import.meta.url), "utf8"), /metrics_path: \/metrics\n/);
});

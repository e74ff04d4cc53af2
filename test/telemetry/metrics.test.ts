import t from "tap";
import { createMetrics } from "../../src/telemetry/metrics.js";

/** Lines of the exposition that start so, without the process defaults. */
async function lines(m: { text(): Promise<string> }, start: string): Promise<string[]> {
  return (await m.text()).split("\n").filter((l) => l.startsWith(start));
}

t.test("every name of the interface is there before anything happens", async (t) => {
  const m = createMetrics({ version: "1.2.3" });
  const types = new Map((await lines(m, "# TYPE ")).map((l) => l.split(" ").slice(2) as [string, string]));
  const wanted: [string, string][] = [
    ["frames_received_total", "counter"],
    ["frames_lost_total", "counter"],
    ["frames_malformed_total", "counter"],
    ["messages_ignored_total", "counter"],
    ["link_faults_total", "counter"],
    ["bytes_received_total", "counter"],
    ["rows_completed_total", "counter"],
    ["queue_depth", "gauge"],
    ["stage_duration_seconds", "histogram"],
    ["frame_to_map_seconds", "histogram"],
    ["archive_bytes_written_total", "counter"],
    ["ws_clients", "gauge"],
    ["rescan_requests_total", "counter"],
    ["newest_frame_age_seconds", "gauge"],
    ["build_info", "gauge"],
  ];
  for (const [name, type] of wanted) t.equal(types.get(`braggstream_${name}`), type, name);
  t.ok(types.has("process_cpu_seconds_total"), "process defaults");
  t.match(await lines(m, "braggstream_build_info"), [/version="1\.2\.3"/]);
});

t.test("counts with the labels of the interface", async (t) => {
  const m = createMetrics({ version: "0" });
  m.framesReceived("s", 3);
  m.framesReceived("s", 4);
  m.framesLost("s", "gap", 2);
  m.framesMalformed("s", "corrupt", 1);
  m.messagesIgnored("s", "orphan", 5);
  m.linkFaults("s", "lost", 3);
  m.bytesReceived(1000);
  m.rowsCompleted(8);
  m.queueDepth("pixels", 12);
  m.stageDuration("pixels", 0.003, 64);
  m.frameToMap(0.04);
  m.archiveBytes(9);
  m.wsClients(2);
  m.rescanRequests("approved", 1);
  const text = await m.text();
  for (const line of [
    'braggstream_frames_received_total{source="s"} 7',
    'braggstream_frames_lost_total{source="s",reason="gap"} 2',
    'braggstream_frames_malformed_total{source="s",reason="corrupt"} 1',
    'braggstream_messages_ignored_total{source="s",reason="orphan"} 5',
    'braggstream_link_faults_total{source="s",reason="lost"} 3',
    "braggstream_bytes_received_total 1000",
    "braggstream_rows_completed_total 8",
    'braggstream_queue_depth{stage="pixels"} 12',
    'braggstream_stage_duration_seconds_sum{stage="pixels"} 0.003',
    'braggstream_stage_duration_seconds_count{stage="pixels"} 1',
    'braggstream_stage_frames_total{stage="pixels"} 64',
    "braggstream_frame_to_map_seconds_count 1",
    "braggstream_archive_bytes_written_total 9",
    "braggstream_ws_clients 2",
    'braggstream_rescan_requests_total{state="approved"} 1',
  ])
    t.ok(text.split("\n").includes(line), line);
  t.match(m.contentType, /^text\/plain/);
});

t.test("the age of the newest frame is asked at the scrape", async (t) => {
  const m = createMetrics({ version: "0" });
  const read = async (): Promise<string | undefined> => (await lines(m, "braggstream_newest_frame_age_seconds "))[0]?.split(" ")[1];
  t.match(await read(), /nan/i);
  let age: number | null = 1.5;
  m.newestFrameAge(() => age);
  t.equal(await read(), "1.5");
  age = null;
  t.match(await read(), /nan/i);
});

t.test("two daemons in one process do not share counters", async (t) => {
  const a = createMetrics({ version: "0" });
  const b = createMetrics({ version: "0" });
  a.bytesReceived(1);
  t.match(await lines(b, "braggstream_bytes_received_total"), [/ 0$/]);
});

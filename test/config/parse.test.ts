import t from "tap";
import { type ConfigLayers, checkConfig, parseConfig } from "../../src/config/index.js";
import { isFault } from "../../src/core/fault.js";

const file = (text: string): ConfigLayers => ({ file: { name: "line.toml", text } });
const env = (name: string, text: string): ConfigLayers => ({ environment: { [`BRAGGSTREAM__${name}`]: text } });

/** The messages that a configuration earns. */
function complaints(layers: ConfigLayers): string[] {
  const result = checkConfig(layers);
  return "problems" in result ? result.problems.map(({ message }) => message) : [];
}

t.test("defaults are those of the interface", async (t) => {
  const { config, origins } = parseConfig();
  t.same(config.source, {
    protocol: "dectris-v2",
    endpoint: "tcp://127.0.0.1:31001",
    bind: false,
    socket: "auto",
    receiver: "auto",
    topic: "",
    channel: null,
    receive_hwm: 4096,
    silence_s: 10,
  });
  t.same(config.scan, {
    shape: null,
    order: "raster",
    positions_file: null,
    skip_start: 0,
    line_skip: 0,
    line_skip_at: "start",
    frames_per_position: 1,
    step_nm: null,
  });
  t.same(config.detector, { mask: null, flip_rows: false, flip_cols: false, transpose: false, virtual: [] });
  t.same(config.calibration, {
    energy_kev: null,
    pixel_size_inv_angstrom: null,
    beam_center: null,
    bf_radius_px: null,
    ellipse: [1, 0],
    scan_rotation: 0,
  });
  t.same(config.memory, { backlog_mb: 1024, frames_mb: 2048, reserve: true, patterns_mb: 512, maps_mb: 4096, keep_series: 4 });
  t.same(config.http, { listen: "127.0.0.1:8080", token: null, allowed_hosts: [] });
  t.same(config.denoise, { method: "auto", model: null, patterns: "asked", adapt: false, provider: "cpu" });
  t.same(config.archive, { directory: null, raw: true, bin: 1 });
  t.same(config.lanes, { pixel: 0, most_lag_s: 1 });
  t.same(config.rescan, { mode: "dry_run" });
  t.same(config.phases, []);
  t.ok(Object.values(origins).every(({ from }) => from === "default"));
});

t.test("defaults < file < environment < flags", async (t) => {
  const layers: ConfigLayers = {
    file: { name: "line.toml", text: "[memory]\nbacklog_mb = 100\nframes_mb = 100\nkeep_series = 100" },
    environment: { BRAGGSTREAM__MEMORY__FRAMES_MB: "200", BRAGGSTREAM__MEMORY__KEEP_SERIES: "200", PATH: "/bin", BRAGGSTREAM_CI: "1" },
    flags: [{ flag: "--keep", key: "memory.keep_series", value: 300 }],
  };
  const { config, origins } = parseConfig(layers);
  t.same(config.memory, { backlog_mb: 100, frames_mb: 200, reserve: true, patterns_mb: 512, maps_mb: 4096, keep_series: 300 });
  t.same(origins["memory.backlog_mb"], { from: "file", name: "line.toml" });
  t.same(origins["memory.frames_mb"], { from: "environment", name: "BRAGGSTREAM__MEMORY__FRAMES_MB" });
  t.same(origins["memory.keep_series"], { from: "flag", name: "--keep" });
  t.same(origins["source.protocol"], { from: "default" });
});

t.test("a wrong value in a lower layer does not matter once it is overridden", async (t) => {
  t.same(complaints({ ...file("[memory]\nkeep_series = 0"), flags: [{ flag: "--keep", key: "memory.keep_series", value: 1 }] }), []);
});

t.test("the endpoint follows the protocol until it is set", async (t) => {
  for (const [protocol, endpoint] of [
    ["dectris-v1", "tcp://127.0.0.1:9999"],
    ["dectris-v2", "tcp://127.0.0.1:31001"],
    ["array-1.0", "tcp://127.0.0.1:31002"],
    ["sls", "tcp://127.0.0.1:30001"],
  ])
    t.equal(parseConfig(env("SOURCE__PROTOCOL", String(protocol))).config.source.endpoint, endpoint);
  t.equal(parseConfig(file('[source]\nprotocol = "sls"\nendpoint = "ipc:///tmp/x"')).config.source.endpoint, "ipc:///tmp/x");
});

t.test("the environment is TOML, and text needs no quotes", async (t) => {
  const one = (name: string, text: string) => parseConfig(env(name, text)).config;
  t.same(one("SCAN__SHAPE", "[3, 4]").scan.shape, [3, 4]);
  t.equal(one("SOURCE__BIND", "true").source.bind, true);
  t.equal(one("SOURCE__SILENCE_S", "2.5").source.silence_s, 2.5);
  t.equal(one("SOURCE__CHANNEL", "threshold_2").source.channel, "threshold_2");
  t.equal(one("SOURCE__CHANNEL", '"threshold_2"').source.channel, "threshold_2");
  t.equal(one("SOURCE__TOPIC", "true").source.topic, "true", "a key that takes text takes it as it stands");
  t.equal(one("HTTP__TOKEN", "00012345678901234567").http.token, "00012345678901234567", "no digit is lost");
  t.equal(one("SOURCE__TOPIC", "1\nbind = true").source.topic, "1\nbind = true", "one variable sets one key");
  t.same(one("HTTP__ALLOWED_HOSTS", '["lab-pc", "lab-pc:8080"]').http.allowed_hosts, ["lab-pc", "lab-pc:8080"]);
});

t.test("an empty text sets an optional key back to unset", async (t) => {
  const given = file('[source]\nchannel = "a"\n[scan]\nshape = [2, 2]');
  const { config, origins } = parseConfig({ ...given, environment: { BRAGGSTREAM__SOURCE__CHANNEL: "", BRAGGSTREAM__SCAN__SHAPE: "" } });
  t.equal(config.source.channel, null);
  t.equal(config.scan.shape, null);
  t.equal(origins["source.channel"]?.from, "environment");
  t.match(complaints(env("MEMORY__KEEP_SERIES", ""))[0], /memory\.keep_series must be a whole number/);
});

t.test("unknown keys suggest the nearest known one", async (t) => {
  const cases: [string, RegExp][] = [
    ["[source]\nprotocl = 1", /^unknown key source\.protocl; did you mean source\.protocol\? \(file line\.toml\)$/],
    ["[sauce]\nprotocol = 1", /^unknown key sauce; did you mean source\?/],
    ["protocol = 1", /^unknown key protocol; did you mean source\.protocol\?/],
    ["[http]\nshape = 1", /^unknown key http\.shape; did you mean scan\.shape\?/],
    ["phase = []", /^unknown key phase; did you mean phases\?/],
    ["[source]\nmax_of_everything_else = 1", /^unknown key source\.max_of_everything_else \(file/],
    [`[source]\n${"x".repeat(500)} = 1`, /^unknown key source\.x{70}\.\.\. \(file/],
    ["__proto__ = 1", /^unknown key __proto__ \(file/],
    ["[source]\n__proto__ = 1", /^unknown key source\.__proto__/],
    ['"" = 1', /^unknown key "" \(file/],
    ['"a\\u001b[31m" = 1', /^unknown key "a\\u001b\[31m" \(file/],
    ["toString = 1", /^unknown key toString \(file/],
  ];
  for (const [text, wanted] of cases) t.match(complaints(file(text))[0], wanted, text.slice(0, 30));
  t.match(complaints(env("SOURCE__PROTOCL", "x"))[0], /source\.protocol\? \(environment BRAGGSTREAM__SOURCE__PROTOCL\)$/);
  t.match(complaints({ flags: [{ flag: "--x", key: "no.thing", value: 1 }] })[0], /^unknown key no\.thing.*\(flag --x\)$/);
});

t.test("a wrong value is told with its key, what is allowed, what it was and where it came from", async (t) => {
  const cases: [string, string][] = [
    ['[source]\nprotocol = "eiger"', "source.protocol must be one of dectris-v1, dectris-v2, array-1.0, sls"],
    ['[source]\nendpoint = "inproc://x"', "source.endpoint must be tcp://HOST:PORT or ipc://PATH"],
    ['[source]\nendpoint = "tcp://host"', "source.endpoint must be tcp://HOST:PORT or ipc://PATH"],
    ["[source]\nbind = 1", "source.bind must be true or false"],
    ['[source]\nsocket = "push"', "source.socket must be one of auto, pull, sub"],
    ['[source]\nreceiver = "slow"', "source.receiver must be one of auto, fast, zeromq"],
    ["[source]\ntopic = 1", "source.topic must be text"],
    ["[source]\nreceive_hwm = 0", "source.receive_hwm must be a whole number from 1 to 1000000"],
    ["[source]\nreceive_hwm = 1.5", "source.receive_hwm must be a whole number from 1 to 1000000"],
    ["[source]\nsilence_s = nan", "source.silence_s must be a number from 0.1 to 86400, not NaN"],
    ["[source]\nsilence_s = inf", "source.silence_s must be a number from 0.1 to 86400, not Infinity"],
    ["[scan]\nshape = [256]", "scan.shape must be [rows, cols], whole numbers from 1 to 65536"],
    ["[scan]\nshape = [0, 5]", "scan.shape must be [rows, cols]"],
    ["[scan]\nshape = [65536, 1025]", "rows × cols at most 16777216, not [65536,1025]"],
    ["[scan]\nline_skip = -1", "scan.line_skip must be a whole number from 0 to 1000000"],
    ["[scan]\nstep_nm = 0", "scan.step_nm must be a number above 0, up to 1000000"],
    ["[scan]\norder = 1979-05-27", "scan.order must be one of raster, serpentine, positions, not"],
    ["[scan.order]\nx = 1", 'scan.order must be one of raster, serpentine, positions, not {"x":1}'],
    ["[calibration]\nbeam_center = [1, -1]", "calibration.beam_center must be [row, col], numbers from 0 to 16384"],
    ["[calibration]\nellipse = [0.9, 0]", "calibration.ellipse must be [ratio, angle], ratio from 1 to 10"],
    ["[calibration]\nscan_rotation = 7", "calibration.scan_rotation must be a number from -2π to 2π"],
    ["[memory]\nbacklog_mb = 1", "memory.backlog_mb must be a whole number from 16 to 1048576"],
    ['[http]\nlisten = "8080"', "http.listen must be HOST:PORT"],
    ['[http]\nlisten = "*:8080"', "http.listen must be HOST:PORT"],
    ['[http]\nallowed_hosts = ["*"]', "http.allowed_hosts must be a list of up to 64 host names"],
    ['[detector]\nvirtual = ["220: 40 px"]', "detector.virtual must be a list of up to 8 texts NAME: 20-26 px, or"],
    ['[[phases]]\nname = "Al"', "phases must be a list of tables with name, cif"],
    ["source = 5", "source must be a section, [source], not 5"],
    ["[[source]]\nbind = true", "source must be a section, [source], not"],
    ["source = 1979-05-27", "source must be a section, [source], not"],
  ];
  for (const [text, wanted] of cases) {
    const [message = ""] = complaints(file(text));
    t.ok(message.includes(wanted), `${text} -> ${message}`);
    t.match(message, /\(file line\.toml\)$/);
  }
});

t.test("a secret is not told in an error", async (t) => {
  const [message = ""] = complaints(env("HTTP__TOKEN", "hunter2"));
  t.equal(message, "http.token must be 16 to 512 characters of visible ASCII, no blanks (environment BRAGGSTREAM__HTTP__TOKEN)");
});

t.test("what this version does not have is refused by name; its defaults pass", async (t) => {
  const cases: [string, string][] = [
    ['[[phases]]\nname = "Al"\ncif = "Al.cif"', 'phases: [{"name":"Al","cif":"Al.cif"}] is not available in this version; leave it out'],
    ['[strain]\nreference = "roi"', 'strain.reference: "roi" is not available in this version; allowed now: "median"'],
    ['[rescan]\nmode = "automatic"', 'rescan.mode: "automatic" is not available in this version; allowed now: "off", "dry_run"'],
  ];
  for (const [text, wanted] of cases) {
    const [message = ""] = complaints(file(text));
    t.ok(message.startsWith(wanted) && message.includes("not available in this version"), message);
  }
  const honest =
    'phases = []\n[denoise]\nmethod = "off"\n[components]\nmax = 8\n[strain]\nreference = "median"\n[archive]\ndirectory = "/data"\nraw = false\nbin = 4\n[rescan]\nmode = "off"';
  t.same(complaints(file(honest)), []);
});

t.test("several errors come together; the fault names the first", async (t) => {
  try {
    parseConfig({ ...file("[source]\nbind = 1\nsocket = 2\nx = 3"), ...env("SCAN__LINE_SKIP", "-1") });
    t.fail("it must be refused");
  } catch (e) {
    t.ok(isFault(e, "bad-config"));
    if (!isFault(e)) return;
    t.equal(e.at, "source.x");
    t.equal(e.message.split("\n").length, 4);
    for (const key of ["source.x", "source.bind", "source.socket", "scan.line_skip"]) t.ok(e.message.includes(key));
  }
});

t.test("text that is not TOML is told with its place", async (t) => {
  t.match(complaints(file("[source]\nbind =")), [/^line\.toml:2:\d+: .*TOML/]);
  t.match(complaints(file("a = 99999999999999999999")), [/^line\.toml/]);
  t.match(complaints(file(`a = ${"[".repeat(5000)}`)), [/^line\.toml/]);
});

t.test("what must hold between keys", async (t) => {
  t.match(complaints(file('[scan]\norder = "positions"\nshape = [2, 2]')), [
    /^scan\.positions_file must be set when scan\.order = "positions" \(default\)$/,
  ]);
  t.match(complaints(file('[scan]\norder = "positions"\npositions_file = "p.txt"')), [
    /^scan\.shape must be set when scan\.order = "positions"/,
  ]);
  t.same(complaints(file('[scan]\norder = "positions"\npositions_file = "p.txt"\nshape = [2, 2]')), []);
  t.match(complaints(file('[source]\nendpoint = "tcp://*:5555"')), [
    /^source\.endpoint must name a host and a port to connect to, not "tcp:\/\/\*:5555"/,
  ]);
  t.match(complaints(file('[source]\nendpoint = "tcp://a:0"')), [/source\.bind = true \(file line\.toml\)$/]);
  t.same(complaints(file('[source]\nbind = true\nendpoint = "tcp://*:*"')), []);
  t.same(complaints(file('[source]\nendpoint = "ipc:///tmp/x"')), []);
  t.same(complaints(file('[source]\nreceiver = "fast"')), []);
  t.match(complaints(file('[source]\nreceiver = "fast"\nbind = true')), [
    /^source\.receiver must be auto or zeromq here: .*bind = true \(file line\.toml\)$/,
  ]);
  t.match(complaints(file('[source]\nreceiver = "fast"\nendpoint = "ipc:///tmp/x"')), [/^source\.receiver must be .*"ipc:\/\/\/tmp\/x"/]);
  t.same(complaints(file('[source]\nreceiver = "zeromq"\nbind = true')), []);
  t.match(complaints(file('[http]\nlisten = "0.0.0.0:8080"')), [
    /^http\.token must be set, 16 characters or more, when http\.listen is not a loopback address: "0\.0\.0\.0:8080"/,
  ]);
  t.match(complaints(file("[components]\nfreeze = true")), [/^components\.library must be set when components\.freeze = true/]);
  t.same(complaints(file('[components]\nfreeze = true\nlibrary = "a.bscomp"')), []);
  t.same(complaints({ ...file('[http]\nlisten = "0.0.0.0:8080"'), ...env("HTTP__TOKEN", "0123456789abcdef") }), []);
  t.same(complaints(file('[http]\nlisten = "[::1]:0"')), []);
});

/** Who may import whom: the table of the rooms, written as data. An unlisted room is an error. */
const ROOMS = {
  core: [],
  kernels: ["core"],
  config: ["core"],
  wire: ["core", "kernels"],
  transport: ["core", "config"],
  stages: ["core", "kernels", "config"],
  maps: ["core"],
  denoise: ["core", "kernels"],
  components: ["core", "kernels"],
  networks: ["core", "config"],
  telemetry: ["core"],
  sinks: ["core", "config", "maps", "telemetry"],
  line: ["core", "kernels", "config", "stages", "maps", "denoise", "components", "networks", "telemetry"],
  microscope: ["core", "kernels", "wire", "transport", "config"],
};
const ALL = Object.keys(ROOMS);

/** Packages that only one room may open. */
const DOORS = {
  zod: ["^src/config/"],
  "smol-toml": ["^src/config/", "^src/commands/"],
  zeromq: ["^src/transport/"],
  "onnxruntime-node": ["^src/networks/"],
  pino: ["^src/telemetry/"],
  "pino-pretty": ["^src/telemetry/"],
  "prom-client": ["^src/telemetry/"],
  ws: ["^src/sinks/"],
  msgpackr: ["^src/sinks/", "^dashboard/"],
  preact: ["^dashboard/"],
  "@preact/signals": ["^dashboard/"],
  uplot: ["^dashboard/"],
};

const room = (name) => `^src/${name}/`;
const forbidden = [
  { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
  { name: "resolved", severity: "error", from: {}, to: { couldNotResolve: true } },
  {
    name: "known-room",
    comment: "every file of src lives in a room of the table, in commands, or beside main.ts",
    severity: "error",
    from: { path: "^src/[^/]+/", pathNot: [...ALL.map(room), "^src/commands/"] },
    to: {},
  },
  ...ALL.map((name) => ({
    name: `direction-${name}`,
    severity: "error",
    from: { path: room(name) },
    to: { path: "^(src|detectors|dashboard|test|bench)/", pathNot: [room(name), ...ROOMS[name].map(room)] },
  })),
  {
    name: "direction-detectors",
    severity: "error",
    from: { path: "^detectors/" },
    to: { path: "^(src|dashboard|test|bench)/", pathNot: ["core", "config", "wire", "transport"].map(room) },
  },
  {
    name: "direction-dashboard",
    severity: "error",
    from: { path: "^dashboard/" },
    to: { path: "^(src|detectors|test|bench)/", pathNot: [room("core")] },
  },
  {
    name: "stage-to-stage",
    severity: "error",
    from: { path: "^src/stages/([^/]+)\\.ts$", pathNot: "^src/stages/index\\.ts$" },
    to: { path: "^src/stages/", pathNot: "^src/stages/$1\\.ts$" },
  },
  { name: "no-tests-at-run-time", severity: "error", from: { path: "^(src|detectors|dashboard)/" }, to: { path: "^(test|bench)/" } },
  {
    name: "pure-rooms",
    comment: "no Node in the rooms of nouns, loops and settings",
    severity: "error",
    from: { path: "^src/(core|kernels|config|maps|stages|denoise|components)/" },
    to: { dependencyTypes: ["core"] },
  },
  ...Object.entries(DOORS).map(([name, rooms]) => ({
    name: `door-${name}`,
    severity: "error",
    from: { path: "^(src|detectors|dashboard)/", pathNot: rooms },
    to: { path: `node_modules/${name}/` },
  })),
];

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: "node_modules" },
    includeOnly: "^(src|detectors|dashboard|test|bench|node_modules)/|^[a-z]+$|^node:",
    exclude: { path: "^dist/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default", "types"], extensions: [".ts", ".tsx", ".js", ".json"] },
  },
};

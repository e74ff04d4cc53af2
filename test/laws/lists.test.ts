import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { DETECTORS } from "../../detectors/index.js";
import { PIXEL_STAGES } from "../../src/stages/index.js";
import { repositoryPath } from "../fixtures/repository.js";

/** Files of a folder that declare something of this type at their top level. */
const declaring = (folder: string, type: RegExp): string[] =>
  readdirSync(join(repositoryPath, folder)).filter(
    (f) => f.endsWith(".ts") && f !== "index.ts" && type.test(readFileSync(join(repositoryPath, folder, f), "utf8")),
  );

t.test("every detector and every stage is on its list", async (t) => {
  t.equal(declaring("detectors", /^export const \w+: Detector\b/m).length, DETECTORS.length);
  t.equal(new Set(DETECTORS.map((d) => d.name)).size, DETECTORS.length);
  t.equal(declaring("src/stages", /^export const \w+: Stage\b/m).length, PIXEL_STAGES.length);
  for (const d of DETECTORS) t.ok(d.about.length > 10, `${d.name} says what it is`);
});

t.test("a wrong direction, a wrong door and a cycle are seen", async (t) => {
  const crimes: [string, string, string][] = [
    ["src/core", "../maps/store.js", "direction-core"],
    ["src/stages", "../line/slab.js", "direction-stages"],
    ["src/maps", "zeromq", "door-zeromq"],
    ["src/line", "onnxruntime-node", "door-onnxruntime-node"],
    ["detectors", "../src/line/slab.js", "direction-detectors"],
    ["src/kernels", "node:fs", "pure-rooms"],
  ];
  const made: string[] = [];
  t.teardown(() => {
    for (const f of made) rmSync(f, { force: true });
  });
  for (const [room, target, rule] of crimes) {
    const file = join(repositoryPath, room, `crime-${process.pid}.ts`);
    made.push(file);
    writeFileSync(file, `export * from "${target}";\n`);
    const { stdout, status } = spawnSync(
      process.execPath,
      [
        "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
        `${room}/crime-${process.pid}.ts`,
        "--config",
        ".dependency-cruiser.cjs",
      ],
      { cwd: repositoryPath, encoding: "utf8" },
    );
    rmSync(file);
    t.not(status, 0, `${room} -> ${target}`);
    t.match(stdout, rule);
  }
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { parseComponentOptions } from "../../bench/quality/component-options.js";
import { scoreComponents } from "../../bench/quality/component-scores.js";
import { makeUnseenScan } from "../../bench/quality/unseen-scans.js";
import { encodeNpy } from "../../src/sinks/npy.js";
import { tablesOf } from "../fixtures/bench-tables.js";
import { aCount, aRandom } from "../fixtures/frames.js";

t.setTimeout(480_000);
const [ROWS, COLUMNS, SIZE] = [12, 12, 48];
const folder = mkdtempSync(join(tmpdir(), "braggstream-components-"));
t.teardown(() => rmSync(folder, { recursive: true }));

/** Two grains, turned against each other, with the beam wandering by two pixels. */
function expected(position: number): Float32Array {
  const column = position % COLUMNS;
  const [row0, col0] = [23.5 + column / 6, 23.5 + Math.floor(position / COLUMNS) / 6];
  const turn = column < 6 ? 0.2 : 0.9;
  const out = new Float32Array(SIZE * SIZE).fill(0.01);
  const disk = (row: number, col: number, level: number): void => {
    for (let r = 0; r < SIZE; r++) for (let c = 0; c < SIZE; c++) if (Math.hypot(r - row, c - col) < 2.5) out[r * SIZE + c] = level;
  };
  disk(row0, col0, 10);
  for (let k = 0; k < 4; k++) {
    const angle = turn + (k * Math.PI) / 2;
    disk(row0 + 12 * Math.sin(angle), col0 + 12 * Math.cos(angle), 1);
  }
  return out;
}

t.test("grains and classes of a scan with truth are scored, with what they cost", async (t) => {
  const at = join(folder, "two");
  mkdirSync(at);
  const positions = ROWS * COLUMNS;
  const [counts, codes] = [new Uint8Array(positions * SIZE * SIZE), new Uint8Array(positions * SIZE * SIZE)];
  const [grain, zone, centre] = [new Int16Array(positions), new Uint8Array(positions), new Float32Array(2 * positions)];
  const random = aRandom(1);
  for (let p = 0; p < positions; p++) {
    expected(p).forEach((v, i) => {
      counts[p * SIZE * SIZE + i] = aCount(v, random);
      codes[p * SIZE * SIZE + i] = 1;
    });
    grain[p] = p % COLUMNS < 6 ? 2 : 3;
    zone[p] = 1;
    centre.set([23.5 + (p % COLUMNS) / 6, 23.5 + Math.floor(p / COLUMNS) / 6], 2 * p);
  }
  const meta = {
    name: "two",
    scan_shape: [ROWS, COLUMNS],
    detector_shape: [SIZE, SIZE],
    doses_electrons_per_pattern: [300],
    noiseless: { scale: 1 },
  };
  writeFileSync(join(at, "meta.json"), JSON.stringify(meta));
  const put = (name: string, shape: number[], values: Uint8Array | Int16Array | Float32Array): void =>
    writeFileSync(join(at, `${name}.npy`), encodeNpy(shape, values));
  put("counts_300", [ROWS, COLUMNS, SIZE, SIZE], counts);
  put("noiseless_sqrt8", [ROWS, COLUMNS, SIZE, SIZE], codes);
  put("mask", [SIZE, SIZE], new Uint8Array(SIZE * SIZE));
  put("grain_id", [ROWS, COLUMNS], grain);
  put("zone_id", [ROWS, COLUMNS], zone);
  put("purity", [ROWS, COLUMNS], new Float32Array(positions).fill(1));
  put("centre", [ROWS, COLUMNS, 2], centre);
  const args = ["--data", folder, "--set", "two", "--dose", "300"];
  const [table, stages] = await tablesOf(
    t,
    "components-quality",
    ...args,
    "--method",
    "daemon,nmf,nmf-hierarchical,kmeans-polar,kmeans-radial,stages",
  );
  const of = (method: string) => table?.rows.find((r) => r.method === method) ?? {};
  const daemon = of("daemon");
  t.match(daemon, { scan: "two", "e-": 300, zone: 1, phase: 1, grains: 2, "there are": 2, "churn %": Number, "ended s": Number });
  t.ok((daemon.grain as number) > 0.9, `${daemon.grain}`);
  t.ok((of("kmeans-polar").grain as number) > 0.9, `${of("kmeans-polar").grain}`);
  t.ok((of("nmf").grain as number) > 0.9, `${of("nmf").grain}`);
  t.match(of("nmf-hierarchical"), { zone: 1, classes: 1, grains: 2 });
  t.ok((of("nmf-hierarchical").grain as number) > 0.9, `${of("nmf-hierarchical").grain}`);
  t.equal(of("kmeans-radial").zone, 1, "one label is asked for");
  const row = stages?.rows[0] ?? {};
  t.match(row, { scan: "two", "e-": 300, "class ARI": 1, phase: 1, regions: 2, "rows us": Number });
  t.ok((row["grain ARI"] as number) > 0.9, `${row["grain ARI"]}`);
  t.ok((row["centre px"] as number) < 0.15, `${row["centre px"]}`);
});

t.test("scans of the virtual microscope are the same whenever they are made, with truth of all kinds", async (t) => {
  const { scan, truth } = makeUnseenScan("cu-twins", 50);
  t.equal(Buffer.compare(makeUnseenScan("cu-twins", 50).scan.counts as Uint8Array, scan.counts as Uint8Array), 0);
  t.equal(scan.counts.length, scan.rows * scan.columns * scan.height * scan.width);
  t.ok(new Set(Array.from(truth.grain)).size > 20, "lamellae are grains");
  t.same([...new Set(Array.from(truth.family ?? []))].sort(), [-2, 1]);
  const angles = Array.from(truth.phase).filter((phase, at) => Number.isFinite((truth.angle as ArrayLike<number>)[at]) === phase > 1);
  t.equal(angles.length, truth.phase.length, "crystals have an angle, and nothing else has");
  t.throws(() => makeUnseenScan("none", 50), /no scan none/);
  t.throws(() => makeUnseenScan("cu-twins@x", 50), /no scan cu-twins@x/);
  const other = makeUnseenScan("ti-small-detector@7", 50);
  t.not(Buffer.compare(other.scan.counts as Uint8Array, makeUnseenScan("ti-small-detector", 50).scan.counts as Uint8Array), 0);
  const { truth: poly } = makeUnseenScan("train-poly", 50);
  t.same([poly.family, poly.angle, poly.fold], [null, null, null], "grains that lie anyhow have no zones");
  t.equal(parseComponentOptions(["--set", "cu-fibre@7", "--dose", "50", "--method", "order"]).cases[0]?.name, "cu-fibre@7");
});

t.test("angles are scored modulo the fold, without an offset per zone", (t) => {
  const truth = {
    grain: [2, 2, 3, 3],
    phase: [2, 2, 2, 2],
    family: [1, 1, 1, 1],
    angle: [0, 1, 100, 101],
    fold: [4, 4, 4, 4],
    purity: [1, 1, 1, 1],
  };
  const angle = truth.angle.map((a, i) => (-(a + 13 + (i === 3 ? 90.2 : 0)) * Math.PI) / 180);
  const scores = scoreComponents(truth, { label: [5, 5, 5, 5], grain: [1, 1, 2, 2], angle });
  t.match(scores, { zone: 1, grain: 1, grainCore: 1, answered: 1, classes: 1, grains: 2 });
  t.ok(scores.angleMedian < 0.01 && Math.abs(scores.angleP90 - 0.2) < 0.01, `${scores.angleMedian} ${scores.angleP90}`);
  const other = scoreComponents({ ...truth, family: null }, { label: [1, 1, 1, 1], grain: [1, 1, 1, 1], angle: null });
  t.ok(Number.isNaN(other.zone) && Number.isNaN(other.answered));
  t.end();
});

t.test("flags say what they take", (t) => {
  t.throws(() => parseComponentOptions(["--set", "none"]), /--set must be of .*cu-fibre/);
  t.throws(() => parseComponentOptions(["--method", "none"]), /--method must be of daemon/);
  t.throws(() => parseComponentOptions(["--data", "/nowhere"]), /no folder/);
  t.match(parseComponentOptions(["--set", "train-ni", "--dose", "50"]), {
    cases: [{ name: "train-ni", dose: 50 }],
    methods: ["daemon", "nmf"],
  });
  t.end();
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { encodeNpy } from "../../src/sinks/npy.js";
import { tablesOf } from "../fixtures/bench-tables.js";
import { aCount, aRandom } from "../fixtures/frames.js";

t.setTimeout(240_000);
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
  const [table] = await tablesOf(t, "components-quality", "--data", folder, "--set", "two", "--dose", "300");
  const row = table?.rows[0] ?? {};
  t.match(row, { scan: "two", "e-": 300, "grain ARI": Number, "class ARI": 1, phase: 1, regions: 2, truth: 2, "rows us": Number });
  t.ok((row["grain ARI"] as number) > 0.9, `${row["grain ARI"]}`);
  t.ok((row["centre px"] as number) < 0.15, `${row["centre px"]}`);
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { loadMask, loadScan, parseNpy } from "../../src/commands/config-files.js";
import { type ParsedConfig, parseConfig } from "../../src/config/index.js";

/** A version 1 .npy of whole numbers. */
function npy(descr: string, shape: string, bytes: Uint8Array, extra = ""): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), ${extra}}\n`;
  const head = Buffer.alloc(10);
  head.write("\x93NUMPY", "latin1");
  head[6] = 1;
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header), bytes]);
}
const config = (settings: Record<string, unknown>): ParsedConfig =>
  parseConfig({ flags: Object.entries(settings).map(([key, value]) => ({ flag: key, key, value })) });

t.test("masks and positions from files", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "braggstream-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = async (name: string, data: string | Uint8Array): Promise<string> => {
    await writeFile(join(folder, name), data);
    return join(folder, name);
  };

  t.equal(await loadMask(config({})), null);
  const mask = await file("mask.npy", npy("|u1", "2, 3", Uint8Array.from([0, 1, 0, 0, 2, 0])));
  t.same(await loadMask(config({ "detector.mask": mask })), { height: 2, width: 3, pixels: Uint8Array.from([0, 1, 0, 0, 1, 0]) });
  await t.rejects(loadMask(config({ "detector.mask": join(folder, "none.npy") })), { code: "bad-config", at: "detector.mask" });

  const scan = { "scan.order": "positions", "scan.shape": [4, 4] };
  const text = await file("positions.txt", "# row column\n0 1\n3, 3\n\n");
  t.same((await loadScan(config({ ...scan, "scan.positions_file": text }))).positions, [
    [0, 1],
    [3, 3],
  ]);
  const array = await file("positions.npy", npy("<i8", "2, 2", new Uint8Array(new BigInt64Array([1n, 2n, 0n, 0n]).buffer)));
  t.same((await loadScan(config({ ...scan, "scan.positions_file": array }))).positions, [
    [1, 2],
    [0, 0],
  ]);
  for (const [name, text, why] of [
    ["outside.txt", "0 1\n9 9\n", /position 2, 9 9, is outside the scan of 4 x 4/],
    ["negative.txt", "-1 0\n", /position 1/],
    ["empty.txt", "# nothing\n", /lists no position/],
  ] as const)
    await t.rejects(loadScan(config({ ...scan, "scan.positions_file": await file(name, text) })), {
      at: "scan.positions_file",
      message: why,
    });
  const wrong = await file("wrong.txt", "0 1\n1 x\n");
  await t.rejects(loadScan(config({ ...scan, "scan.positions_file": wrong })), /line 2 must be two whole numbers/);
  const wide = await file("wide.npy", npy("|u1", "1, 3", Uint8Array.from([0, 1, 0])));
  await t.rejects(loadScan(config({ ...scan, "scan.positions_file": wide })), /two columns/);
  t.match(await loadScan(config({ "scan.shape": [4, 4], "scan.step_nm": 2 })), { shape: [4, 4], step: 2, positions: null });
});

t.test("what is not a .npy of whole numbers is refused", async (t) => {
  const bytes = new Uint8Array(16);
  for (const [descr, size] of [
    ["|b1", 1],
    ["|i1", 1],
    ["<u2", 2],
    ["<i2", 2],
    ["<u4", 4],
    ["<i4", 4],
  ] as const)
    t.same([...parseNpy(npy(descr, "1, 2", bytes.subarray(0, 2 * size)), "x").values], [0, 0], descr);
  const two = npy("|u1", "1, 2", bytes);
  two[6] = 2;
  for (const data of [
    new Uint8Array(3),
    Buffer.from("hello world, this is text"),
    npy("<f4", "1, 2", bytes),
    npy("|u1", "16,", bytes),
    npy("<u4", "3, 3", bytes),
    npy("|u1", "99999999, 99999999", bytes),
    two,
  ])
    t.throws(() => parseNpy(data, "x.npy"), { code: "bad-config", message: /x\.npy/ });
});

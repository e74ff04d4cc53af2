import { inflateSync } from "node:zlib";
import t from "tap";
import { type LayerSpec, layerSpec } from "../../src/core/map-layer.js";
import { get } from "./ask.js";
import { aSeries, aStand, writeRow } from "./stand.js";

type Rgba = readonly number[];

/** Reads a palette PNG as the standard says, checksums included, independent of our writer. */
function readPng(file: Buffer): { width: number; height: number; at: (row: number, column: number) => Rgba } {
  if (!file.subarray(0, 8).equals(Buffer.from("89504e470d0a1a0a", "hex"))) throw new Error("no PNG");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const name = file.toString("latin1", at + 4, at + 8);
    if (crc(file.subarray(at + 4, at + 8 + length)) !== file.readUInt32BE(at + 8 + length)) throw new Error(`${name}: wrong checksum`);
    chunks.set(name, file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const part = (name: string): Buffer => chunks.get(name) ?? Buffer.alloc(0);
  if ([...chunks.keys()].join() !== "IHDR,PLTE,tRNS,IDAT,IEND") throw new Error("odd chunks");
  const width = part("IHDR").readUInt32BE(0);
  const height = part("IHDR").readUInt32BE(4);
  if (part("IHDR").toString("hex", 8) !== "0803000000") throw new Error("not 8-bit palette");
  const lines = inflateSync(part("IDAT"));
  if (lines.length !== height * (width + 1)) throw new Error("odd size");
  return {
    width,
    height,
    at(row, column) {
      const i = lines[row * (width + 1) + 1 + column] ?? 0;
      return [...part("PLTE").subarray(3 * i, 3 * i + 3), part("tRNS")[i] ?? 255];
    },
  };
}

/** Bit by bit; ISO/IEC 15948 annex D. */
function crc(data: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of data) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  }
  return (c ^ 0xffffffff) >>> 0;
}

const near = (a: Rgba, b: Rgba, within = 12): boolean => a.length === b.length && a.every((v, i) => Math.abs(v - (b[i] ?? 0)) <= within);
const CLEAR = 0;

function spec(name: string, kind: LayerSpec["kind"], dtype: LayerSpec["dtype"]): LayerSpec {
  return { name, kind, claim: "categorical", dtype, unit: "", channels: 1, about: "" };
}

t.test("layers as pictures", async (t) => {
  const { run, base, store } = await aStand();
  t.teardown(() => run.close());
  const { maps } = aSeries(store, "a-1", 2, 5);
  writeRow(maps, "sum", 0, (i) => i * 10);
  writeRow(maps, "com_row", 0, (i) => i - 2);
  writeRow(maps, "centre", 0, (i) => i);
  writeRow(maps, "frame_status", 0, (i) => i);
  writeRow(maps, spec("label", "label", "int32"), 0, (i) => i - 1);
  writeRow(maps, spec("inplane_angle", "cyclic", "float32"), 0, (i) => (i * Math.PI) / 2);
  writeRow(maps, spec("flat", "signed", "float32"), 0, () => 0);
  maps.commit();
  const png = async (name: string) => {
    const { status, headers, body } = await get(base, `/api/v1/series/a-1/layers/${name}`);
    t.match({ status, headers }, { status: 200, headers: { "content-type": "image/png", "cache-control": "no-store" } });
    return readPng(body);
  };

  const sum = await png("sum.png");
  t.same([sum.width, sum.height], [5, 2]);
  t.ok(near(sum.at(0, 0), [68, 1, 84, 255]), "viridis begins dark violet");
  t.ok(near(sum.at(0, 2), [33, 145, 140, 255]), "is teal in the middle");
  t.ok(near(sum.at(0, 4), [253, 231, 37, 255]), "and ends yellow");
  t.equal(sum.at(1, 0)[3], CLEAR, "no data is transparent");

  const cut = await png("sum.png?min=20&max=30");
  t.same(cut.at(0, 0), cut.at(0, 2), "below the range");
  t.same(cut.at(0, 3), cut.at(0, 4), "above the range");
  t.notSame(cut.at(0, 2), cut.at(0, 3));

  const signed = await png("com_row.png");
  t.ok(near(signed.at(0, 2), [247, 247, 247, 255]), "zero is white");
  t.ok((signed.at(0, 0)[2] ?? 0) > (signed.at(0, 0)[0] ?? 0), "below zero is blue");
  t.ok((signed.at(0, 4)[0] ?? 0) > (signed.at(0, 4)[2] ?? 0), "above zero is red");
  t.ok(near((await png("flat.png")).at(0, 0), [247, 247, 247, 255]), "a map of zeros is white, not an end of the scale");

  const first = await png("centre.png?channel=0&min=0&max=9");
  const second = await png("centre.png?channel=1&min=0&max=9");
  t.notSame(first.at(0, 0), second.at(0, 0), "channels of a vector are different pictures");

  const status = await png("frame_status.png");
  t.equal(status.at(0, 0)[3], CLEAR, "not yet");
  t.equal(new Set([1, 2, 3].map((c) => status.at(0, c).join())).size, 3, "states differ");
  const label = await png("label.png");
  t.equal(label.at(0, 0)[3], CLEAR, "no label");
  t.equal(label.at(0, 1)[3], 255, "label 0 is a class");
  const angle = await png("inplane_angle.png");
  t.ok(near(angle.at(0, 0), angle.at(0, 4)), "a full turn is no turn");
  t.notOk(near(angle.at(0, 0), angle.at(0, 2)));

  for (const query of ["min=x", "max=", "max=1e999", "channel=2", "channel=-1", "channel=0.5", "channel=x"])
    t.match(await get(base, `/api/v1/series/a-1/layers/centre.png?${query}`), { status: 400, code: "bad_request" }, query);
});

t.test("a layer without any value", async (t) => {
  const { run, base, store } = await aStand();
  t.teardown(() => run.close());
  const { maps } = aSeries(store, "a-1", 3, 3);
  maps.open(layerSpec("bf"));
  maps.commit();
  const png = readPng((await get(base, "/api/v1/series/a-1/layers/bf.png")).body);
  t.equal(png.at(1, 1)[3], CLEAR);
});

t.test("a few hot positions do not darken a large map", async (t) => {
  const { run, base, store } = await aStand();
  t.teardown(() => run.close());
  const { maps } = aSeries(store, "a-1", 400, 400);
  for (let row = 0; row < 400; row++) writeRow(maps, "sum", row, (i) => (i % 50_000 === 7 ? 1e6 : i % 100));
  maps.commit();
  const png = readPng((await get(base, "/api/v1/series/a-1/layers/sum.png")).body);
  t.ok(near(png.at(0, 99), [253, 231, 37, 255]), "99 of 99 is the bright end");
});

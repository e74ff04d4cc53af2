import fc from "fast-check";
import t from "tap";
import type { LayerDtype, MapLayer } from "../../src/core/map-layer.js";
import { codeRows, rowsPerTile } from "../../src/sinks/tile-coding.js";

function aLayer(value: MapLayer["value"], rows: number, columns: number, channels = 1): MapLayer {
  const dtype: LayerDtype = value instanceof Float32Array ? "float32" : value instanceof Int32Array ? "int32" : "uint8";
  return {
    name: "x",
    kind: "intensity",
    claim: "quantitative",
    dtype,
    unit: "",
    about: "",
    channels,
    rows,
    columns,
    value,
    revision: new Uint32Array(rows * columns),
    rowSeq: new Float64Array(rows),
    maxRevision: 0,
  };
}

/** Values as contract §6 says, channels first. */
function decode({ dtype, scale, offset, data }: ReturnType<typeof codeRows>, coded: boolean): number[] {
  const v = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const size = { uint8: 1, uint16: 2, int32: 4, float32: 4 }[dtype];
  return Array.from({ length: data.byteLength / size }, (_, i) => {
    if (dtype === "float32") return v.getFloat32(4 * i, true);
    if (dtype === "int32") return v.getInt32(4 * i, true);
    const code = dtype === "uint8" ? v.getUint8(i) : v.getUint16(2 * i, true);
    const none = dtype === "uint8" ? 255 : 65535;
    return coded && code === none ? Number.NaN : offset + scale * code;
  });
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((v, i) => Object.is(v, b[i]));

t.test("float layers travel without loss, whatever they hold", async () => {
  const nan = fc.constant(Number.NaN);
  const value = fc.oneof(
    fc.array(fc.oneof(fc.integer({ min: 0, max: 260 }), nan), { minLength: 12, maxLength: 12 }),
    fc.array(fc.oneof(fc.integer({ min: 0, max: 66_000 }), nan), { minLength: 12, maxLength: 12 }),
    fc.array(fc.float(), { minLength: 12, maxLength: 12 }),
  );
  fc.assert(
    fc.property(value, fc.constantFrom(1, 2, 3), fc.integer({ min: 0, max: 1 }), (values, channels, row) => {
      const columns = 6 / channels;
      const layer = aLayer(Float32Array.from(values), 2, columns, channels);
      const rows = 2 - row;
      const back = decode(codeRows(layer, row, rows), true);
      const wanted: number[] = [];
      for (let c = 0; c < channels; c++) for (let i = row * columns; i < 2 * columns; i++) wanted.push(layer.value[i * channels + c] ?? 0);
      return sameNumbers(back, wanted);
    }),
    { numRuns: 500 },
  );
});

t.test("the smallest type that loses nothing", async (t) => {
  const typeOf = (...v: number[]): string => codeRows(aLayer(Float32Array.from(v), 1, v.length), 0, 1).dtype;
  t.equal(typeOf(0, 254, Number.NaN), "uint8");
  t.equal(typeOf(Number.NaN), "uint8", "not scanned yet");
  t.equal(typeOf(0, 255), "uint16");
  t.equal(typeOf(65534, Number.NaN), "uint16");
  for (const odd of [65535, -1, 0.5, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    t.equal(typeOf(1, odd), "float32", String(odd));
});

t.test("labels and masks are never coded", async (t) => {
  const labels = codeRows(aLayer(Int32Array.of(-1, 0, 7, 2 ** 31 - 1), 2, 2), 0, 2);
  t.match(labels, { dtype: "int32", scale: 1, offset: 0 });
  t.same(decode(labels, false), [-1, 0, 7, 2 ** 31 - 1]);
  const mask = codeRows(aLayer(Uint8Array.of(0, 255, 3, 4), 2, 2), 1, 1);
  t.match(mask, { dtype: "uint8", data: Uint8Array.of(3, 4) });
});

t.test("the tile is a copy", async (t) => {
  const layer = aLayer(Float32Array.of(1.5, 2.5), 1, 2);
  const tile = codeRows(layer, 0, 1);
  layer.value[0] = 9;
  t.same(decode(tile, true), [1.5, 2.5]);
});

t.test("tiles of about a megabyte", async (t) => {
  t.equal(rowsPerTile(aLayer(new Float32Array(0), 0, 512)), 512);
  t.equal(rowsPerTile(aLayer(new Float32Array(0), 0, 512, 2)), 256);
  t.equal(rowsPerTile(aLayer(new Uint8Array(0), 0, 2 ** 24)), 1, "at least a row");
});

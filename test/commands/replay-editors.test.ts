import t from "tap";
import { detectorByName } from "../../detectors/index.js";
import { cborEditor } from "../../src/commands/replay/cbor-editor.js";
import { editorFor } from "../../src/commands/replay/editor-for.js";
import { jsonEditor } from "../../src/commands/replay/json-editor.js";
import { cborWriter } from "../../src/wire/write-cbor.js";
import { startMessage } from "../../src/wire/write-dectris-v2.js";
import { jsonPart } from "../../src/wire/write-json.js";
import { arrivalsOf, only } from "../fixtures/arrivals.js";

t.test("rewriting leaves what it does not know", async (t) => {
  const change = { series: 1, uniqueId: "X", image: 2, images: 3 };
  const bytes = (...b: number[]): Uint8Array[] => [Uint8Array.from(b)];
  const strange: Uint8Array[][] = [
    [],
    [new Uint8Array(0)],
    bytes(0xd9, 0xd9, 0xf7),
    bytes(0x83, 1, 2, 3),
    bytes(0xbc),
    bytes(0xbf, 0xff),
    bytes(0xa2, 0x64, 0x74, 0x79, 0x70),
    bytes(0xa1, 0x64, 0x74, 0x79, 0x70, 0x65),
    bytes(0x7b, 0x22),
    [new TextEncoder().encode("{}"), new Uint8Array(3)],
    [jsonPart({ htype: "dheader-1.0", header_detail: "basic", series: "seven" }), new Uint8Array(3)],
    [jsonPart({ frameIndex: 4, data: 1 })],
  ];
  for (const parts of strange) {
    for (const editor of [cborEditor, jsonEditor, editorFor(parts)]) {
      t.ok(["begin", "image", "end", "other"].includes(editor.kindOf(parts).kind));
      t.equal(editor.edit(parts, change).length, parts.length);
    }
  }
  t.same(jsonEditor.kindOf([jsonPart({ frameIndex: 4, data: 0 })]).kind, "end");
});

t.test("a start message is rewritten in place, whatever its lengths and order", async (t) => {
  const parts = startMessage({
    series: 300,
    uniqueId: "01ABC",
    images: 70_000,
    height: 4,
    width: 5,
    type: "uint16",
    countTime: 0.001,
    frameTime: 0.001,
    energyEv: 2e5,
    userData: { series_id: 300 },
  });
  t.match(cborEditor.kindOf(parts), { kind: "begin", series: 300, uniqueId: "01ABC" });
  const [begin] = only(
    arrivalsOf(detectorByName("dectris-v2").open({}), [cborEditor.edit(parts, { series: 5, uniqueId: "a longer name", images: 9 })]),
    "begin",
  );
  t.match(begin?.begin, { wireSeries: 5, wireUniqueId: "a longer name", expected: 9, height: 4, width: 5 });
  t.same(cborEditor.edit(parts, {}), parts);
  // indefinite map, our keys last and first
  const w = cborWriter();
  const keys = [..."series_id"].map((c) => c.charCodeAt(0));
  const map = [
    Uint8Array.from([
      0xbf,
      0x69,
      ...keys,
      0x18,
      0x64,
      0x61,
      0x78,
      0x80,
      0x64,
      ...[..."type"].map((c) => c.charCodeAt(0)),
      0x63,
      0x65,
      0x6e,
      0x64,
      0xff,
    ]),
  ];
  t.match(cborEditor.kindOf(map), { kind: "end", series: 100, uniqueId: null });
  const edited = cborEditor.edit(map, { series: 7 });
  t.match(cborEditor.kindOf(edited), { kind: "end", series: 7 });
  t.equal(w.finish().length, 0);
});

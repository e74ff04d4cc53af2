// What reading the envelope of a message costs, in CPU µs (best of several windows, interleaved): image messages of each protocol with
// a payload of 5 kB; those of DECTRIS v2 by the scanner and by the general reader alone.
import { array10 } from "../detectors/array-1.0.js";
import { dectrisV1 } from "../detectors/dectris-v1.js";
import { dectrisV2, openGeneral } from "../detectors/dectris-v2.js";
import type { ArrivalSink, MessageReader } from "../src/core/detector.js";
import type { FrameShape } from "../src/core/frame.js";
import { arrayMessage } from "../src/wire/write-array.js";
import { cborWriter } from "../src/wire/write-cbor.js";
import * as v1 from "../src/wire/write-dectris-v1.js";
import * as v2 from "../src/wire/write-dectris-v2.js";
import { options } from "./options.js";
import { createTable } from "./table.js";
import { bestMicroseconds } from "./timing.js";

const IMAGES = 256;
const { quick } = options();
const ROUNDS = quick ? 1 : 3;
const ID = { series: 7, uniqueId: "01K94ZPX3V7Q2M8C5T1R6B0HWE" };
const RUN = { ...ID, height: 192, width: 192, type: "uint16", countTime: 1e-5, frameTime: 2e-5, energyEv: 2e5 } as const;
const SHAPE: FrameShape = { height: 192, width: 192, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };
const RAW: FrameShape = { ...SHAPE, height: 50, width: 50, encoding: "none", element: 0 };

/** Framed as bslz4; nobody unpacks it here. */
const payload = new Uint8Array(5000);
new DataView(payload.buffer).setUint32(4, 192 * 192 * 2);
new DataView(payload.buffer).setUint32(8, 8192);

type Message = readonly Uint8Array[];
const images = (make: (image: number) => Message): Message[] => Array.from({ length: IMAGES }, (_, i) => make(i * 31));
const channel = (name: string) => ({ name, shape: SHAPE, payload });

/** The map as hardware orders it. */
function hardwareImage(image: number): Message {
  const w = cborWriter(6000).tag(55799).map(9);
  w.text("type").text("image").text("series_id").int(ID.series).text("series_unique_id").text(ID.uniqueId).text("image_id").int(image);
  w.text("real_time").value([995, v2.TICKS_PER_SECOND]);
  w.text("series_date").tag(0).text("2025-11-03T10:21:45.002+01:00");
  w.text("start_time")
    .value([1000 * image, v2.TICKS_PER_SECOND])
    .text("stop_time")
    .value([1000 * image + 995, v2.TICKS_PER_SECOND]);
  w.text("data").map(1).text("threshold_1").tag(40).array(2).array(2).int(192).int(192);
  return [w.tag(69).tag(56500).array(3).text("bslz4").int(2).bytes(payload).finish()];
}
const ours = (channels: readonly string[]) => (image: number) =>
  v2.imageMessage({ ...ID, image, channels: channels.map(channel), startTimeTicks: 1000 * image, stopTimeTicks: 1000 * image + 995 });

const sink: ArrivalSink & { frames: number } = {
  frames: 0,
  begin: () => {},
  frame: () => {
    sink.frames++;
  },
  end: () => {},
  ignored: (_, detail) => refuse(detail),
  malformed: (_, detail) => refuse(detail),
};
function refuse(what: string): never {
  throw new Error(what);
}

interface Row {
  readonly name: string;
  readonly reader: MessageReader;
  readonly messages: readonly Message[];
  best: number;
}

function aRow(name: string, reader: MessageReader, begin: readonly Message[], messages: readonly Message[]): Row {
  for (const message of [...begin, ...messages]) reader.read(message, sink);
  return { name, reader, messages, best: Number.POSITIVE_INFINITY };
}

const start = [v2.startMessage({ ...RUN, images: IMAGES })];
const header = [v1.headerMessage({ ...RUN, detail: "basic", images: IMAGES, triggers: 1, triggerMode: "exts" })];
const rows: Row[] = [];
for (const [layout, make] of [
  ["hardware", hardwareImage],
  ["ours", ours(["threshold_1"])],
  ["two channels", ours(["threshold_1", "threshold_2"])],
] as const) {
  rows.push(aRow(`dectris-v2 ${layout}`, dectrisV2.open({}), start, images(make)));
  rows.push(aRow(`dectris-v2 ${layout}, general`, openGeneral({}), start, images(make)));
}
const imageV1 = (frame: number) => v1.imageMessage({ series: 7, frame, shape: SHAPE, payload });
rows.push(aRow("dectris-v1", dectrisV1.open({}), header, images(imageV1)));
const arrayOf = (frame: number) => arrayMessage({ frame, shape: RAW, payload, source: "bench" });
rows.push(aRow("array-1.0", array10.open({}), [], images(arrayOf)));

for (let round = 0; round < ROUNDS; round++)
  for (const row of rows) {
    const { reader, messages } = row;
    const us = bestMicroseconds(() => {
      for (const message of messages) reader.read(message, sink);
    }, 4);
    row.best = Math.min(row.best, us / IMAGES);
  }

const table = createTable(["message".padEnd(34), "µs", "messages/s", "general / scanner"]);
console.log("µs of CPU per image message of 5 kB\n");
table.head();
for (const [i, { name, best }] of rows.entries()) {
  const general = rows[i + 1];
  table.row([name, best, Math.round(1e6 / best), general?.name === `${name}, general` ? general.best / best : ""]);
}

// What reading the envelope of a message costs, in CPU µs per message (best of several windows): image messages of each protocol with
// a payload of 5 kB, the DECTRIS v2 ones also by the general reader alone, in the same run.
import { array10 } from "../detectors/array-1.0.js";
import { dectrisV1 } from "../detectors/dectris-v1.js";
import { dectrisV2, openGeneral } from "../detectors/dectris-v2.js";
import type { ArrivalSink, MessageReader } from "../src/core/detector.js";
import type { FrameShape } from "../src/core/frame.js";
import { arrayMessage } from "../src/wire/write-array.js";
import * as v1 from "../src/wire/write-dectris-v1.js";
import * as v2 from "../src/wire/write-dectris-v2.js";
import { bestMicroseconds } from "./timing.js";

const IMAGES = 256;
const ID = { series: 7, uniqueId: "01K94ZPX3V7Q2M8C5T1R6B0HWE" };
const RUN = { ...ID, height: 192, width: 192, type: "uint16", countTime: 1e-5, frameTime: 2e-5, energyEv: 2e5 } as const;
const SHAPE: FrameShape = { height: 192, width: 192, type: "uint16", encoding: "bslz4", element: 2, bigEndian: false };
const SMALL: FrameShape = { ...SHAPE, height: 50, width: 50, encoding: "none", element: 0 };

const framed = new Uint8Array(5000);
new DataView(framed.buffer).setUint32(4, 192 * 192 * 2);
new DataView(framed.buffer).setUint32(8, 8192);
const channel = { name: "threshold_1", shape: SHAPE, payload: framed };
const images = (make: (image: number) => Uint8Array[]): Uint8Array[][] => Array.from({ length: IMAGES }, (_, i) => make(i * 31));
const cbor = images((image) => v2.imageMessage({ ...ID, image, channels: [channel], startTimeTicks: image * 500, stopTimeTicks: image * 500 + 450 }));

let frames = 0;
const sink: ArrivalSink = {
  begin: () => {},
  frame: () => {
    frames++;
  },
  end: () => {},
  ignored: (reason, detail) => fail(`${reason}: ${detail}`),
  malformed: (reason, detail) => fail(`${reason}: ${detail}`),
};
function fail(what: string): never {
  throw new Error(what);
}

function measured(reader: MessageReader, begin: Uint8Array[][], messages: readonly Uint8Array[][]): number {
  for (const message of begin) reader.read(message, sink);
  const before = frames;
  for (const message of messages) reader.read(message, sink);
  if (frames - before !== IMAGES) fail("not every message is a frame");
  return bestMicroseconds(() => {
    for (const message of messages) reader.read(message, sink);
  }, 10) / IMAGES;
}

const start = [v2.startMessage({ ...RUN, images: IMAGES })];
const general = measured(openGeneral({}), start, cbor);
const header = [v1.headerMessage({ ...RUN, detail: "basic", images: IMAGES, triggers: 1, triggerMode: "exts" })];
const rows: [string, number][] = [
  ["dectris-v2", measured(dectrisV2.open({}), start, cbor)],
  ["dectris-v2, general reader", general],
  ["dectris-v1", measured(dectrisV1.open({}), header, images((frame) => v1.imageMessage({ series: 7, frame, shape: SHAPE, payload: framed })))],
  ["array-1.0", measured(array10.open({}), [], images((frame) => arrayMessage({ frame, shape: SMALL, payload: framed, source: "bench" })))],
];
console.log("envelope                      us/message   messages/s   general / this");
for (const [name, us] of rows)
  console.log(`${name.padEnd(30)}${us.toFixed(3).padStart(10)}${Math.round(1e6 / us).toString().padStart(13)}${name.startsWith("dectris-v2") ? (general / us).toFixed(1).padStart(17) : ""}`);

import type { ArrivalSink, Detector, MessageReader, WireFrame } from "../src/core/detector.js";
import type { FrameShape } from "../src/core/frame.js";
import { aLoan, FrameGate, lendPayload } from "../src/wire/frame-gate.js";
import { ImpliedSeries, ONLY_CHANNEL } from "../src/wire/implied-series.js";
import { jsonFrame, requireCount } from "../src/wire/json-frame.js";
import { toPlain } from "../src/wire/plain.js";
import { Problem, quoted } from "../src/wire/problem.js";
import { field, type JsonObject, readObject } from "../src/wire/read-json.js";

/** PSI slsReceiver, one module per socket. */
export const sls: Detector = {
  name: "sls",
  about: "PSI slsReceiver (JUNGFRAU, EIGER, MOENCH), JSON version 4, one module",
  socket: "sub",
  open: () => new Reader(),
};

const JSON_VERSION = 4;
/** 4-bit pixels share bytes and are not read. */
const TYPES: ReadonlyMap<unknown, string> = new Map([
  [8, "uint8"],
  [16, "uint16"],
  [32, "uint32"],
]);
const RAW = { encoding: "none", element: 0, bigEndian: false } as const;
/** Kept of the header of the first frame: what holds for the run. */
const RUN_KEYS = [
  "addJsonHeader",
  "bitmode",
  "detType",
  "detshape",
  "expLength",
  "fileIndex",
  "fname",
  "modId",
  "quad",
  "rx_roi",
  "shape",
  "version",
];

class Reader implements MessageReader {
  private readonly series = new ImpliedSeries();
  private gate = new FrameGate();
  private readonly loan: WireFrame = aLoan(ONLY_CHANNEL);

  read(parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const header = readHeader(parts);
    if (header instanceof Problem) sink.malformed(header.reason, header.detail, null, null);
    else if (field(header, "data") === 0 && parts.length === 1) this.end(sink);
    else this.frame(header, parts, sink);
  }

  closed(): void {
    this.series.close();
  }

  private end(sink: ArrivalSink): void {
    this.series.close();
    sink.end(this.series.key);
  }

  private frame(header: JsonObject, parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const image = requireCount(header, "frameIndex");
    if (image instanceof Problem) {
      sink.malformed(image.reason, image.detail, null, null);
      return;
    }
    const begins = this.series.fallsOut(image);
    const shape = shapeOf(header, parts);
    if (shape instanceof Problem) {
      sink.malformed(shape.reason, `frame ${image}: ${shape.detail}`, begins ? null : this.series.key, image);
      return;
    }
    if (begins) {
      this.gate = new FrameGate();
      sink.begin(this.series.begin(shape, metaOf(header)));
    }
    const problem = this.gate.check(shape);
    if (problem) sink.malformed(problem.reason, `frame ${image}: ${problem.detail}`, this.series.key, image);
    else this.good(image, shape, header, parts[1] as Uint8Array, sink);
  }

  private good(image: number, shape: FrameShape, header: JsonObject, payload: Uint8Array, sink: ArrivalSink): void {
    this.series.note(image);
    this.loan.key = this.series.key;
    this.loan.image = image;
    this.loan.shape = this.gate.same(shape);
    lendPayload(this.loan, payload);
    this.loan.complete = field(header, "completeImage") !== 0;
    sink.frame(this.loan);
  }
}

function readHeader(parts: readonly Uint8Array[]): JsonObject | Problem {
  const [first] = parts;
  if (!first || (parts.length === 1 && first.length === 0)) return new Problem("empty", "a message without bytes");
  const header = readObject(first, "first part");
  if (header instanceof Problem) return header;
  const version = requireCount(header, "jsonversion");
  if (version instanceof Problem) return version;
  return version === JSON_VERSION ? header : new Problem("bad-field", `jsonversion ${version}, only ${JSON_VERSION} is read`);
}

function shapeOf(header: JsonObject, parts: readonly Uint8Array[]): FrameShape | Problem {
  const [, payload] = parts;
  if (!payload) return new Problem("missing-part", "no pixels behind the header");
  for (const key of ["shape", "bitmode"]) if (field(header, key) === undefined) return new Problem("missing-field", `no ${key}`);
  const bits = field(header, "bitmode");
  const type = TYPES.get(bits);
  if (type === undefined) return new Problem("bad-type", `bitmode ${quoted(bits)}`);
  return jsonFrame(field(header, "shape"), "width first", type, RAW, payload);
}

function metaOf(header: JsonObject): Record<string, unknown> {
  const meta: Record<string, unknown> = {};
  for (const key of RUN_KEYS) if (field(header, key) !== undefined) meta[key] = toPlain(field(header, key));
  return meta;
}

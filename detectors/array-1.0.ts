import type { ArrivalSink, Detector, MessageReader, WireFrame } from "../src/core/detector.js";
import { type FrameShape, sameFrame } from "../src/core/frame.js";
import { readEncoding } from "../src/wire/encoding-name.js";
import { aLoan, lendPayload } from "../src/wire/frame-gate.js";
import { ImpliedSeries, ONLY_CHANNEL } from "../src/wire/implied-series.js";
import { jsonFrame, requireCount, requireText } from "../src/wire/json-frame.js";
import { Problem, quoted } from "../src/wire/problem.js";
import { field, type JsonObject, readObject } from "../src/wire/read-json.js";

/** PSI htypes array-1.0, also the ADZMQ plugin of areaDetector: the simplest input for bridges. */
export const array10: Detector = {
  name: "array-1.0",
  about: "htypes array-1.0: JSON and raw pixels per frame, no begin or end (areaDetector ADZMQ, home-made bridges)",
  socket: "pull",
  open: () => new Reader(),
};

class Reader implements MessageReader {
  private readonly series = new ImpliedSeries();
  private source = "";
  private shape: FrameShape | null = null;
  private readonly loan: WireFrame = aLoan(ONLY_CHANNEL);

  read(parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const header = readHeader(parts);
    if (header instanceof Problem) {
      sink.malformed(header.reason, header.detail, null, null);
      return;
    }
    const htype = field(header, "htype");
    if (typeof htype === "string" && htype !== "array-1.0") sink.ignored("other-type", `htype ${quoted(htype)}`);
    else this.frame(header, parts, sink);
  }

  closed(): void {
    this.series.close();
  }

  private frame(header: JsonObject, parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const image = requireCount(header, "frame");
    const shape = shapeOf(header, parts);
    const problem = image instanceof Problem ? image : shape instanceof Problem ? shape : null;
    if (problem) sink.malformed(problem.reason, problem.detail, this.series.openKey, image instanceof Problem ? null : image);
    else this.good(image as number, shape as FrameShape, header, parts[1] as Uint8Array, sink);
  }

  private good(image: number, shape: FrameShape, header: JsonObject, payload: Uint8Array, sink: ArrivalSink): void {
    const named = field(header, "source");
    const source = typeof named === "string" ? named : "";
    const other = source !== this.source || !this.shape || !sameFrame(shape, this.shape);
    if (other || this.series.fallsOut(image) || (image === 0 && this.series.underWay())) {
      this.source = source;
      sink.begin(this.series.begin(shape, { source: source.slice(0, 256) }));
    }
    this.shape = shape;
    this.series.note(image);
    this.loan.key = this.series.key;
    this.loan.image = image;
    this.loan.shape = shape;
    lendPayload(this.loan, payload);
    sink.frame(this.loan);
  }
}

function readHeader(parts: readonly Uint8Array[]): JsonObject | Problem {
  const [first] = parts;
  if (!first || (parts.length === 1 && first.length === 0)) return new Problem("empty", "a message without bytes");
  const header = readObject(first, "first part");
  if (header instanceof Problem) return header;
  const htype = requireText(header, "htype");
  return htype instanceof Problem ? htype : header;
}

function shapeOf(header: JsonObject, parts: readonly Uint8Array[]): FrameShape | Problem {
  const [, payload] = parts;
  if (!payload) return new Problem("missing-part", "no pixels behind the header");
  for (const key of ["shape", "type"]) if (field(header, key) === undefined) return new Problem("missing-field", `no ${key}`);
  const encoding = field(header, "encoding") ?? "";
  if (typeof encoding !== "string") return new Problem("bad-field", `encoding is ${quoted(encoding)}`);
  // both spellings are on the wire
  const order = field(header, "endianness") ?? field(header, "endianess") ?? "little";
  if (order !== "little" && order !== "big") return new Problem("bad-field", `endianness is ${quoted(order)}`);
  const packing = readEncoding(encoding === "none" ? "" : encoding, order === "big");
  return packing instanceof Problem ? packing : jsonFrame(field(header, "shape"), "height first", field(header, "type"), packing, payload);
}

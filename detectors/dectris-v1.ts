import type { ArrivalSink, Detector, MessageReader, WireFrame } from "../src/core/detector.js";
import type { FrameShape } from "../src/core/frame.js";
import { readEncoding } from "../src/wire/encoding-name.js";
import { aLoan, FrameGate, lendPayload } from "../src/wire/frame-gate.js";
import { ONLY_CHANNEL } from "../src/wire/implied-series.js";
import { jsonFrame, requireCount, requireText } from "../src/wire/json-frame.js";
import { Problem, quoted } from "../src/wire/problem.js";
import { field, type JsonObject, readObject } from "../src/wire/read-json.js";
import { beginOfHeader, type Header, readHeader } from "../src/wire/v1-header.js";

/** DECTRIS stream v1 ("legacy"). Source: vendor documentation, public recordings, LiberTEM's simulator. */
export const dectrisV1: Detector = {
  name: "dectris-v1",
  about: "DECTRIS SIMPLON stream v1 (multipart JSON and binary, port 9999)",
  socket: "pull",
  open: () => new Reader(),
};

const IMAGE_PARTS = 4;
/** The second spelling is that of a mock generator. */
const ENDS = new Set(["dseries_end-1.0", "deseries_end-1.0"]);

class Reader implements MessageReader {
  /** Key of the series that began last. */
  private key: string | null = null;
  private gate = new FrameGate();
  /** A header whose configuration is to come as the next message (LiberTEM's simulator sends it so). */
  private waiting: Header | null = null;
  private readonly loan: WireFrame = aLoan(ONLY_CHANNEL);

  read(parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const [first] = parts;
    if (!first || (parts.length === 1 && first.length === 0)) {
      sink.malformed("empty", "a message without bytes", null, null);
      return;
    }
    const o = readObject(first, "first part");
    if (this.waiting) {
      const own = !(o instanceof Problem) && field(o, "htype") === undefined;
      this.begin(own ? { ...this.waiting, parts: [...this.waiting.parts, ...parts] } : this.waiting, sink);
      if (own) return;
    }
    const htype = o instanceof Problem ? o : requireText(o, "htype");
    if (o instanceof Problem || htype instanceof Problem) {
      const problem = (o instanceof Problem ? o : htype) as Problem;
      sink.malformed(problem.reason, `${problem.detail}${hint(first)}`, null, null);
    } else if (htype === "dimage-1.0") this.image(o, parts, sink);
    else if (htype === "dheader-1.0") this.header(o, parts, sink);
    else if (ENDS.has(htype)) this.end(o, sink);
    else sink.ignored("other-type", `htype ${quoted(htype)}`);
  }

  closed(): void {
    // a series of this protocol begins with its header only
  }

  private header(o: JsonObject, parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const header = readHeader(o, parts);
    if (header instanceof Problem) sink.malformed(header.reason, header.detail, null, null);
    else if (header.detail !== "none" && parts.length === 1) this.waiting = { ...header, parts: parts.map((p) => new Uint8Array(p)) };
    else this.begin(header, sink);
  }

  private begin(header: Header, sink: ArrivalSink): void {
    const begin = beginOfHeader(header);
    this.waiting = null;
    this.key = begin.key;
    this.gate = new FrameGate();
    sink.begin(begin);
  }

  private end(o: JsonObject, sink: ArrivalSink): void {
    const series = requireCount(o, "series");
    if (series instanceof Problem) sink.malformed(series.reason, `end: ${series.detail}`, null, null);
    else sink.end(String(series));
  }

  private image(o: JsonObject, parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const series = requireCount(o, "series");
    const key = series instanceof Problem ? null : String(series);
    const image = requireCount(o, "frame");
    const shape = series instanceof Problem ? series : image instanceof Problem ? image : this.shapeOf(key, parts);
    if (shape instanceof Problem || image instanceof Problem || key === null) {
      const problem = shape as Problem;
      const known = image instanceof Problem || key === null ? null : image;
      sink.malformed(problem.reason, `image ${known ?? "?"}: ${problem.detail}`, key, known);
      return;
    }
    this.loan.key = key;
    this.loan.image = image;
    this.loan.shape = this.gate.same(shape);
    lendPayload(this.loan, parts[2] as Uint8Array);
    sink.frame(this.loan);
  }

  /** Size and type come from each image; the first good one of a series decides for the rest of it. */
  private shapeOf(key: string | null, parts: readonly Uint8Array[]): FrameShape | Problem {
    const shape = imageShape(parts);
    if (shape instanceof Problem || key !== this.key) return shape;
    return this.gate.check(shape) ?? shape;
  }
}

function imageShape(parts: readonly Uint8Array[]): FrameShape | Problem {
  const [, second, payload] = parts;
  if (!second || !payload || parts.length < IMAGE_PARTS) return new Problem("missing-part", `${parts.length} of ${IMAGE_PARTS} parts`);
  const d = readObject(second, "second part");
  if (d instanceof Problem) return d;
  if (field(d, "htype") !== "dimage_d-1.0") return new Problem("bad-envelope", `second part has htype ${quoted(field(d, "htype"))}`);
  for (const key of ["shape", "type"]) if (field(d, key) === undefined) return new Problem("missing-field", `no ${key}`);
  const encoding = requireText(d, "encoding");
  if (encoding instanceof Problem) return encoding;
  const packing = readEncoding(encoding);
  if (packing instanceof Problem) return packing;
  const size = field(d, "size");
  if (typeof size === "number" && size !== payload.length) {
    return new Problem(payload.length < size ? "truncated" : "size-mismatch", `${payload.length} bytes where ${size} are declared`);
  }
  return jsonFrame(field(d, "shape"), "width first", field(d, "type"), packing, payload);
}

const hint = (first: Uint8Array): string => ((first[0] ?? 0) >= 0xa0 ? " (looks like CBOR, as of dectris-v2)" : "");

import type { ArrivalSink, Detector, MessageReader, ReaderOptions, SeriesBegin, WireFrame } from "../src/core/detector.js";
import { isCount, readPixelType, readSides } from "../src/wire/check-frame.js";
import { aLoan, FrameGate, lendPayload } from "../src/wire/frame-gate.js";
import { frameOf } from "../src/wire/frame-of-array.js";
import { readFlatfield, readMask } from "../src/wire/header-arrays.js";
import { toPlain } from "../src/wire/plain.js";
import { Problem, quoted } from "../src/wire/problem.js";
import { type CborMap, type CborValue, readCbor, Tagged } from "../src/wire/read-cbor.js";
import { ImageScanner, type KnownChannel } from "../src/wire/scan-image.js";
import { streamScan } from "../src/wire/stream-scan.js";
import { describeArray, SELF_DESCRIBED } from "../src/wire/typed-array.js";

/** DECTRIS stream v2 (CBOR), and the dialect of PSI Jungfraujoch. Source: vendor documentation and public recordings. */
export const dectrisV2: Detector = {
  name: "dectris-v2",
  about: "DECTRIS SIMPLON stream v2 (CBOR, port 31001), also PSI Jungfraujoch",
  socket: "pull",
  open: (options) => new Reader(options, true),
};

/** The same reader, every message by the general way: what the fast one is tested and measured against. */
export const openGeneral = (options: ReaderOptions): MessageReader => new Reader(options, false);

/** Characters of a unique id that count; the real ones have 26. */
const MAX_UNIQUE_ID = 256;
/** Kept for people in other places of the begin, or too large to keep. */
const NOT_META = new Set(["type", "series_id", "series_unique_id", "channels", "pixel_mask", "flatfield", "user_data"]);

interface Envelope {
  readonly type: string;
  readonly map: CborMap;
  readonly series: number;
  readonly uniqueId: string | null;
  readonly key: string;
}

class Reader implements MessageReader {
  private readonly wanted: string | undefined;
  /** Key of the series that began last. */
  private key: string | null = null;
  private channel = "";
  private gate = new FrameGate();
  private readonly loan: WireFrame = aLoan("");
  private readonly fast: boolean;
  /** For the images of the series that began last. */
  private scanner: ImageScanner | null = null;

  constructor(options: ReaderOptions, fast: boolean) {
    this.wanted = options.channel;
    this.fast = fast;
  }

  read(parts: readonly Uint8Array[], sink: ArrivalSink): void {
    const [message] = parts;
    if (message && parts.length === 1 && this.readAt(message, 0, message.length, sink)) return;
    const envelope = openEnvelope(parts, sink);
    if (envelope?.type === "start") this.start(envelope, sink);
    else if (envelope?.type === "image") this.image(envelope, sink);
    else if (envelope) sink.end(envelope.key);
  }

  readAt(bytes: Uint8Array, from: number, length: number, sink: ArrivalSink): boolean {
    return this.scanner !== null && this.scan(this.scanner, bytes, from, length, sink);
  }

  closed(): void {
    // a series of this protocol begins with its start message only
  }

  private start(e: Envelope, sink: ArrivalSink): void {
    const begin = beginOf(e, this.wanted);
    this.key = begin.key;
    this.channel = begin.channels.length > 0 ? begin.channel : "";
    this.gate = new FrameGate();
    this.scanner = this.fast ? ImageScanner.of(e.series, e.uniqueId ?? "", this.channel) : null;
    sink.begin(begin);
  }

  /** The way of nearly every message. False: nothing was told to the sink. */
  private scan(scanner: ImageScanner, bytes: Uint8Array, from: number, length: number, sink: ArrivalSink): boolean {
    if (!scanner.scan(bytes, from, from + length)) return false;
    const { channels, count } = scanner;
    for (let i = 0; i < count; i++) if (this.gate.check((channels[i] as KnownChannel).shape)) return false;
    const loan = this.loan;
    loan.key = this.key as string;
    loan.image = scanner.image;
    for (let i = 0; i < count; i++) {
      const channel = channels[i] as KnownChannel;
      loan.channel = channel.name;
      loan.drives = channel.drives;
      loan.shape = this.gate.same(channel.shape);
      loan.bytes = bytes;
      loan.from = channel.from;
      loan.length = channel.length;
      sink.frame(loan);
    }
    return true;
  }

  private image(e: Envelope, sink: ArrivalSink): void {
    const image = e.map.get("image_id");
    if (isCount(image)) {
      const problem = this.channels(e, image, sink);
      if (problem) sink.malformed(problem.reason, `image ${image}: ${problem.detail}`, e.key, image);
    } else {
      const reason = image === undefined ? "missing-field" : "bad-field";
      sink.malformed(reason, `image_id of an image: ${quoted(image)}`, e.key, null);
    }
  }

  /** Hands out every good channel of an image; the problem, if there is one, of the channel that drives. */
  private channels(e: Envelope, image: number, sink: ArrivalSink): Problem | null {
    const data = e.map.get("data");
    if (!(data instanceof Map)) return new Problem(data === undefined ? "missing-field" : "bad-field", "no map of data");
    const driving = this.driving(e.key, data);
    if (driving === undefined) return new Problem("missing-channel", `no channel ${quoted(this.channel)}`);
    let fault: Problem | null = null;
    for (const [channel, value] of data) {
      const problem = this.channelOf(e.key, image, channel, value, channel === driving, sink);
      if (channel === driving) fault = problem;
      else if (problem) sink.ignored("other-type", `image ${image}: ${problem.detail}`);
    }
    return fault;
  }

  /** The channel of an image that drives the maps. Series that announce none, or did not begin here: the wanted or the first. */
  private driving(key: string, data: CborMap): string | undefined {
    if (key === this.key && this.channel !== "") return data.has(this.channel) ? this.channel : undefined;
    if (this.wanted !== undefined && data.has(this.wanted)) return this.wanted;
    for (const channel of data.keys()) return channel;
    return undefined;
  }

  private channelOf(key: string, image: number, channel: string, value: CborValue, drives: boolean, sink: ArrivalSink): Problem | null {
    const what = `channel ${quoted(channel)}`;
    const array = describeArray(value, what);
    if (array instanceof Problem) return array;
    const shape = frameOf(array, what);
    if (shape instanceof Problem) return shape;
    const problem = key === this.key ? this.gate.check(shape) : null;
    if (problem) return problem;
    const loan = this.loan;
    loan.key = key;
    loan.image = image;
    loan.channel = channel;
    loan.drives = drives;
    loan.shape = this.gate.same(shape);
    lendPayload(loan, array.payload);
    sink.frame(loan);
    return null;
  }
}

/** The map of a message and what every message has; null: told to the sink. */
function openEnvelope(parts: readonly Uint8Array[], sink: ArrivalSink): Envelope | null {
  const top = readTop(parts);
  if (top instanceof Problem) {
    sink.malformed(top.reason, top.detail, null, null);
    return null;
  }
  const { map, problem } = top;
  const type = map.get("type");
  const series = map.get("series_id");
  const unique = map.get("series_unique_id");
  const uniqueId = typeof unique === "string" ? unique.slice(0, MAX_UNIQUE_ID) : null;
  const key = isCount(series) ? `${series}/${uniqueId ?? ""}` : null;
  if (problem) {
    // what stands before the fault is still good for saying which image it cost
    const image = map.get("image_id");
    sink.malformed(problem.reason, problem.detail, key, key !== null && isCount(image) ? image : null);
  } else if (typeof type !== "string") {
    sink.malformed(type === undefined ? "missing-field" : "bad-field", `type of a message: ${quoted(type)}`, key, null);
  } else if (type !== "start" && type !== "image" && type !== "end") {
    sink.ignored("other-type", `message type ${quoted(type)}`);
  } else if (key === null) {
    sink.malformed(series === undefined ? "missing-field" : "bad-field", `series_id of a message: ${quoted(series)}`, null, null);
  } else return { type, map, series: series as number, uniqueId, key };
  return null;
}

/** The outermost map, with a problem where the message ends or breaks inside it. */
function readTop(parts: readonly Uint8Array[]): { readonly map: CborMap; readonly problem: Problem | null } | Problem {
  const [message] = parts;
  if (!message || (parts.length === 1 && message.length === 0)) return new Problem("empty", "a message without bytes");
  if (parts.length > 1) return new Problem("bad-envelope", `${parts.length} parts where a CBOR message has one${hint(message)}`);
  const { value, problem } = readCbor(message);
  let top = value;
  for (let tags = 0; tags < 4 && top instanceof Tagged && top.tag === SELF_DESCRIBED; tags++) top = top.value;
  if (top instanceof Map) return { map: top, problem };
  return problem && message[0] !== JSON_BRACE ? problem : new Problem("bad-envelope", `not a CBOR map${hint(message)}`);
}

const JSON_BRACE = 0x7b;
const hint = (message: Uint8Array): string => (message[0] === JSON_BRACE ? " (looks like JSON, as of dectris-v1 or array-1.0)" : "");

/** Optional fields that do not fit are as good as absent: a series must not be lost over them. */
function beginOf(e: Envelope, wanted: string | undefined): SeriesBegin {
  const { map } = e;
  const announced = map.get("channels");
  const channels = Array.isArray(announced) ? announced.filter((c) => typeof c === "string" && c !== "") : [];
  const [first] = channels as string[];
  const channel = wanted !== undefined && (channels.length === 0 || channels.includes(wanted)) ? wanted : (first ?? "default");
  const sides = readSides([map.get("image_size_y"), map.get("image_size_x")]);
  const [height, width] = sides instanceof Problem ? [null, null] : sides;
  const type = readPixelType(map.get("image_dtype"));
  const images = map.get("number_of_images");
  const saturation = map.get("saturation_value");
  const errorValue = map.get("error_value");
  const meta: Record<string, unknown> = Object.create(null);
  for (const [k, v] of map) if (!NOT_META.has(k) && k !== "__proto__") meta[k] = toPlain(v);
  if (map.has("user_data")) meta.user_data = toPlain(map.get("user_data"));
  return {
    key: e.key,
    wireSeries: e.series,
    wireUniqueId: e.uniqueId,
    expected: isCount(images) && images > 0 ? images : null,
    channels: channels as string[],
    channel,
    height,
    width,
    type: type instanceof Problem ? null : type,
    mask: readMask(ofChannel(map.get("pixel_mask"), channel), height, width),
    flatfield: readFlatfield(ofChannel(map.get("flatfield"), channel), height, width),
    saturation: isCount(saturation) && saturation > 0 ? saturation : null,
    errorValue: typeof errorValue === "number" && Number.isFinite(errorValue) ? errorValue : null,
    scan: streamScan(map.get("user_data")),
    meta,
    implied: false,
  };
}

const ofChannel = (arrays: CborValue, channel: string): CborValue => (arrays instanceof Map ? arrays.get(channel) : undefined);

import { randomBytes } from "node:crypto";
import { Fault } from "../../core/fault.js";
import { readRecording } from "../../wire/containers.js";
import * as v1 from "../../wire/write-dectris-v1.js";
import * as v2 from "../../wire/write-dectris-v2.js";
import { editorFor, isJson } from "./editor-for.js";
import type { Change, MessageKind } from "./message-editor.js";

/** A message on its way out. */
export interface Outgoing {
  readonly parts: readonly Uint8Array[];
  readonly image: boolean;
  /** Time of its arrival when it was recorded, ns; null: not known. */
  readonly ns: bigint | null;
}

export interface ReplayPlan {
  readonly path: string;
  /** Infinity: for ever. */
  readonly repeat: number;
  /** Every repetition gets numbers and ids of its own. */
  readonly fresh: boolean;
  /** Cycle the images of the first series to so many; null: the file as it is. */
  readonly frames: number | null;
}

/** The messages to send, read from the file as they are asked for. Faults: bad-file. */
export function* outgoing(plan: ReplayPlan): Generator<Outgoing> {
  const names = freshNames();
  for (let n = 0; n < plan.repeat; n++) {
    names.next();
    const name = plan.fresh ? names.of : (): Change => ({});
    yield* plan.frames === null ? whole(plan, name) : cycled(plan, plan.frames, name);
  }
}

type Namer = (kind: MessageKind) => Change;

function* whole({ path, fresh }: ReplayPlan, name: Namer): Generator<Outgoing> {
  for (const { parts, ns } of readRecording(path)) {
    const editor = editorFor(parts);
    const kind = editor.kindOf(parts);
    yield { parts: fresh && kind.kind !== "other" ? editor.edit(parts, name(kind)) : parts, image: kind.kind === "image", ns };
  }
}

/** One series: its begin, `frames` images made by going round those of the file, its end. */
function* cycled({ path }: ReplayPlan, frames: number, name: Namer): Generator<Outgoing> {
  const begin = firstBegin(path);
  let last: readonly Uint8Array[] | null = null;
  let sent = 0;
  if (begin) yield { parts: edited(begin, { ...name(begin.kind), images: frames }), image: false, ns: null };
  while (sent < frames) {
    const before = sent;
    for (const message of seriesOf(path, begin)) {
      if (message.kind.kind === "end") last ??= edited(message, name(message.kind));
      else if (sent < frames) yield { parts: edited(message, { ...name(message.kind), image: sent++ }), image: true, ns: null };
      // The end stands behind the images: the first round goes on to it.
      if (sent === frames && before > 0) break;
    }
    if (sent === before) throw new Fault("bad-file", path, `${path} holds no image to cycle`);
  }
  last ??= begin && endOf(begin, name(begin.kind));
  if (last) yield { parts: last, image: false, ns: null };
}

/** A message and what it is. */
interface Known {
  readonly parts: readonly Uint8Array[];
  readonly kind: MessageKind;
}

function* known(path: string): Generator<Known> {
  for (const { parts } of readRecording(path)) yield { parts, kind: editorFor(parts).kindOf(parts) };
}

const edited = ({ parts }: Known, change: Change): readonly Uint8Array[] => editorFor(parts).edit(parts, change);

/** `null`: protocols without a begin. */
function firstBegin(path: string): Known | null {
  for (const message of known(path)) if (message.kind.kind === "begin") return message;
  return null;
}

/** Images of the series with this begin, up to its end, which comes last; without a begin all images of the file, and the first end. */
function* seriesOf(path: string, begin: Known | null): Generator<Known> {
  let open = begin === null;
  for (const message of known(path)) {
    const { kind } = message;
    if (kind.kind === "begin") open ||= begin !== null && same(begin.kind, kind);
    else if (open && kind.kind !== "other" && (begin === null || same(begin.kind, kind))) {
      yield message;
      if (kind.kind === "end") return;
    }
  }
}

/** An end message for a series whose own is missing in the file. */
function endOf({ parts, kind }: Known, change: Change): readonly Uint8Array[] {
  const series = change.series ?? kind.series ?? 0;
  return isJson(parts) ? v1.endMessage({ series }) : v2.endMessage({ series, uniqueId: change.uniqueId ?? kind.uniqueId ?? "" });
}

const same = (a: MessageKind, b: MessageKind): boolean => a.series === b.series && a.uniqueId === b.uniqueId;

/** Names series anew, once per repetition: the first keeps its numbers, later ones count on from the highest; ids are always new. */
function freshNames(): { next(): void; of: Namer } {
  let first = true;
  let started = false;
  let highest = 0;
  let given = new Map<string, Change>();
  return {
    next() {
      first = !started;
      started = true;
      given = new Map();
    },
    of(kind) {
      const key = `${kind.series} ${kind.uniqueId}`;
      let change = given.get(key);
      if (change === undefined) {
        const number = first ? (kind.series ?? 0) : highest + 1;
        highest = Math.max(highest, number);
        change = { series: number, uniqueId: randomBytes(13).toString("hex").toUpperCase() };
        given.set(key, change);
      }
      return change;
    },
  };
}

import { parseArgs } from "node:util";
import { type FrameKind, parseCase } from "./cases.js";

/** What every benchmark may be asked for; each heeds what concerns it. */
export interface BenchOptions {
  readonly quick: boolean;
  /** Pixel lanes of the daemon; undefined: as many as it chooses. */
  readonly lanes?: number;
  /** Just this kind of frames. */
  readonly kind?: FrameKind;
  /** Positions of one scan; several follow each other. */
  readonly scan?: readonly [rows: number, columns: number];
  /** Frames of a soak. */
  readonly frames?: number;
}

const count = (flag: string, text: string): number => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new Error(`${flag} must be a whole number from 1, not ${text}`);
  return n;
};

function scanShape(text: string): readonly [number, number] {
  const [, rows, columns] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  if (rows === undefined || columns === undefined || Number(rows) < 2 || Number(columns) < 2)
    throw new Error(`--scan must be ROWSxCOLS, for example 512x512, not ${text}`);
  return [Number(rows), Number(columns)];
}

/** @throws Error that names the flag and what it takes. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean" },
      lanes: { type: "string" },
      case: { type: "string" },
      scan: { type: "string" },
      frames: { type: "string" },
    },
  });
  return {
    quick: values.quick === true,
    ...(values.lanes === undefined ? {} : { lanes: count("--lanes", values.lanes) }),
    ...(values.case === undefined ? {} : { kind: parseCase(values.case) }),
    ...(values.scan === undefined ? {} : { scan: scanShape(values.scan) }),
    ...(values.frames === undefined ? {} : { frames: count("--frames", values.frames) }),
  };
}

/** Of this program; a wrong one ends it with a sentence. */
export function options(): BenchOptions {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (e) {
    console.error((e as Error).message);
    process.exit(2);
  }
}

import { BYTES_PER_PIXEL, type PixelType } from "../src/core/frame.js";

/** What the frames of a run look like. */
export interface FrameKind {
  /** Detector pixels per side. */
  readonly size: number;
  readonly type: Extract<PixelType, "uint8" | "uint16">;
  /** Mean counts per pixel. */
  readonly counts: number;
}

/** Square scans of grains: `counts` of every frame come in disks of a lattice, turned from grain to grain. */
export interface GrainKind extends FrameKind {
  readonly grains: { readonly columns: number; readonly crystals: number };
}

const DOSES = [0.01, 0.1, 1, 5];

/** What `bench --only line` measures. */
export const CASES: readonly FrameKind[] = [
  ...DOSES.map((counts) => ({ size: 192, type: "uint8" as const, counts })),
  ...DOSES.map((counts) => ({ size: 192, type: "uint16" as const, counts })),
  { size: 256, type: "uint16", counts: 0.1 },
  { size: 512, type: "uint16", counts: 0.1 },
];
/** The lowest dose: the one of the highest rates. */
export const FIRST_CASE: FrameKind = { size: 192, type: "uint8", counts: 0.01 };
/** Frames of 5 kB. */
export const FIVE_KB: FrameKind = { size: 192, type: "uint16", counts: 0.1 };

/** As `--case` takes it. */
export const caseName = ({ size, type, counts }: FrameKind): string => `${size}x${size}-u${8 * BYTES_PER_PIXEL[type]}-${counts}`;

/** @throws Error with the form of a name. */
export function parseCase(name: string): FrameKind {
  const [, rows = "", columns, bits, counts = ""] = /^(\d{1,4})x(\d{1,4})-u(8|16)-(\d+(?:\.\d+)?)$/.exec(name) ?? [];
  const size = Number(rows);
  if (rows !== columns || size < 16 || !(Number(counts) > 0))
    throw new Error(`--case must be SIZExSIZE-uBITS-COUNTS, for example ${caseName(FIRST_CASE)}, not ${name}`);
  return { size, type: bits === "8" ? "uint8" : "uint16", counts: Number(counts) };
}

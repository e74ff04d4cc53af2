import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Npy, readNpy } from "../read-npy.js";

/** Probe positions of a purer mixture than this are the core of a grain, all others its boundary. */
const CORE_PURITY = 0.95;
/** Share of the good pixels, those of the dimmest mean expected pattern, that are the dark field. */
const DARK_SHARE = 0.97;
const LEVELS = 256;
const FIRST_GRAIN = 2;

/** A scan at one dose. Positions are row * columns + column, pixels row * width + column. */
export interface CountedScan {
  readonly name: string;
  /** Electrons per pattern. */
  readonly dose: number;
  readonly rows: number;
  readonly columns: number;
  readonly height: number;
  readonly width: number;
  /** Positions behind each other. */
  readonly counts: Uint8Array | Uint16Array;
  /** Pixels that are neither dead nor hot. */
  readonly good: Uint32Array;
  /** [position, 2] row and column of the undiffracted beam. */
  readonly centre: Float32Array;
}

/** A scan, and what is really there. */
export interface TruthSet extends CountedScan {
  /** Expected counts of a position. A loan: the next call overwrites it. */
  expected(position: number): Float32Array;
  /** Mean expected count of a good pixel. */
  readonly meanCount: number;
  /** Those of the dark field, among `good`. */
  readonly dark: Uint32Array;
  readonly boundary: Uint8Array;
  /** 0 vacuum, 1 amorphous, from 2 on grains. */
  readonly grain: Int16Array;
  /** Rotational symmetry of the pattern where rotation within the plane tells grains apart; null: of no position. */
  readonly fold: Uint8Array | null;
}

interface Meta {
  readonly name: string;
  readonly scan_shape: readonly [number, number];
  readonly detector_shape: readonly [number, number];
  readonly doses_electrons_per_pattern: readonly number[];
  readonly noiseless: { readonly scale: number };
}

/** Pixels of the `share` lowest means, in their own order; linear between neighbouring values, as NumPy's quantile. */
function dimmest(mean: Float64Array, good: Uint32Array, share: number): Uint32Array {
  const sorted = Float64Array.from(good, (p) => mean[p] as number).sort();
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  const limit = low + (high - low) * (at - Math.floor(at));
  return good.filter((p) => (mean[p] as number) < limit);
}

/** `noiseless`: codes whose square is in proportion to the expected counts. */
function meanExpected(codes: Uint8Array, level: Float32Array, pixels: number): Float64Array {
  const sum = new Float64Array(pixels);
  for (let from = 0; from < codes.length; from += pixels)
    for (let p = 0; p < pixels; p++) sum[p] = (sum[p] as number) + (level[codes[from + p] as number] as number);
  return sum.map((v) => (v * pixels) / codes.length);
}

function readMeta(folder: string): Meta {
  const path = join(folder, "meta.json");
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Meta;
  } catch (e) {
    throw new Error(`${folder} is no scan with ground truth: ${(e as Error).message}`);
  }
}

function sized<T extends Npy["values"]>(path: string, length: number, ...kinds: (new () => T)[]): T {
  const { values } = readNpy(path);
  if (values.length !== length) throw new Error(`${path} holds ${values.length} values, not ${length}`);
  for (const Kind of kinds) if (values instanceof Kind) return values;
  throw new Error(`${path} holds a ${values.constructor.name}`);
}

/** Names of the sets in a folder of them, and their doses. */
export function listSets(data: string): { readonly name: string; readonly doses: readonly number[] }[] {
  if (!existsSync(data)) throw new Error(`there is no folder ${data}; --data names one with simulated scans and their truth`);
  const names = readdirSync(data).filter((name) => existsSync(join(data, name, "meta.json")));
  return names.sort().map((name) => ({ name, doses: readMeta(join(data, name)).doses_electrons_per_pattern }));
}

/**
 * Reads a scan with ground truth.
 * @throws Error that names the file
 */
export function readTruthSet(folder: string, dose: number): TruthSet {
  const meta = readMeta(folder);
  const [rows, columns] = meta.scan_shape;
  const [height, width] = meta.detector_shape;
  const [positions, pixels] = [rows * columns, height * width];
  const file = (name: string): string => join(folder, `${name}.npy`);
  const codes = sized(file("noiseless_sqrt8"), positions * pixels, Uint8Array);
  const mask = sized(file("mask"), pixels, Uint8Array);
  const level = Float32Array.from({ length: LEVELS }, (_, v) => dose * meta.noiseless.scale * (v / (LEVELS - 1)) ** 2);
  const good = Uint32Array.from({ length: pixels }, (_, p) => p).filter((p) => mask[p] === 0);
  const mean = meanExpected(codes, level, pixels);
  const loan = new Float32Array(pixels);
  const grain = sized(file("grain_id"), positions, Int16Array);
  return {
    name: meta.name,
    dose,
    rows,
    columns,
    height,
    width,
    counts: sized<Uint8Array | Uint16Array>(file(`counts_${dose}`), positions * pixels, Uint8Array, Uint16Array),
    expected(position) {
      for (let p = 0, from = position * pixels; p < pixels; p++) loan[p] = level[codes[from + p] as number] as number;
      return loan;
    },
    meanCount: good.reduce((sum, p) => sum + (mean[p] as number), 0) / good.length,
    good,
    dark: dimmest(mean, good, DARK_SHARE),
    boundary: Uint8Array.from(sized(file("purity"), positions, Float32Array), (v) => (v < CORE_PURITY ? 1 : 0)),
    grain,
    centre: sized(file("centre"), 2 * positions, Float32Array),
    fold: existsSync(file("fold"))
      ? Uint8Array.from(readNpy(file("fold")).values, (v, i) => ((grain[i] as number) < FIRST_GRAIN ? 0 : v))
      : null,
  };
}

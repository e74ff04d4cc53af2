/** A compiled WebAssembly module; may be posted to workers. */
export type KernelModule = object;

/** What wasm/kernels.ts exports; numbers are addresses, sizes in bytes, or what their names say. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  base(): number;
  decodeLz4(payload: number, end: number, out: number, bytes: number): number;
  decodeLz4Hdf5(payload: number, length: number, out: number, bytes: number): number;
  decodeBslz4(payload: number, length: number, out: number, bytes: number, scratch: number, element: number): number;
  setPlanes(pixels: number, planes: number, ones: number, admitted: number, events: number, room: number): void;
  processSparse(payload: number, length: number, scratch: number, add: number, out: number): number;
  swapBytes(at: number, bytes: number, size: number): void;
  setSummary(sum: number, squares: number, quickSum: number, quickSquares: number, max: number, missed: number, tally: number): void;
  setUp(type: number, height: number, width: number, low: number, high: number, mask: number, pixels: number): void;
  begin(): void;
  measure(add: number, out: number): void;
  accumulate(): void;
  settle(): void;
  setPolar(bins: number, reach: number, counts: number): void;
  polarPlanes(table: number, row: number, col: number, answers: number, out: number, bytes: number): void;
  polarFrame(table: number, row: number, col: number, answers: number, out: number, bytes: number): void;
  spreadShares(shares: number, end: number, pixels: number, sums: number): void;
  sumShares(shares: number, end: number, n: number, pixels: number, plane: number): void;
  partSums(sums: number, pixels: number, a: number, b: number, c: number, d: number): void;
  fillMasked(plane: number, list: number, end: number): void;
  blurPlane(plane: number, height: number, width: number, taps: number, reach: number, room: number, out: number): void;
  blindGuide(plane: number, blurred: number, own: number, pixels: number, out: number): void;
  mixPlanes(
    planes: number,
    pitch: number,
    members: number,
    guide: number,
    around: number,
    table: number,
    last: number,
    first: number,
    dark: number,
    floor: number,
    least: number,
    pixels: number,
    out: number,
  ): void;
  sumUsed(plane: number, used: number, pixels: number): number;
  keepCounts(plane: number, used: number, pixels: number, total: number): void;
  learnMixing(
    planes: number,
    pitch: number,
    members: number,
    guide: number,
    around: number,
    used: number,
    height: number,
    width: number,
    margin: number,
    first: number,
    least: number,
    classes: number,
    rises: number,
    sums: number,
  ): void;
  listCounts(type: number, pixels: number, kept: number, count: number, high: number, out: number, room: number): number;
  listSparse(payload: number, length: number, scratch: number, out: number, room: number): number;
  setScores(bin: number, basis: number, noise: number): void;
  scoreFrames(frames: number, count: number): void;
  binEntries(entries: number, end: number, weight: number, bin: number, out: number): void;
  binWindow(members: number, count: number, weights: number, bin: number, out: number): void;
  listPolar(
    frame: number,
    table: number,
    row: number,
    col: number,
    reach: number,
    width: number,
    bins: number,
    weights: number,
    out: number,
  ): void;
  addPolar(members: number, count: number, weights: number, out: number): void;
  blendFeatures(members: number, count: number, weights: number, out: number): void;
  countEntries(entries: number, end: number): number;
  frameDistances(members: number, count: number): number;
  krigeWeights(count: number, rows: number, noise: number, kappa: number, weights: number): void;
  gramFrames(
    frames: number,
    pitch: number,
    bins: number,
    count: number,
    changed: number,
    some: number,
    gram: number,
    gramPitch: number,
  ): void;
  combineRows(a: number, down: number, along: number, rows: number, count: number, q: number, out: number): void;
  weighWindow(members: number, count: number, kappa: number, weights: number): number;
  smoothPolar(input: number, blur: number, rings: number, sectors: number, across: number, out: number, scratch: number): void;
  toFloats(values: number, count: number, out: number): void;
  contrastPolar(
    a: number,
    b: number,
    area: number,
    rings: number,
    sectors: number,
    around: number,
    table: number,
    scaleA: number,
    scaleB: number,
    shareA: number,
    blur: number,
    across: number,
    scratch: number,
    first: number,
    second: number,
    sums: number,
    out: number,
  ): number;
  /** Address of cos and sin of the turns below half a circle: filled by whoever calls. */
  waveAt(): number;
  spectraOf(values: number, rings: number, out: number): void;
  levelSpectra(values: number, rings: number, out: number): void;
  rateLevels(counts: number, live: number, rings: number, sectors: number, prior: number, frames: number, log: number, rate: number): void;
  turnProducts(a: number, b: number, weights: number, rings: number, first: number, n: number, out: number): void;
  spectraProduct(x: number, y: number, weights: number, rings: number, out: number): void;
  addFloats(values: number, weight: number, count: number, out: number): void;
  dotFloats(a: number, b: number, count: number): number;
  scaleFloats(values: number, by: number, count: number): void;
  blendTemplate(
    counts: number,
    area: number,
    frames: number,
    prior: number,
    mean: number,
    rings: number,
    sectors: number,
    rate: number,
  ): void;
  logFloats(values: number, count: number, out: number): void;
  sumLogs(events: number, count: number, logs: number, n: number, out: number): void;
  mixEvents(rates: number, pitch: number, n: number, count: number, pad: number, direct: number, prior: number, shares: number): void;
}

// This room knows neither Node nor the browser, both of which have this.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (module: KernelModule) => { readonly exports: unknown };
};

const PAGE = 65536;

/** Compiles dist/wasm/kernels.wasm. Throws what WebAssembly throws on bytes that are no module. */
export const compileKernels = (bytes: Uint8Array): KernelModule => new WebAssembly.Module(bytes);

/** One instance of the kernels and its private memory. */
export interface KernelInstance {
  readonly run: KernelExports;
  /** All of the memory; fetch anew after `reserve`. Views are made when it grows, not when they are asked for. */
  bytes(): Uint8Array;
  words(): Uint32Array;
  floats(): Float32Array;
  /** Sees to it that addresses below `end` exist; false where the system or the 32-bit address space has no more. */
  reserve(end: number): boolean;
}

export function instantiateKernels(module: KernelModule): KernelInstance {
  const run = new WebAssembly.Instance(module).exports as KernelExports;
  let bytes = new Uint8Array(run.memory.buffer);
  let words = new Uint32Array(run.memory.buffer);
  let floats = new Float32Array(run.memory.buffer);
  return {
    run,
    bytes: () => bytes,
    words: () => words,
    floats: () => floats,
    reserve(end) {
      if (end <= bytes.length) return true;
      try {
        run.memory.grow(Math.ceil((end - bytes.length) / PAGE));
      } catch {
        return false;
      }
      bytes = new Uint8Array(run.memory.buffer);
      words = new Uint32Array(run.memory.buffer);
      floats = new Float32Array(run.memory.buffer);
      return true;
    },
  };
}

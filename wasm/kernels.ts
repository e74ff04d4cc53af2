// What the module exports. Layout of the memory and the meaning of the arguments: src/kernels/wasm-lane.ts.
import {
  accumulateFloats,
  accumulateFrame,
  addEvents,
  addOnes,
  flush,
  resetMaxima,
  resetOnes,
  setSummary,
  settleOnes,
} from "./accumulate-frame";
import { blindGuide, blurPlane } from "./blur-plane";
import { addFloats, blendTemplate, dotFloats, logFloats, scaleFloats } from "./blend-template";
import { binEntries, binWindow, countEntries } from "./bin-entries";
import { CROWDED, DECODED } from "./codes";
import { combineRows } from "./combine-rows";
import { contrastPolar } from "./contrast-polar";
import { beyondBytes, countPlanes, scatterAny, scatterFrame, setPolar } from "./count-polar";
import { decodeBslz4, decodeLz4Hdf5, decodePlanes, swapBytes } from "./decode-blocks";
import { decodeLz4 } from "./decode-lz4";
import { fillMasked } from "./fill-masked";
import { MOST_COUNTS, setPlanes, sift } from "./gather-planes";
import { keepCounts, sumUsed } from "./keep-counts";
import { learnMixing } from "./learn-mixing";
import { gramFrames } from "./gram-frames";
import { listCounts, listPlanes } from "./list-counts";
import { measureFrame } from "./measure-frame";
import { measurePlanes } from "./measure-planes";
import { mixEvents, sumLogs } from "./mix-events";
import { mixPlanes } from "./mix-planes";
import { addPolar, blendFeatures, listPolar } from "./polar-entries";
import { ceiling, INT16, INT32, setLimits, UINT8, UINT16, UINT32 } from "./pixel-group";
import { rateLevels } from "./rate-levels";
import { smoothPolar, toFloats } from "./smooth-polar";
import { partSums, spreadShares, sumShares } from "./spread-entries";
import { levelSpectra, spectraOf, spectraProduct, turnProducts, waveAt } from "./turn-spectra";
import { scoreFrames, setScores } from "./score-entries";
import { frameDistances, krigeWeights, weighWindow } from "./weigh-window";

export { blindGuide, blurPlane, fillMasked, keepCounts, learnMixing, mixPlanes, partSums, spreadShares, sumShares, sumUsed };
export { addFloats, blendTemplate, contrastPolar, dotFloats, logFloats, mixEvents, scaleFloats, smoothPolar, sumLogs, toFloats };
export { levelSpectra, rateLevels, spectraOf, spectraProduct, turnProducts, waveAt };
export { addPolar, blendFeatures, listPolar };
export { decodeBslz4, decodeLz4, decodeLz4Hdf5, setPlanes, setPolar, setSummary, swapBytes };
export { binEntries, binWindow, combineRows, countEntries, frameDistances, gramFrames, krigeWeights, listCounts, scoreFrames, setScores, weighWindow };

/** Frames in the integer sums of the summary. */
const FLUSH_AFTER: u32 = 65535;
let waiting: u32 = 0;

let type: i32 = 0;
let height: i32 = 0;
let width: i32 = 0;
let low: f64 = 0;
let high: f64 = 0;
let mask: usize = 0;
let pixels: usize = 0;

/** First address that is free for buffers. */
export function base(): usize {
  return __heap_base;
}

/** Sets the series up: pixel type, size, limits, addresses of the mask (elements as wide as a pixel, all ones = excluded) and the frame. */
export function setUp(typeCode: i32, rows: i32, cols: i32, least: f64, most: f64, maskAt: usize, pixelsAt: usize): void {
  type = typeCode;
  height = rows;
  width = cols;
  low = least;
  high = most;
  mask = maskAt;
  pixels = pixelsAt;
  if (type == UINT8) setLimits<u8>(low, high);
  else if (type == UINT16) setLimits<u16>(low, high);
  else if (type == UINT32) setLimits<u32>(low, high);
  else if (type == INT16) setLimits<i16>(low, high);
  else if (type == INT32) setLimits<i32>(low, high);
}

/** Where a frame is measured, behind the ten answers: row, col, and squared radii, each at least as large as the one before it, negative = nothing within. */
const ROW: usize = 80;
const COL: usize = 88;
const BF: usize = 96;
const ADF: usize = 104;
const DISK: usize = 112;
/** Counts nearer than the first ring of polar bins. */
const REST: usize = 120;
const BEYOND: usize = 128;

/** Measures the decoded frame; `add`: to the summary as well. What is written to `out`: measureFrame. What is read there: ROW and behind. */
export function measure(add: bool, out: usize): void {
  const row = load<f64>(out + ROW);
  const col = load<f64>(out + COL);
  const bf = load<f64>(out + BF);
  const adf = load<f64>(out + ADF);
  const disk = load<f64>(out + DISK);
  if (type == UINT8) measureFrame<u8>(pixels, mask, height, width, row, col, bf, adf, disk, low, high, add, out);
  else if (type == UINT16) measureFrame<u16>(pixels, mask, height, width, row, col, bf, adf, disk, low, high, add, out);
  else if (type == UINT32) measureFrame<u32>(pixels, mask, height, width, row, col, bf, adf, disk, low, high, add, out);
  else if (type == INT16) measureFrame<i16>(pixels, mask, height, width, row, col, bf, adf, disk, low, high, add, out);
  else if (type == INT32) measureFrame<i32>(pixels, mask, height, width, row, col, bf, adf, disk, low, high, add, out);
  else measureFrame<f32>(pixels, mask, height, width, row, col, bf, adf, disk, low, high, add, out);
  if (add) countFrame();
}

/** Decodes a bslz4 payload whose elements are its pixels (unsigned), without building the frame. CROWDED: not sparse. Negative: codes.ts. */
function partSparse(payload: usize, length: u32, scratch: usize): i32 {
  if (ceiling == 0) return CROWDED;
  const element: u32 = type == UINT8 ? 1 : type == UINT16 ? 2 : 4;
  const code = decodePlanes(payload, length, height * width * element, scratch, element);
  if (code != DECODED) return code;
  const sparse = type == UINT8 ? sift<u8>(ceiling, height, width) : type == UINT16 ? sift<u16>(ceiling, height, width) : sift<u32>(ceiling, height, width);
  return sparse ? DECODED : CROWDED;
}

/** The counts of a sparse payload as entries at `out`, where `room` of them fit: how many there are. Negative: not sparse, or it cannot be decoded, or they do not fit. */
export function listSparse(payload: usize, length: u32, scratch: usize, out: usize, room: u32): i32 {
  return partSparse(payload, length, scratch) == DECODED ? listPlanes(ceiling, out, room) : -1;
}

/**
 * Decodes a bslz4 payload whose elements are its pixels (unsigned), measures it (as `measure`) and adds it to the summary if
 * `add`, without building the frame. CROWDED: not sparse, nothing was measured or added. Negative: codes.ts.
 */
export function processSparse(payload: usize, length: u32, scratch: usize, add: bool, out: usize): i32 {
  const code = partSparse(payload, length, scratch);
  if (code != DECODED) return code;
  const row = load<f64>(out + ROW);
  const col = load<f64>(out + COL);
  measurePlanes(height, width, row, col, load<f64>(out + BF), load<f64>(out + ADF), load<f64>(out + DISK), ceiling, out);
  if (!add) return DECODED;
  addOnes();
  if (type == UINT8) addEvents<u8>(ceiling);
  else if (type == UINT16) addEvents<u16>(ceiling);
  else addEvents<u32>(ceiling);
  countFrame();
  return DECODED;
}

/**
 * Polar counts of the frame that `processSparse` has done: countPlanes. `answers`: where the sum of its counts stands; counts nearer than the
 * first ring go to REST there, and 1 to BEYOND where not all fit into bytes.
 */
export function polarPlanes(table: usize, row: i32, col: i32, answers: usize, out: usize, bytes: usize): void {
  store<f64>(answers + REST, countPlanes(table, row, col, height, width, ceiling, load<f64>(answers), out, bytes));
  store<f64>(answers + BEYOND, beyondBytes ? 1 : 0);
}

/** The same of the decoded frame. */
export function polarFrame(table: usize, row: i32, col: i32, answers: usize, out: usize, bytes: usize): void {
  store<f64>(answers + REST, scatter(table, row, col, load<f64>(answers), out, bytes));
  store<f64>(answers + BEYOND, beyondBytes ? 1 : 0);
}

function scatter(table: usize, row: i32, col: i32, total: f64, out: usize, bytes: usize): f64 {
  // Counts that cannot overflow 32 bits, whatever bins they fall in.
  if (total <= <f64>MOST_COUNTS) {
    if (type == UINT8) return scatterFrame<u8>(pixels, mask, table, row, col, height, width, out, bytes);
    if (type == UINT16) return scatterFrame<u16>(pixels, mask, table, row, col, height, width, out, bytes);
    if (type == UINT32) return scatterFrame<u32>(pixels, mask, table, row, col, height, width, out, bytes);
  }
  if (type == UINT8) return scatterAny<u8>(pixels, mask, table, row, col, height, width, low, high, out);
  if (type == UINT16) return scatterAny<u16>(pixels, mask, table, row, col, height, width, low, high, out);
  if (type == UINT32) return scatterAny<u32>(pixels, mask, table, row, col, height, width, low, high, out);
  if (type == INT16) return scatterAny<i16>(pixels, mask, table, row, col, height, width, low, high, out);
  if (type == INT32) return scatterAny<i32>(pixels, mask, table, row, col, height, width, low, high, out);
  return scatterAny<f32>(pixels, mask, table, row, col, height, width, low, high, out);
}

/** Adds the frame to the summary. */
export function accumulate(): void {
  const count: u32 = height * width;
  if (type == UINT8) accumulateFrame<u8>(pixels, mask, count);
  else if (type == UINT16) accumulateFrame<u16>(pixels, mask, count);
  else if (type == UINT32) accumulateFrame<u32>(pixels, mask, count);
  else if (type == INT16) accumulateFrame<i16>(pixels, mask, count);
  else if (type == INT32) accumulateFrame<i32>(pixels, mask, count);
  else accumulateFloats(pixels, mask, count, low, high);
  countFrame();
}

function countFrame(): void {
  if (++waiting == FLUSH_AFTER) settle();
}

/** Brings the float64 sums up to date. */
export function settle(): void {
  const count: u32 = height * width;
  if (type == UINT8) settleOnes<u8>(count);
  else if (type == UINT16) settleOnes<u16>(count);
  else if (type == UINT32) settleOnes<u32>(count);
  if (type == UINT8) flush<u8>(count);
  else if (type == UINT16) flush<u16>(count);
  else if (type == INT16) flush<i16>(count);
  waiting = 0;
}

/** Starts a summary whose arrays are zero. */
export function begin(): void {
  const count: u32 = height * width;
  waiting = 0;
  resetOnes();
  if (type == INT16) resetMaxima<i16>(count);
  else if (type == INT32) resetMaxima<i32>(count);
  else if (type > INT32) resetMaxima<f32>(count);
}

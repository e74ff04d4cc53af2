import type { FrameShape } from "../core/frame.js";
import { imagesOf, positionsOf, type ScanGrid } from "../core/scan.js";

/** Bytes per scan position: layers with their numbers (102), virtual detectors (32), those of components (29), the image shown (4). */
const PER_POSITION = 167;
/** Bytes per image: where its frame lies. */
const PER_IMAGE = 18;
/** Bytes per image where several share a position: what is averaged. */
const PER_PART = 274;
/** Bytes per row: what changed, the path of the beam, the state of its line. */
const PER_ROW = 1024;

const LANE_PER_PIXEL = 72;
const LANE_BATCH = 1 << 20;

/** Memory that the maps of a scan take, bytes: the formula of docs/explanations/architecture.md. The frames themselves are not in it. */
export function mapBytes(grid: ScanGrid): number {
  const perImage = PER_IMAGE + (grid.framesPerPosition > 1 ? PER_PART : 0);
  return positionsOf(grid) * PER_POSITION + imagesOf(grid) * perImage + grid.rows * PER_ROW;
}

/** Memory that a pixel lane takes for a series, bytes, where polar bins reach to the edges: tables of masks and bins, a batch of counts. */
export const laneBytes = ({ height, width }: Pick<FrameShape, "height" | "width">): number => LANE_PER_PIXEL * height * width + LANE_BATCH;

/** The grid with as many of its rows as fit into so many bytes, at least one. */
export function fitRows(grid: ScanGrid, most: number): ScanGrid {
  if (mapBytes(grid) <= most) return grid;
  const [none, one] = [0, 1].map((rows) => mapBytes({ ...grid, rows })) as [number, number];
  return { ...grid, rows: Math.max(1, Math.floor((most - none) / (one - none))) };
}

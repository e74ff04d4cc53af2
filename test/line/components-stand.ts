import type { SeriesRun } from "../../src/line/series-run.js";
import { type Matter, turnedGrains } from "../fixtures/turned-grains.js";
import { aStand, type Stand, type StandOptions } from "./stand.js";

export const [ROWS, COLUMNS] = [21, 24];
/** A grain, the same turned by 40 degrees below it, and glass to the right of both. */
export const TURN = 40;
export const matterAt = (row: number, column: number): Matter => (column >= 16 ? "glass" : row < 11 ? 10 : 10 + TURN);
export const scan = turnedGrains(ROWS, COLUMNS, matterAt);
export const shape = { scan: { shape: [ROWS, COLUMNS] as const, shapeByFlag: true } };
export const MIDDLE = (scan.size - 1) / 2;
export const told = { "calibration.beam_center": [MIDDLE, MIDDLE], "calibration.bf_radius_px": scan.radius, "denoise.method": "off" };
export const NAMES = ["label", "grain", "inplane_angle", "fold", "confidence", "boundary", "novelty"] as const;

export async function live(
  messages: Iterable<readonly Uint8Array[]>,
  o: StandOptions,
  look: (run: SeriesRun, stand: Stand) => Promise<void>,
) {
  const stand = await aStand({ ...shape, ...o, settings: { ...told, ...o.settings } });
  await stand.send(messages);
  await stand.until(1);
  await look(stand.over[0] as SeriesRun, stand);
  await stand.close();
}

export const layers = (run: SeriesRun): unknown[] => NAMES.map((name) => [...(run.maps.layer(name)?.value ?? [])]);
export const value = (run: SeriesRun, name: string, row: number, column: number): number =>
  run.maps.layer(name)?.value[row * COLUMNS + column] as number;

import { existsSync } from "node:fs";
import { join } from "node:path";
import { readNpy } from "../read-npy.js";
import { type CountedScan, readTruthSet } from "./truth-set.js";

/** What is really there, per position. */
export interface ComponentTruth {
  /** Connected areas of one direction; amorphous and empty areas are one each. */
  readonly grain: ArrayLike<number>;
  /** 0 vacuum, 1 amorphous, from 2 on crystals. */
  readonly phase: ArrayLike<number>;
  /** Zone along the beam, of each phase its own, below 0 where there is no crystal; null: grains lie anyhow. */
  readonly family: ArrayLike<number> | null;
  /** In the plane, degrees, from +column towards +row; null where `family` is. */
  readonly angle: ArrayLike<number> | null;
  /** Turns of the pattern by 1/fold are alike. */
  readonly fold: ArrayLike<number> | null;
  /** Share of the probe on the dominant area. */
  readonly purity: ArrayLike<number>;
}

export interface LabelledScan {
  readonly scan: CountedScan;
  readonly truth: ComponentTruth;
}

/** A scan of a folder; see `readTruthSet`. Truth that is not there is taken from the grains: no zones, no purity below 1, two phases of none and one crystal. */
export function readLabelledScan(folder: string, dose: number): LabelledScan {
  const scan = readTruthSet(folder, dose);
  const file = (name: string): ArrayLike<number> | null =>
    existsSync(join(folder, `${name}.npy`)) || existsSync(join(folder, `${name}.npy.gz`))
      ? readNpy(join(folder, `${name}.npy`)).values
      : null;
  const phase = file("phase_id") ?? scan.grain.map((g) => Math.min(g, 2));
  const zone = file("zone_id");
  const family = zone && Int32Array.from(zone, (z, p) => (z > 0 ? z : -1 - (phase[p] as number)));
  return {
    scan,
    truth: {
      grain: scan.grain,
      phase,
      family,
      angle: family && file("angle"),
      fold: family && file("fold"),
      purity: file("purity") ?? scan.boundary.map((b) => 1 - b),
    },
  };
}

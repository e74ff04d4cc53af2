import type { Cluster, ClusterMember } from "../../src/core/components.js";
import { isFields, list, number } from "./read-fields.js";

/** Clusters of a cut, as the daemon tells them. */
export interface CutClusters {
  readonly clusters: readonly Cluster[];
  /** Positions along a cell of the maps. */
  readonly cell: number;
}

function readMember(raw: unknown): ClusterMember | null {
  if (!isFields(raw)) return null;
  const id = number(raw, "id", -1);
  if (!Number.isInteger(id) || id < 0) return null;
  const [rows = 0, columns = 0] = list(raw, "shift").filter((v) => typeof v === "number");
  return { id, turn: number(raw, "turn"), shift: [rows, columns], alike: number(raw, "alike") };
}

/** What can be read of an answer; a cluster stays in its place, with the members that can be read. */
export function readClusters(raw: unknown): CutClusters {
  if (!isFields(raw)) return { clusters: [], cell: 1 };
  const clusters = list(raw, "clusters").map((c): Cluster => {
    if (!isFields(c)) return { members: [], share: 0 };
    return {
      members: list(c, "members")
        .map(readMember)
        .filter((m) => m !== null),
      share: Math.min(1, Math.max(0, number(c, "share"))),
    };
  });
  return { clusters, cell: Math.max(1, number(raw, "cell", 1)) };
}

import { effect, signal } from "@preact/signals";
import { groupsAt } from "../lib/component-tree.js";
import type { NpyArray } from "../lib/npy.js";
import type { CutClusters } from "../lib/read-clusters.js";
import { fetchClusterPictures, fetchClusters } from "../net/api.js";
import { calmly } from "../net/calmly.js";
import { componentTree, cutAt } from "../state/components.js";
import { connected, currentId } from "../state/daemon.js";
import { screen } from "../state/page.js";

/** Least time between two questions, ms. */
const SPACING_MS = 400;

/** Clusters of a cut with their pictures: mean patterns and maps, [clusters, height, width] each. */
export interface ShownClusters extends CutClusters {
  /** Distance of the cut. */
  readonly at: number;
  readonly images: NpyArray;
  readonly maps: NpyArray;
}
/** Of the series on screen; null: nothing is cut, or nobody knows yet. */
export const clusters = signal<ShownClusters | null>(null);

async function ask(): Promise<void> {
  const [id, at] = [currentId.peek(), cutAt.peek()];
  if (id === null || at === 0 || !connected.peek()) return;
  try {
    const [cut, images, maps] = await Promise.all([
      fetchClusters(id, at),
      fetchClusterPictures(id, "cluster_images", at),
      fetchClusterPictures(id, "cluster_maps", at),
    ]);
    // The pictures have no names: they belong to these clusters where they are as many.
    const fits = images.shape[0] === cut.clusters.length && maps.shape[0] === cut.clusters.length;
    if (currentId.peek() === id && cutAt.peek() === at && fits) clusters.value = { ...cut, at, images, maps };
  } catch {
    // The tree and its problem are shown by what follows components.
  }
}

/** Keeps the clusters of the cut up to date while they are on screen, for as long as the page lives. */
export function followClusters(): void {
  const again = calmly(ask, SPACING_MS);
  effect(() => {
    const some = groupsAt(componentTree.value, cutAt.value).length > 0;
    if (currentId.value === null || !some || cutAt.value === 0) clusters.value = null;
    else if (connected.value && screen.value === "components") again();
  });
}

import type { MapLayer } from "../core/map-layer.js";
import type { SeriesMaps } from "../maps/store.js";
import { copyValues } from "./copy-values.js";
import { CAME, type ImageIndex } from "./image-index.js";
import type { Placement } from "./placement.js";
import type { ScanMap } from "./scan-map.js";
import { REF, type SlabReader } from "./slab.js";

/** Holds the frames of all images that are still kept: 1 by image. */
export function holdAll(images: ImageIndex, slab: SlabReader): Uint8Array {
  const ref = new Int32Array(REF.width);
  const held = new Uint8Array(images.end);
  images.each((image) => {
    if (images.ref(image, ref, 0) && slab.hold(ref[REF.slot] as number, ref[REF.serial] as number)) held[image] = 1;
  });
  return held;
}

export interface Relayout {
  readonly images: ImageIndex;
  /** See `holdAll`. */
  readonly held: Uint8Array;
  readonly slab: SlabReader;
  readonly from: { readonly map: ScanMap; readonly layers: readonly MapLayer[] };
  readonly to: Placement;
  readonly maps: SeriesMaps;
  readonly revision: number;
}

/** Places all images on another grid; answers how many frames are gone, so that their values were carried over as they were. */
export function placeAgain({ images, held, slab, from, to, maps, revision }: Relayout): number {
  const ref = new Int32Array(REF.width);
  let gone = 0;
  images.each((image) => {
    if (!images.has(image)) {
      to.placeDamaged(image);
      return;
    }
    const usable = held[image] === 1 && images.kind(image) !== CAME.undecodable;
    const at = to.place(image, usable, false);
    if (held[image] === 1 && (at < 0 || !usable)) {
      images.ref(image, ref, 0);
      slab.release(ref[REF.slot] as number);
    } else if (at >= 0 && held[image] === 0) {
      gone++;
      copyValues(from.layers, from.map.at(image), maps, at, revision);
    }
  });
  return gone;
}

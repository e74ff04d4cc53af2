import type { ArchivedComponents } from "../../core/archive.js";
import { COMPONENT_GRID } from "../../core/components.js";
import { polarImage } from "../polar-image.js";
import type { ZarrStore } from "./zarr-store.js";

const COMPONENTS = "braggstream/components";
const { rings, sectors } = COMPONENT_GRID;

/** Classes: attributes, their polar patterns, and these as images of detector size. */
export function writeComponents(
  store: ZarrStore,
  { text, polar, count, inner, outer }: ArchivedComponents,
  height: number,
  width: number,
): void {
  const facts = JSON.parse(text) as object;
  store.group(COMPONENTS, { ...facts, inner_px: inner, outer_px: outer });
  for (const name of ["polar", "images"]) store.remove(`${COMPONENTS}/${name}`);
  // Nothing can be chunked by nothing.
  if (count === 0) return;
  const images = new Float32Array(count * height * width);
  for (let k = 0; k < count; k++)
    polarImage(
      polar.subarray(k * rings * sectors, (k + 1) * rings * sectors),
      inner,
      outer,
      height,
      width,
      images.subarray(k * height * width, (k + 1) * height * width),
    );
  const put = (name: string, values: Float32Array, h: number, w: number, about: string): void => {
    const shape = [count, h, w];
    store.array(`${COMPONENTS}/${name}`, { shape, chunks: shape, type: "<f4", fill: Number.NaN }, { about });
    store.chunk(`${COMPONENTS}/${name}`, [0, 0, 0], new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  };
  put("polar", polar, rings, sectors, "Mean counts of a pixel in a frame by ring and sector, in the order of components");
  put("images", images, height, width, "The same about the middle of the detector");
}

import type { FrameShape } from "../core/frame.js";
import type { Image, SummaryKind } from "../core/sink.js";
import type { ImageIndex } from "./image-index.js";
import type { LaneCalls } from "./lane.js";
import type { LanePool } from "./lane-pool.js";
import { REF, type SlabReader } from "./slab.js";

/** The frame of an image that came; with a beam its polar counts. */
export async function patternOf(
  image: number,
  images: ImageIndex,
  { pool, slab }: { pool: LanePool; slab: SlabReader },
  beam: LaneCalls["polar"]["ask"]["beam"] | null,
): Promise<Image | "gone" | "none"> {
  const ref = new Int32Array(REF.width);
  images.ref(image, ref, 0);
  const slot = ref[REF.slot] as number;
  const [offset, length] = [ref[REF.offset] as number, ref[REF.length] as number];
  if (!slab.hold(slot, ref[REF.serial] as number)) return "gone";
  try {
    const frame = { slot, offset, length, shape: images.shape(image) };
    return (beam ? await pool.ask(image, "polar", { ...frame, beam }) : await pool.ask(image, "pattern", frame)) ?? "none";
  } finally {
    slab.release(slot);
  }
}

/** Mean, maximum or variance of what the lanes have seen of a series. */
export async function summaryOf(
  series: number,
  { height, width }: FrameShape,
  kind: SummaryKind,
  mask: Uint8Array | null,
  pool: LanePool,
): Promise<Image | "none"> {
  const parts = (await pool.askAll("summary", { series, reset: false })).filter((p) => p !== null);
  return parts.length === 0 ? "none" : pool.ask(0, "image", { parts, height, width, kind, mask });
}

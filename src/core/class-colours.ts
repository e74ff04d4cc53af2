/**
 * Colours of classes by id, modulo their number: Okabe and Ito 2008 (https://jfly.uni-koeln.de/color/), brown in the place of their black and grey,
 * which are too near to "not scanned" and "no result". #rrggbb
 */
export const CLASS_COLOURS = ["#0073b3", "#e69e00", "#009e73", "#cc78a6", "#57b5e8", "#d65e00", "#f0e342", "#8c2d04"] as const;

type Rgb = readonly [red: number, green: number, blue: number];
/** Bytes of #rrggbb. */
export const colourBytes = (hex: string): Rgb => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;

/** A colour moved this far towards white (1) or black (-1). */
const shade = (c: Rgb, by: number): Rgb => c.map((v) => Math.round(by > 0 ? v + by * (255 - v) : v * (1 + by))) as unknown as Rgb;

/** Grains are many: the colours of classes, once more lighter, once more darker. By id, modulo their number. Bytes. */
export const GRAIN_COLOURS: readonly Rgb[] = [0, 0.5, -0.45].flatMap((by) => CLASS_COLOURS.map((c) => shade(colourBytes(c), by)));

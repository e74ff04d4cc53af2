/** Numbers that carry their unit in the type. At run time they are plain numbers. */
declare const unit: unique symbol;
export type Quantity<U extends string> = number & { readonly [unit]: U };

/** Probe position, row * columns + column; row is the slow axis. */
export type ScanIndex = Quantity<"scan index">;
/** The detector's own count of an image inside its series; gaps are lost images. */
export type ImageNumber = Quantity<"image number">;
/** Grows whenever a position is estimated again; never falls. */
export type Revision = Quantity<"revision">;
export type Nanometre = Quantity<"nm">;
export type Radian = Quantity<"rad">;
export type Pixel = Quantity<"px">;
export type Seconds = Quantity<"s">;

export const imageNumber = (n: number): ImageNumber => n as ImageNumber;
export const scanIndex = (n: number): ScanIndex => n as ScanIndex;
export const nm = (n: number): Nanometre => n as Nanometre;
export const radian = (n: number): Radian => n as Radian;

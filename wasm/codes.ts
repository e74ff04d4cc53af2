// The codes of src/kernels/pixel-lane.ts.
export const DECODED: i32 = 0;
export const TRUNCATED: i32 = -1;
export const CORRUPT: i32 = -2;
export const SIZE_MISMATCH: i32 = -3;
export const BAD_ENCODING: i32 = -4;
/** Not sparse: do it the dense way. */
export const CROWDED: i32 = 1;

/** Bytes of the lane's own after each buffer: vectors may reach past the end. */
export const PAD: usize = 64;

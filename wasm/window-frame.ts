// A frame of the window, FRAME bytes: its SCORES scores, their power without their noise, the noise of the frame (all float32), the addresses
// of its entries and of their end, the same of its polar entries (32 bits each), and from FEATURES on the 16 float32 that were made of these.
export const SCORES: usize = 48;
export const POWER: usize = 192;
export const NOISE: usize = 196;
export const FROM: usize = 200;
export const TO: usize = 204;
export const POLAR_FROM: usize = 208;
export const POLAR_TO: usize = 212;
export const FEATURES: usize = 224;
export const FRAME: usize = 288;

export const PIXEL: u32 = 0x1ffffff;
export const COUNTS: u32 = 25;

/** Sum of the lanes. */
// @ts-ignore: decorator
@inline
export function lanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

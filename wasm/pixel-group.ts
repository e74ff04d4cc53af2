// What measuring and summing share: the set-up of a series, and which pixels of a vector count.

/** Pixel types in the order of PIXEL_TYPES in src/core/frame.ts. */
export const UINT8: i32 = 0;
export const UINT16: i32 = 1;
export const UINT32: i32 = 2;
export const INT16: i32 = 3;
export const INT32: i32 = 4;

/** Sixteen bytes of 0, then sixteen of 255: excludes the lanes behind the end. */
const TAIL: usize = memory.data(32, 16);
memory.fill(TAIL + 16, 255, 16);

/** Limits of integer types, in all lanes. */
export let lowest: v128 = i32x4.splat(0);
export let highest: v128 = i32x4.splat(0);
/** A vector of zeros adds nothing: zero is valid, and nothing is smaller. */
export let zeroIsNothing: bool = false;
/** Highest valid value of unsigned types; 0 if not all from 0 to 1 at least are valid: such frames are never taken for sparse. */
export let ceiling: u32 = 0;

/** Whole-number limits of T within [low, high]; NaN is no limit; where nothing fits, nothing is valid. */
export function setLimits<T>(low: f64, high: f64): void {
  const bits: i64 = 8 * sizeof<T>();
  const least: f64 = isSigned<T>() ? -(<f64>((<i64>1) << (bits - 1))) : 0;
  const most: f64 = <f64>(((<i64>1) << (isSigned<T>() ? bits - 1 : bits)) - 1);
  let from = low > least ? Math.ceil(low) : least;
  let to = high < most ? Math.floor(high) : most;
  if (from > to) {
    from = most;
    to = least;
  }
  lowest = v128.splat<T>(<T>from);
  highest = v128.splat<T>(<T>to);
  zeroIsNothing = !isSigned<T>() && from == 0;
  ceiling = zeroIsNothing ? <u32>to : 0;
}

/** Lanes that the mask excludes, of `left` lanes that are there. */
// @ts-ignore: decorator
@inline
export function excluded<T>(mask: usize, left: u32): v128 {
  const lanes: u32 = 16 / sizeof<T>();
  const masked = v128.load(mask);
  return left >= lanes ? masked : v128.or(masked, v128.load(TAIL + 16 - left * sizeof<T>()));
}

/** Lanes outside the limits, of those that are not excluded. */
// @ts-ignore: decorator
@inline
export function outside<T>(value: v128, low: v128, high: v128, not: v128): v128 {
  return v128.andnot(v128.or(v128.gt<T>(value, high), v128.lt<T>(value, low)), not);
}

/** Not zero where `outside` is not: all that has to be known of most vectors, and cheaper if zero is valid and the pixels are unsigned. */
// @ts-ignore: decorator
@inline
export function suspect<T>(value: v128, low: v128, high: v128, not: v128, fromZero: bool): v128 {
  if (isSigned<T>() || !fromZero) return outside<T>(value, low, high, not);
  return v128.xor(v128.max<T>(v128.andnot(value, not), high), high);
}

/** Candidates for the highest value: what is excluded is as low as can be. */
// @ts-ignore: decorator
@inline
export function peaks<T>(value: v128, not: v128): v128 {
  if (!isSigned<T>()) return v128.andnot(value, not);
  const least = v128.splat<T>(<T>((<u64>1) << (8 * sizeof<T>() - 1)));
  return v128.bitselect(least, value, not);
}

/** A float that carries no data. */
// @ts-ignore: decorator
@inline
export function isInvalid(value: f64, low: f64, high: f64): bool {
  return value < low || value > high || value != value;
}

/** Fields of an untrusted object, with a value of ours where the field is missing or of another type. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (x: unknown): x is Fields => typeof x === "object" && x !== null && !Array.isArray(x);

export const text = (o: Fields, key: string, otherwise = ""): string => {
  const v = o[key];
  return typeof v === "string" ? v : otherwise;
};
export const textOrNull = (o: Fields, key: string): string | null => {
  const v = o[key];
  return typeof v === "string" ? v : null;
};
const finite = (v: unknown): number | null => {
  const n = typeof v === "bigint" ? Number(v) : v;
  return typeof n === "number" && Number.isFinite(n) ? n : null;
};
export const number = (o: Fields, key: string, otherwise = 0): number => finite(o[key]) ?? otherwise;
export const numberOrNull = (o: Fields, key: string): number | null => finite(o[key]);
export const part = (o: Fields, key: string): Fields => {
  const v = o[key];
  return isFields(v) ? v : {};
};
export const list = (o: Fields, key: string): readonly unknown[] => {
  const v = o[key];
  return Array.isArray(v) ? v : [];
};
/** Two whole numbers of at least 1, or null. */
export const pairOrNull = (o: Fields, key: string): readonly [number, number] | null => {
  const v = list(o, key);
  const a = finite(v[0]);
  const b = finite(v[1]);
  return v.length >= 2 && a !== null && b !== null && Number.isInteger(a) && Number.isInteger(b) && a >= 1 && b >= 1 ? [a, b] : null;
};
/** One of the allowed words, or the given one. */
export const oneOf = <T extends string>(o: Fields, key: string, allowed: readonly T[], otherwise: T): T =>
  allowed.find((a) => a === o[key]) ?? otherwise;

/** Numbers for people: tabular, short, with a thin space between thousands. */
const THIN = "\u2009";

export function whole(n: number): string {
  if (!Number.isFinite(n)) return "–";
  const s = Math.round(Math.abs(n)).toString();
  return (n < -0.5 ? "−" : "") + s.replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** Three significant digits with k, M, G. */
export function short(n: number): string {
  if (!Number.isFinite(n)) return "–";
  const a = Math.abs(n);
  const sign = n < 0 ? "−" : "";
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e4],
  ] as const)
    if (a >= size) {
      const base = unit === "k" ? 1e3 : size;
      return sign + digits(a / base, 3) + unit;
    }
  if (a >= 1000) return sign + whole(a);
  if (a > 0 && a < 1e-3) return sign + a.toExponential(1).replace("e-", "e−");
  return sign + digits(a, 3);
}
const digits = (a: number, n: number): string => {
  if (a === 0) return "0";
  const places = Math.max(0, n - 1 - Math.floor(Math.log10(a)));
  const s = a.toFixed(Math.min(places, 6));
  return s.includes(".") ? s.replace(/\.?0+$/, "") : s;
};

export const percent = (part: number, all: number): string => {
  if (all <= 0) return "–";
  const p = (100 * part) / all;
  // 99.99 % must not read as complete.
  return p >= 100 ? "100 %" : `${p < 10 ? (Math.floor(p * 10) / 10).toFixed(1) : Math.floor(p)} %`;
};

/** Age or duration. */
export function age(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** Largest of 1, 2, 5 times a power of ten that is not above x. */
export function niceFloor(x: number): number {
  const p = 10 ** Math.floor(Math.log10(x) + 1e-9);
  const m = x / p + 1e-9;
  return (m >= 5 ? 5 : m >= 2 ? 2 : 1) * p;
}

/** About `count` round values from low to high. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low) || count < 1) return [];
  const wish = (high - low) / count;
  const below = niceFloor(wish);
  // Up by one of the 1-2-5 steps where that is nearer to the wish: 2.5 leads from 2 to 5.
  const step = wish > 1.6 * below ? niceFloor(2.5 * below) : below;
  const out: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    out.push(k === 0 ? 0 : Number((k * step).toPrecision(12)));
  return out;
}

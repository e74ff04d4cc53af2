import t from "tap";
import { PHASES, reciprocal, reflectionsOf, scatteringFactor, structureFactor } from "../../src/microscope/crystal.js";

const [al, ti] = PHASES;
const spacing = (phase: typeof al, h: number, k: number, l: number): number => 1 / Math.hypot(...reciprocal(phase, h, k, l));
const near = (a: number, b: number, share: number): boolean => Math.abs(a / b - 1) < share;

t.test("lattice spacings are those of the tables", async (t) => {
  t.ok(near(spacing(al, 1, 1, 1), 2.338, 0.001));
  t.ok(near(spacing(al, 2, 2, 0), 1.432, 0.001));
  t.ok(near(spacing(ti, 1, 0, 0), 2.555, 0.001));
  t.ok(near(spacing(ti, 0, 0, 2), 2.343, 0.001));
  t.ok(near(spacing(ti, 1, 0, 1), 2.244, 0.001));
});

t.test("reflections are extinct where the symmetry says so", async (t) => {
  for (const [h, k, l] of [
    [1, 0, 0],
    [1, 1, 0],
    [2, 1, 1],
  ] as const)
    t.ok(structureFactor(al, h, k, l) < 1e-9, `Al ${h}${k}${l}`);
  t.ok(structureFactor(ti, 0, 0, 1) < 1e-9, "Ti 0001");
  t.ok(structureFactor(ti, 1, 1, 1) < 1e-9, "Ti 11-21");
  t.ok(near(structureFactor(al, 1, 1, 1), 4 * scatteringFactor(al, 1 / 2.338), 1e-3));
});

t.test("extinction distances are near those of the tables at 200 kV", async (t) => {
  // Two-beam values of Hirsch et al. at 100 kV, times v(200)/v(100) = 1.27.
  const xi = (phase: typeof al, d: number): number => {
    const list = reflectionsOf(phase, 1.2);
    const i = Array.from(list.gx).findIndex((_, n) => near(1 / Math.hypot(list.gx[n] ?? 0, list.gy[n] ?? 0, list.gz[n] ?? 0), d, 1e-3));
    return list.extinction[i] ?? Number.NaN;
  };
  t.ok(near(xi(al, 2.338), 706, 0.15), `Al 111: ${xi(al, 2.338)} Å`);
  t.ok(near(xi(al, 1.432), 1340, 0.15), `Al 220: ${xi(al, 1.432)} Å`);
});

t.test("every reflection comes with its Friedel mate, none beyond the limit", async (t) => {
  const list = reflectionsOf(ti, 1);
  t.ok(list.count > 40);
  const key = (s: number, n: number): string =>
    [list.gx, list.gy, list.gz].map((c) => (s * (c[n] ?? 0)).toFixed(6).replace(/^-0\.0+$/, "0.000000")).join(" ");
  const plus = new Set(Array.from({ length: list.count }, (_, n) => key(1, n)));
  t.equal(plus.size, list.count);
  for (let n = 0; n < list.count; n++) {
    if (!plus.has(key(-1, n))) t.fail(`no mate of ${key(1, n)}`);
    if (Math.hypot(list.gx[n] ?? 0, list.gy[n] ?? 0, list.gz[n] ?? 0) > 1) t.fail(`too long: ${key(1, n)}`);
  }
});

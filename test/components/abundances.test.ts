import t from "tap";
import { Abundances } from "../../src/components/abundances.js";
import type { ClassRecord } from "../../src/components/library.js";
import { plainKernels } from "../../src/components/polar-kernels.js";
import { PARTS } from "../../src/components/position-shares.js";
import { aPolarFrame, aScale, fourFold as four, ratesOf, sixFold as six } from "../fixtures/polar-specimens.js";

const [ROWS, COLUMNS] = [3, 12];
const rates = [ratesOf(four), ratesOf(six)];
/** The border runs down the middle; the two columns along it are mixtures. */
const mixed = (share: number): Float64Array =>
  (rates[0] as Float64Array).map((v, i) => share * v + (1 - share) * (rates[1]?.[i] as number));
const frames = Array.from({ length: ROWS * COLUMNS }, (_, at) => {
  const c = at % COLUMNS;
  return aPolarFrame(mixed(c < 5 ? 1 : c > 6 ? 0 : 0.5), at + 1);
});
const of = (id: number) => ({ class: id, angle: 0, fold: 4, confidence: 1, grain: id });
const where = {
  columns: COLUMNS,
  rows: ROWS,
  region: Int32Array.from({ length: ROWS * COLUMNS }, (_, at) => (at % COLUMNS < COLUMNS / 2 ? 7 : 8)),
  known: new Map([
    [7, of(1)],
    [8, of(2)],
  ]),
  frameAt: (at: number) => frames[at] ?? null,
};
const records = new Map(rates.map((rate, i) => [i + 1, { id: i + 1, rate, frames: 200 } as ClassRecord]));
const anAbundance = (): Abundances => {
  const abundances = new Abundances(aScale, COLUMNS, plainKernels());
  abundances.renew(records, where, true);
  return abundances;
};
const room = () => ({ parts: new Int32Array(PARTS * ROWS * COLUMNS), shares: new Float32Array(PARTS * ROWS * COLUMNS) });

t.test("shares are the same whether a frame was explained before they are found or not", async (t) => {
  const [plain, explained, two] = [anAbundance(), anAbundance(), room()];
  const one = room();
  let less = 0;
  for (let at = 0; at < ROWS * COLUMNS; at++) {
    plain.find(at, where, one);
    less += Number(explained.residual(at, where, 100) < 100);
    explained.find(at, where, two);
  }
  t.equal(less, 2 * ROWS, "positions at the border are explained");
  t.same(two, one);
  const shares = one.shares.subarray(PARTS * 5, PARTS * 5 + 2);
  t.ok(
    shares.every((v) => v > 0.2),
    `${shares}`,
  );
});

t.test("what a frame was made of is forgotten where another one's shares are found, and where components are renewed", async (t) => {
  const [plain, explained] = [anAbundance(), anAbundance()];
  const [one, two] = [room(), room()];
  explained.residual(5, where, 100);
  for (const at of [6, 5]) {
    plain.find(at, where, one);
    explained.find(at, where, two);
  }
  t.same(two, one);
  explained.residual(17, where, 100);
  for (const abundances of [plain, explained]) abundances.renew(records, where, true);
  plain.find(17, where, one);
  explained.find(17, where, two);
  t.same(two, one);
});

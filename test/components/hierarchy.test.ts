import t from "tap";
import { rateOf } from "../../src/components/class-sum.js";
import { devianceMoments } from "../../src/components/deviance-moments.js";
import { alignedMean, compare, cutTree, dendrogram, patternOf } from "../../src/components/hierarchy.js";
import type { ClassRecord } from "../../src/components/library.js";
import { NoveltyMaker } from "../../src/components/novelty.js";
import { BINS, GRID } from "../../src/components/polar-events.js";
import { Rotation } from "../../src/components/rotation.js";
import { countFrame, PRIOR, RateSmoother, TurnedRates } from "../../src/components/turned-rates.js";
import {
  anArea,
  aPolarFrame,
  aRegionSum,
  aScale,
  fourFold as four,
  ratesOf,
  type Specimen,
  sixFold as six,
} from "../fixtures/polar-specimens.js";

const glass: Specimen = { background: 0.006, halo: { radius: 40, width: 5, peak: 0.03 } };

t.test("patterns that are turned copies are joined first, and the cut tells how many groups there are", async (t) => {
  const rotation = new Rotation(aScale);
  const rates = [ratesOf(four), ratesOf(six), ratesOf(glass), ratesOf(four, 9.3), ratesOf(six, 30)];
  const patterns = rates.map((r) => patternOf(rotation, r));
  const joins = dendrogram(rotation, patterns);
  t.equal(joins.length, 4);
  t.same(new Set([`${joins[0]?.a} ${joins[0]?.b}`, `${joins[1]?.a} ${joins[1]?.b}`]), new Set(["0 3", "1 4"]));
  t.ok(joins.every((j, i) => i === 0 || j.distance >= (joins[i - 1]?.distance ?? 0)));
  t.same(cutTree(joins, 5, 0.05), [0, 1, 2, 0, 1]);
  t.same(cutTree(joins, 5, 2), [0, 0, 0, 0, 0]);
  t.same(cutTree(joins, 5, 0), [0, 1, 2, 3, 4]);
  t.same(dendrogram(rotation, []), []);
  t.same(compare(rotation, patterns[0] as never, rotation.of(new Uint16Array(BINS))), { turn: 0, height: 0 });
  t.same(patternOf(rotation, new Float64Array(BINS + 1)).power, 0);
});

t.test("the mean of a group is turned as its heaviest member", async (t) => {
  const rotation = new Rotation(aScale);
  const [still, turned] = [ratesOf(four), ratesOf(four, 9)];
  const { rate, turns } = alignedMean(rotation, [
    { rate: still, frames: 1 },
    { rate: turned, frames: 3 },
  ]);
  t.ok(Math.abs(((turns[0] ?? 0) % 32) - 9) < 0.05, `${turns}`);
  t.equal(turns[1], 0);
  const worst = rate.reduce((most, v, b) => Math.max(most, Math.abs(v - (turned[b] as number))), 0);
  t.ok(worst < 0.003, `${worst}`);
});

t.test("frames of a class are not novel, others are", async (t) => {
  const sum = aRegionSum(ratesOf(four), 500, 1);
  const rate = sum.area.map((a, b) => ((sum.halves[0][b] as number) + (sum.halves[1][b] as number)) / a);
  const firm = new RateSmoother(aScale).firm(
    rate,
    Float64Array.from(anArea, (a) => 500 * a),
  );
  const turned = new TurnedRates(firm, 20.5);
  const [own, other] = [ratesOf(four, 20.5), ratesOf(six, 3)];
  const z = Array.from({ length: 60 }, (_, i) => turned.novelty(countFrame(aPolarFrame(own, i))));
  const mean = z.reduce((a, v) => a + v, 0) / z.length;
  const deviation = Math.sqrt(z.reduce((a, v) => a + (v - mean) ** 2, 0) / z.length);
  t.ok(Math.abs(mean) < 0.6, `${mean}`);
  t.ok(deviation > 0.7 && deviation < 1.3, `${deviation}`);
  t.ok(turned.novelty(countFrame(aPolarFrame(other, 1))) > 4);
  t.equal(countFrame({ bins: new Uint16Array(0), direct: 0, area: anArea }).bins.length, 0);
});

/** Mean and variance of the deviance of a Poisson count, added up. */
function poissonMoments(mu: number): readonly [number, number] {
  let [p, mean, square] = [Math.exp(-mu), 0, 0];
  for (let x = 0; x < mu + 20 * Math.sqrt(mu) + 20; x++) {
    const d = 2 * ((x > 0 ? x * Math.log(x / mu) : 0) - x + mu);
    mean += p * d;
    square += p * d * d;
    p *= mu / (x + 1);
  }
  return [mean, square - mean * mean];
}

t.test("deviances of Poisson counts have the mean and variance that the table says", async (t) => {
  const one = Float32Array.of(1);
  let worst = 0;
  for (let mu = 2 ** -22; mu < 700; mu *= 1.0137) {
    const found = devianceMoments(Float64Array.of(mu), one, 1);
    for (const [i, v] of poissonMoments(mu).entries()) worst = Math.max(worst, Math.abs((found[i] as number) / v - 1));
  }
  t.ok(worst < 2e-4, `${worst}`);
  t.same(devianceMoments(Float64Array.of(0, 3), Float32Array.of(1, 0), 5), [0, 0], "nothing is expected");
  const [small, less] = devianceMoments(Float64Array.of(1e-9), one, 1);
  t.ok(small > 0 && small < 1e-7 && less > 0 && less < 1e-5, `below the table: ${small} ${less}`);
  const [large, variance] = devianceMoments(Float64Array.of(500, 1e9), Float32Array.of(2, 1), 100);
  t.ok(Math.abs(large - 2) < 1e-3 && Math.abs(variance - 4) < 1e-2, `above the table: ${large} ${variance}`);
});

t.test("moments of deviances have no steps between the segments of the table, and go up or down as they do", async (t) => {
  const moments = (mu: number) => devianceMoments(Float64Array.of(mu), Float32Array.of(1), 1)[0];
  const wrong: number[] = [];
  for (let mu = 2 ** -24, before = moments(mu); mu < 1; mu *= 1.003) {
    const next = moments(1.003 * mu);
    if (!(next > before && next < 1.0031 * before)) wrong.push(mu);
    before = next;
  }
  t.same(wrong, []);
});

t.test("an electron where no pixel of the region was live makes nothing novel", async (t) => {
  const sum = aRegionSum(ratesOf(four), 200, 1);
  const record = { rate: rateOf(sum), frames: 200 } as ClassRecord;
  const frame = aPolarFrame(ratesOf(four), 7);
  const maker = new NoveltyMaker(aScale);
  const whole = maker.expect(sum, record, 0).novelty(frame);
  // Its only pixel turned out to be hot: frames before still have what it counted.
  const area = sum.area.slice();
  area[frame.bins[0] as number] = 0;
  const found = maker.expect({ ...sum, area }, record, 0).novelty(frame);
  t.ok(Math.abs(found - whole) < 1, `${found} ${whole}`);
});

t.test("novelty is the deviance of a frame and what it lacks because the rates are of it too, over what noise makes of it", async (t) => {
  const sum = aRegionSum(ratesOf(four), 50, 1);
  const rate = rateOf(sum);
  const record: ClassRecord = {
    id: 1,
    crystal: null,
    profile: { counts: new Float64Array(25), electrons: 0 },
    rate,
    frames: 50,
    frozen: false,
    grain: -1,
  };
  const angle = 0.3;
  const mean = Float32Array.from(sum.area, (a) => a / sum.frames);
  const exposure = Float64Array.from(mean, (a) => 50 * a);
  const turned = new TurnedRates(new RateSmoother(aScale).firm(rate, exposure), (angle * GRID.sectors) / (2 * Math.PI));
  const expected = new NoveltyMaker(aScale).expect(sum, record, angle);
  const one = aPolarFrame(ratesOf(four), 5);
  const many = { ...one, bins: Uint16Array.from([...one.bins, ...new Array<number>(7).fill(900), 900, 901, 901, 901]) };
  for (const frame of [one, many, { ...one, direct: 0 }, many, one]) {
    const counted = countFrame({ ...frame, area: mean });
    const [typical, deviation] = turned.expected(counted.electrons, mean);
    let own = 0;
    for (const [i, b] of counted.bins.entries()) {
      const [n, known] = [counted.counts[i] as number, (turned.rate[b] as number) * (exposure[b] as number)];
      own -= 2 * n * Math.log(1 - n / (known + n + PRIOR));
    }
    const wanted = (turned.deviance(counted) + own - typical) / deviation;
    const found = expected.novelty(frame);
    t.ok(Math.abs(found - wanted) < 1e-4 * Math.max(1, Math.abs(wanted)), `${found} ${wanted}`);
  }
});

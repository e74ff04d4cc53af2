import { join } from "node:path";
import t from "tap";
import { aliasTable } from "../../src/microscope/alias.js";
import { beamRoom, excite, rocking } from "../../src/microscope/beams.js";
import { exposureOf } from "../../src/microscope/exposure.js";
import { diskRadius, OPTICS, pixelSize, radiusOf } from "../../src/microscope/optics.js";
import { randomFrom } from "../../src/microscope/random.js";
import { carrying, compose, type Quaternion, rotationOf, type Vector } from "../../src/microscope/rotation.js";
import { makeSpecimen } from "../../src/microscope/specimen.js";
import { readNpy } from "../fixtures/read-npy.js";
import { needs, sharedPath } from "../fixtures/shared.js";

const ROWS = 40;
const SIZE = 128;
const specimen = makeSpecimen(ROWS, ROWS, SIZE, 4);
const { truth } = specimen;

t.test("a pattern is the same whenever it is taken, and has noise of its own", async (t) => {
  const [a, b, c] = [0, 1, 2].map(() => new Uint16Array(SIZE * SIZE)) as [Uint16Array, Uint16Array, Uint16Array];
  const expose = exposureOf(specimen, SIZE, 500, 9);
  expose(100, a);
  expose(101, b);
  expose(100, c);
  t.same(a, c);
  t.notSame(a, b);
  exposureOf(specimen, SIZE, 500, 10)(100, c);
  t.notSame(a, c);
});

t.test("a turned detector sees every beam turned, and nothing else of it", async (t) => {
  const [straight, turned] = [beamRoom(), beamRoom()];
  const r = rotationOf([Math.cos(0.03), Math.sin(0.03), 0, 0]);
  excite(straight, 0, r, 500, SIZE);
  const angle = (73 * Math.PI) / 180;
  excite(turned, 0, r, 500, SIZE, { ...OPTICS, rotation: angle });
  t.equal(turned.count, straight.count);
  t.same(turned.weight.subarray(0, turned.count), straight.weight.subarray(0, straight.count));
  for (let i = 0; i < straight.count; i++) {
    const [x, y] = [straight.x[i] as number, straight.y[i] as number];
    const far = Math.hypot(
      (turned.x[i] as number) - x * Math.cos(angle) + y * Math.sin(angle),
      (turned.y[i] as number) - x * Math.sin(angle) - y * Math.cos(angle),
    );
    if (far > 1e-9) t.fail(`beam ${i}`);
  }
});

t.test("the mean number of counts is the dose, but for what misses the detector", async (t) => {
  for (const dose of [20, 1000]) {
    const expose = exposureOf(specimen, SIZE, dose, 1);
    const counts = new Uint16Array(SIZE * SIZE);
    const sums: number[] = [];
    for (let p = 0; p < ROWS * ROWS; p++) {
      expose(p, counts);
      sums.push(counts.reduce((a, b) => a + b, 0));
    }
    const mean = sums.reduce((a, b) => a + b, 0) / sums.length;
    t.ok(mean > 0.9 * dose && mean < 1.005 * dose, `dose ${dose}: mean ${mean}`);
    const vacuum = sums.filter((_, p) => truth.grain[p] === 0 && truth.purity[p] === 1);
    const vacuumMean = vacuum.reduce((a, b) => a + b, 0) / vacuum.length;
    t.ok(Math.abs(vacuumMean - dose) < 5 * Math.sqrt(dose / vacuum.length), `vacuum: ${vacuumMean} of ${vacuum.length}`);
  }
});

t.test("the direct beam lies where the truth says, with the radius of the probe", async (t) => {
  const expose = exposureOf(specimen, SIZE, 20_000, 1);
  const counts = new Uint16Array(SIZE * SIZE);
  const reach = diskRadius(SIZE) + 1.5;
  for (let p = 0; p < ROWS * ROWS; p += 23) {
    const [row = 0, column = 0] = truth.centre.slice(2 * p, 2 * p + 2);
    expose(p, counts);
    let n = 0;
    let [r, c, r2] = [0, 0, 0];
    for (let i = 0; i < counts.length; i++) {
      const [dr, dc] = [Math.floor(i / SIZE) - row, (i % SIZE) - column];
      if (Math.hypot(dr, dc) > reach) continue;
      n += counts[i] ?? 0;
      r += dr * (counts[i] ?? 0);
      c += dc * (counts[i] ?? 0);
      r2 += (dr * dr + dc * dc) * (counts[i] ?? 0);
    }
    t.ok(Math.hypot(r / n, c / n) < 0.12, `position ${p}: off by ${Math.hypot(r / n, c / n)} px`);
    // an even disk has a mean square radius of R^2 / 2
    t.ok(Math.abs(Math.sqrt((2 * r2) / n) / diskRadius(SIZE) - 1) < 0.15, `radius ${Math.sqrt((2 * r2) / n)}`);
  }
});

t.test("an aluminium crystal along [001] shows its square of spots, upright", async (t) => {
  const beams = beamRoom();
  excite(beams, 0, rotationOf([1, 0, 0, 0]), 500, 192);
  const found = new Map(
    Array.from({ length: beams.count }, (_, i) => [`${beams.x[i]?.toFixed(2)} ${beams.y[i]?.toFixed(2)}`, beams.weight[i] ?? 0]),
  );
  const d = (2 / 4.0495 / 2.4) * 192;
  const four = [`${d.toFixed(2)} 0.00`, `${(-d).toFixed(2)} 0.00`, `0.00 ${d.toFixed(2)}`, `0.00 ${(-d).toFixed(2)}`].map(
    (key) => found.get(key) ?? Number.NaN,
  );
  for (const w of four) t.ok(Math.abs(w / (four[0] ?? 0) - 1) < 1e-9 && w > 0.02, `${w}`);
});

t.test("thickness saturates a beam", async (t) => {
  const total = (thickness: number): number => {
    const beams = beamRoom();
    excite(beams, 1, rotationOf([1, 0, 0, 0]), thickness, 192);
    return beams.total;
  };
  t.ok(total(40) < 0.5 * total(160));
  t.ok(total(800) < 1.3 * total(400));
});

t.test("without precession each part of the probe has its own share of a beam, never more than what was found for it", async (t) => {
  const optics = { probeRadius: radiusOf(2), precession: 0 };
  const [beams, px] = [beamRoom(), pixelSize(192)];
  excite(beams, 0, rotationOf([Math.cos(0.03), Math.sin(0.03), 0, 0]), 500, 192, optics);
  const shares = Array.from({ length: beams.count }, (_, i) => {
    const of: number[] = [];
    for (let turn = 0; turn < 24; turn++)
      for (const far of [0, 0.5, 1]) {
        const [kx, ky] = [far * optics.probeRadius * Math.cos(turn), far * optics.probeRadius * Math.sin(turn)];
        of.push(rocking(beams, i, kx, ky, 500, px));
      }
    return of;
  });
  t.ok(shares.length > 4 && shares.flat().every((s) => s >= 0 && s < 1 + 1e-9));
  t.ok(
    shares.some((of) => Math.max(...of) > 0.5 && Math.min(...of) < 0.1),
    "contrast inside a disk",
  );
  const counts = new Uint16Array(SIZE * SIZE);
  const inside = truth.grain.findIndex((grain, p) => grain >= 2 && (truth.purity[p] ?? 0) > 0.999);
  exposureOf(specimen, SIZE, 20_000, 1, optics)(inside, counts);
  const all = counts.reduce((a, v) => a + v, 0);
  t.ok(all > 15_000 && all < 20_600, `${all}`);
});

const SIM = sharedPath("data", "sim", "poly_al_64");
t.test(
  "the spots stand where an independent simulation has them, with the quaternions of the contract",
  needs(SIM, "shared/data/sim"),
  async (t) => {
    const read = (name: string) => readNpy(join(SIM ?? "", name)).data;
    const [image, quat, centre, grain, purity, thickness] = [
      "noiseless_sqrt8.npy.gz",
      "quat.npy",
      "centre.npy",
      "grain_id.npy",
      "purity.npy",
      "thickness.npy",
    ].map(read) as [Uint8Array, Float32Array, Float32Array, Int16Array, Float32Array, Float32Array];
    const side = 128;
    // ours has another camera length: 2.4 / side per px, theirs 0.0235
    const scale = 2.4 / side / 0.0235;
    const beams = beamRoom();
    const score = (mirrored: boolean): number => {
      const found: number[] = [];
      for (let p = 0; p < grain.length; p += 11) {
        if ((grain[p] ?? 0) < 2 || (purity[p] ?? 0) < 0.98) continue;
        const [a, b, c, d, e, f, g, h, k] = rotationOf(Array.from(quat.slice(4 * p, 4 * p + 4)) as unknown as Quaternion);
        excite(beams, 0, mirrored ? [a, b, c, d, e, f, -g, -h, -k] : [a, b, c, d, e, f, g, h, k], thickness[p] ?? 0, side);
        let [both, theirs, ours] = [0, 0, 0];
        for (let i = 0; i < beams.count; i++) {
          const column = Math.round((centre[2 * p + 1] ?? 0) + (beams.x[i] ?? 0) * scale);
          const row = Math.round((centre[2 * p] ?? 0) + (beams.y[i] ?? 0) * scale);
          if (Math.min(row, column) < 0 || Math.max(row, column) >= side) continue;
          const v = (image[p * side * side + row * side + column] ?? 0) ** 2;
          const w = beams.weight[i] ?? 0;
          both += v * w;
          theirs += v * v;
          ours += w * w;
        }
        found.push(both / Math.sqrt(theirs * ours));
      }
      return found.reduce((x, y) => x + y, 0) / found.length;
    };
    t.ok(score(false) > 0.9, `correlation ${score(false)}`);
    t.ok(score(true) < 0.6, `against the beam: ${score(true)}`);
  },
);

t.test("rotations: composing, carrying a direction to another", async (t) => {
  const turn = ([w, x, y, z]: Quaternion, v: Vector): number[] => {
    const r = rotationOf([w, x, y, z]);
    return [0, 3, 6].map((i) => (r[i] ?? 0) * v[0] + (r[i + 1] ?? 0) * v[1] + (r[i + 2] ?? 0) * v[2]);
  };
  const pairs: [Vector, Vector][] = [
    [
      [0, 1, 1],
      [0, 0, 1],
    ],
    [
      [1, 1, 1],
      [0, 0, 1],
    ],
    [
      [0, 0, -1],
      [0, 0, 1],
    ],
    [
      [1, 0, 0],
      [-1, 0, 0],
    ],
  ];
  for (const [from, to] of pairs) {
    const got = turn(carrying(from, to), from);
    const length = Math.hypot(...from);
    t.ok(
      got.every((v, i) => Math.abs(v / length - (to[i] ?? 0)) < 1e-9),
      `${from} to ${to}: ${got}`,
    );
  }
  const [a, b] = [carrying([1, 0, 0], [0, 1, 0]), carrying([0, 1, 0], [0, 0, 1])];
  t.ok(
    turn(compose(b, a), [1, 0, 0]).every((v, i) => Math.abs(v - (i === 2 ? 1 : 0)) < 1e-9),
    "a first, then b",
  );
});

t.test("the alias table draws by weight", async (t) => {
  const weights = Float64Array.from([5, 0, 1, 3, 1]);
  const table = aliasTable(8);
  table.prepare(weights, 5, 10);
  const random = randomFrom(1, 1);
  const n = 50_000;
  const hits = new Array<number>(5).fill(0);
  for (let i = 0; i < n; i++) {
    const k = table.draw(random.uniform(), random.uniform());
    hits[k] = (hits[k] ?? 0) + 1;
  }
  for (const [i, h] of hits.entries()) t.ok(Math.abs(h / n - (weights[i] ?? 0) / 10) < 0.01, `${i}: ${h}`);
});

import { type AliasTable, aliasTable } from "./alias.js";
import { BEAM_ROOM, type Beams, beamRoom, excite, rocking } from "./beams.js";
import { phaseOf } from "./crystal.js";
import { haloTable, RADII, thermalTable } from "./diffuse.js";
import { AMORPHOUS, FIRST_GRAIN, VACUUM } from "./grains.js";
import { diskRadius, OPTICS, type Optics, pixelSize } from "./optics.js";
import { type Random, randomFrom } from "./random.js";
import { rotationOf } from "./rotation.js";
import type { Specimen } from "./specimen.js";

/** Takes one diffraction pattern: fills `counts` (size * size), cost in proportion to the electrons. */
export type Expose = (position: number, counts: Uint16Array) => void;

/** However many beams are excited, no more than this share of the electrons leaves the direct beam. */
const MOST = 0.85;
/** Mean free path in the amorphous patch, Å, and the share scattered by the support film under everything. */
const AMORPHOUS_PATH = 900;
const FILM = 0.025;
/** Width of the soft edge of the disks, px at 192. */
const EDGE = 0.9;
/** Loss of energy: mean free path in the patch, Å; it blurs: characteristic angle and cut-off, px at 192. */
const LOSS_PATH = 1300;
const LOSS_WIDTH = 0.13;
const LOSS_CUT = 18;
const LOSS_LOG = Math.log(1 + (LOSS_CUT / LOSS_WIDTH) ** 2);
const TURN_X = Float64Array.from({ length: RADII }, (_, i) => Math.cos((2 * Math.PI * i) / RADII));
const TURN_Y = Float64Array.from({ length: RADII }, (_, i) => Math.sin((2 * Math.PI * i) / RADII));
const STREAM = 0x100000;

/** What electrons meet on their way through one area. */
interface Passage {
  /** Shares of the electrons that go into diffracted beams, are scattered by disorder and by heat, lose energy. */
  diffracted: number;
  film: number;
  heat: number;
  loss: number;
  thickness: number;
  readonly optics: Optics;
  readonly beams: Beams;
  readonly chooser: AliasTable;
  readonly haloRadii: Float64Array;
  heatRadii: Float64Array;
}

/** Prepares the exposure of a specimen at `dose` electrons per pattern, each pattern with noise of its own. */
export function exposureOf(specimen: Specimen, size: number, dose: number, seed: number, optics: Optics = OPTICS): Expose {
  const { mixture, truth, grains } = specimen;
  const thermal = new Map([...new Set([0, ...grains.map((g) => g.phase)])].map((phase) => [phase, thermalTable(phase, size)]));
  const passage: Passage = {
    diffracted: 0,
    film: 0,
    heat: 0,
    loss: 0,
    thickness: 0,
    optics,
    beams: beamRoom(),
    chooser: aliasTable(BEAM_ROOM),
    haloRadii: haloTable(size),
    heatRadii: thermal.get(0) as Float64Array,
  };
  const meet = (area: number, position: number): void => {
    const { beams, chooser } = passage;
    const thickness = truth.thickness[position] as number;
    const grain = grains[area - FIRST_GRAIN];
    passage.diffracted = 0;
    passage.thickness = thickness;
    passage.heat = 0;
    passage.film = area === VACUUM ? 0 : area === AMORPHOUS ? 1 - Math.exp(-thickness / AMORPHOUS_PATH) : FILM;
    passage.loss = area === VACUUM ? 0 : 1 - Math.exp(-thickness / LOSS_PATH);
    if (!grain || thickness <= 0) return;
    const phase = phaseOf(grain.phase);
    excite(beams, grain.phase, rotationOf(specimen.orientation(grain, position)), thickness, size, optics);
    if (beams.count > 0) chooser.prepare(beams.weight, beams.count, beams.total);
    passage.diffracted = MOST * (1 - Math.exp(-beams.total / MOST));
    passage.heat = 1 - Math.exp(-thickness / phase.thermalPath);
    passage.loss = 1 - Math.exp(-thickness / phase.inelasticPath);
    passage.heatRadii = thermal.get(grain.phase) as Float64Array;
  };
  return (position, counts) => {
    counts.fill(0);
    const random = randomFrom(seed, STREAM + position);
    const row = truth.centre[position * 2] as number;
    const column = truth.centre[position * 2 + 1] as number;
    for (let i = mixture.start[position] as number; i < (mixture.start[position + 1] as number); i++) {
      meet(mixture.area[i] as number, position);
      shower(random.poisson(dose * (mixture.share[i] as number)), row, column, size, passage, random, counts);
    }
  };
}

/** Square of the radius in which a point of the disk is drawn. */
const DISK = 32768 * 32768;

/** Lets electrons fall on the detector one by one; (row, column) is the middle of the direct beam. */
function shower(electrons: number, row: number, column: number, size: number, passage: Passage, random: Random, counts: Uint16Array): void {
  const { diffracted, film, heat, loss, thickness, optics, beams, chooser, haloRadii, heatRadii } = passage;
  const scale = size / 192;
  const edge = (EDGE * scale) / 256;
  const half = diskRadius(size, optics) / 32768;
  const px = pixelSize(size);
  const still = optics.precession === 0;
  for (let e = 0; e < electrons; e++) {
    // A point of the disk: of the square around it, until it lies inside.
    let dx = 0;
    let dy = 0;
    do {
      const word = random.word();
      dx = (word & 0xffff) - 32767.5;
      dy = (word >>> 16) - 32767.5;
    } while (dx * dx + dy * dy > DISK);
    // Two differences of uniform numbers make the edge soft.
    const soft = random.word();
    let x = column + dx * half + ((soft & 0xff) - ((soft >>> 8) & 0xff)) * edge;
    let y = row + dy * half + (((soft >>> 16) & 0xff) - (soft >>> 24)) * edge;
    const u = random.uniform();
    if (u < diffracted) {
      const i = chooser.draw(u / diffracted, random.uniform());
      // Where the probe is not precessed, disks have the contrast of the rocking curve, and the direct beam lacks what they have.
      if (!still || random.uniform() < rocking(beams, i, dx * half * px, dy * half * px, thickness, px)) {
        x += beams.x[i] as number;
        y += beams.y[i] as number;
      }
    }
    if (random.uniform() < loss) {
      // A Lorentzian in two dimensions, cut off.
      const far = LOSS_WIDTH * scale * Math.sqrt(Math.exp(random.uniform() * LOSS_LOG) - 1);
      const turn = random.word() & (RADII - 1);
      x += far * (TURN_X[turn] as number);
      y += far * (TURN_Y[turn] as number);
    }
    const v = random.uniform();
    if (v < film + heat) {
      const pick = random.word();
      const far = (v < film ? haloRadii : heatRadii)[pick >>> 20] as number;
      x += far * (TURN_X[pick & (RADII - 1)] as number);
      y += far * (TURN_Y[pick & (RADII - 1)] as number);
    }
    if (optics.ellipse) {
      const [u, v] = [x - column, y - row];
      const along = optics.ellipse.stretch * (u * optics.ellipse.cos + v * optics.ellipse.sin);
      x += along * optics.ellipse.cos;
      y += along * optics.ellipse.sin;
    }
    const c = Math.floor(x + 0.5);
    const r = Math.floor(y + 0.5);
    if (c >= 0 && r >= 0 && c < size && r < size) counts[r * size + c] = (counts[r * size + c] as number) + 1;
  }
}

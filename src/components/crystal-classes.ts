import { AngleFit } from "./angle-fit.js";
import { define, layAlong } from "./class-pattern.js";
import { rateOf, sumBack } from "./class-sum.js";
import type { Geometry } from "./geometry.js";
import type { ClassRecord, CrystalPattern } from "./library.js";
import { type Aligned, type Leaf, Linkage } from "./linkage.js";
import { largest } from "./linked-regions.js";
import { Peaks } from "./peaks.js";
import { GRID, type PolarScale, type RegionSum } from "./polar-events.js";
import { freeSums } from "./region-sum.js";
import { type Rotation, refine, type Turnable, wrap } from "./rotation.js";
import { bestBranch, fitTemplate, type Member, type Template } from "./template.js";

const { sectors: SECTORS } = GRID;
/** A region that is not linked is a piece of one that it touches where both correlate so well as they lie: of random crystals that do, one in ten is another grain. */
const AS_IT_LIES = 0.4;
/** Others stay what they are, or go to the class that they are most like; before the map is settled only where they are so much like it, and are not told else. */
const CLEAR = 0.56;
/** A group is of a class that it is not seen at now where it correlates so well. */
const SAME = 0.4;
/** By so much more do regions correlate that are in one class, and less that are in two: only what is clear moves the map. */
const STICK = [0.05, 0.05] as const;
/** Sectors to either side of the direction of a neighbour, and which part of the best correlation is almost as good: twins have half. */
const NEAR_TURN = 2;
const ALMOST = 0.75;

/** A crystalline region. */
export interface CrystalRegion {
  readonly geometry: Geometry;
  readonly sum: RegionSum;
  readonly frames: number;
  readonly positions: ArrayLike<number>;
  /** Id of the class before, -1 for none. */
  readonly known: number;
  /** Other regions that touch it, by their place in the list. */
  readonly neighbours: readonly number[];
}

/** Where the classes of groups come from. */
export interface ClassIds {
  /** Ids that groups of positions go on with, -1 for none; frozen classes are not among them. */
  claims(groups: readonly (readonly ArrayLike<number>[])[]): number[];
  /** Ids that new groups of positions go on with, -1 for none: of classes of the same scan as it was taken before. */
  earlier(groups: readonly (readonly ArrayLike<number>[])[]): number[];
  /** Such a class as it was known then; null: it is none. */
  zeroOf(id: number): CrystalPattern | null;
  /** Opens a class; `id` -1: a new one. */
  open(pattern: CrystalPattern, id: number): ClassRecord;
  readonly records: ReadonlyMap<number, ClassRecord>;
}

/** What a region is found to be; `turn`: by how many sectors it is turned against the zero of the class. */
export interface Found {
  readonly class: number;
  readonly turn: number;
  readonly confidence: number;
}

interface Group {
  readonly members: readonly Aligned[];
  readonly template: Template;
  id: number;
}

/** Rotation-aligned classes of crystalline regions. */
export class CrystalClasses {
  readonly #rotation: Rotation;
  readonly #peaks: Peaks;
  readonly #linkage: Linkage;
  /** By the first member: the template of a group that did not change is not fitted again. */
  readonly #fitted = new WeakMap<Turnable, { readonly members: readonly Member[]; readonly template: Template }>();
  readonly #angles: AngleFit;
  /** Correlation of two regions as they lie. */
  readonly #here = new Float64Array(SECTORS);
  /** By the first member: the turns of the members of a class, and what they were found from. */
  readonly #sharpened = new WeakMap<Geometry, { readonly from: readonly unknown[]; readonly turns: readonly number[] }>();
  /** There are as many classes as there may be, and some of them are two. */
  forced = false;
  constructor(scale: PolarScale, rotation: Rotation) {
    this.#rotation = rotation;
    this.#angles = new AngleFit(scale, rotation);
    this.#peaks = new Peaks(rotation);
    this.#linkage = new Linkage(rotation, scale);
  }

  /** The class and angle of each region; templates of classes are brought up to date. `settle`: whatever they were before; `most`: no more classes than so many. */
  update(regions: readonly CrystalRegion[], ids: ClassIds, { settle, most }: { settle: boolean; most: number }): Found[] {
    this.forced = false;
    if (regions.length === 0) return [];
    const linked = largest(regions, settle);
    const { groups: found, forced } = this.#linkage.link(
      linked.map((i): Leaf => {
        const { geometry, frames, known } = regions[i];
        return { pattern: geometry.friedel, frames, electrons: geometry.electrons, known: settle ? -1 : known };
      }),
      { stick: STICK, most, arePieces: (a, b) => this.#arePieces(regions, linked[a], linked[b]) },
    );
    this.forced = forced;
    const groups = found.map((aligned): Group => {
      const members = aligned.map(({ leaf, turn }) => ({ leaf: linked[leaf], turn }));
      return { members, template: this.#fit(members.map((m) => memberOf(regions[m.leaf], m.turn))), id: -1 };
    });
    this.#name(groups, regions, ids);
    const of = new Map(groups.flatMap((g) => g.members.map((m) => [m.leaf, g.id])));
    for (const [i, { known }] of regions.entries()) if (!settle && !of.has(i) && ids.records.get(known)?.crystal) of.set(i, known);
    const small = settle ? [...regions.keys()].filter((i) => !of.has(i)) : [];
    for (const i of small) {
      const sibling = this.#sibling(regions, linked, i);
      if (sibling >= 0) of.set(i, of.get(sibling) as number);
    }
    const classes = [...new Set(of.values())].sort((a, b) => a - b).map((id) => ids.records.get(id) as ClassRecord);
    const placed = regions.map(({ geometry }, i) => this.#place(geometry, of.get(i) ?? -1, classes, settle ? 0 : CLEAR));
    const laid = this.#layAsNeighbours(placed, regions, ids);
    return classes.reduce((all, record) => this.#sharpen(all, regions, record), laid);
  }

  /** The linked region that another one touches and looks most like as both lie; -1: none. */
  #sibling(regions: readonly CrystalRegion[], linked: readonly number[], i: number): number {
    let [best, most] = [-1, AS_IT_LIES];
    for (const j of regions[i].neighbours) {
      if (!linked.includes(j)) continue;
      const [height] = this.#rotation.correlateAt(regions[i].geometry.friedel, regions[j].geometry.friedel, 0, 1, this.#here);
      if (height > most) [best, most] = [j, height];
    }
    return best;
  }

  /** Whether two regions touch and correlate best as they lie. */
  #arePieces(regions: readonly CrystalRegion[], i: number, j: number): boolean {
    const [a, b] = [regions[i], regions[j]];
    return a.neighbours.includes(j) && this.#peaks.areOneWay(a.geometry.friedel, b.geometry.friedel);
  }

  #fit(members: readonly Member[]): Template {
    const first = (members[0] as Member).friedel;
    const before = this.#fitted.get(first);
    if (before && areSame(before.members, members)) return before.template;
    const template = fitTemplate(this.#rotation, members);
    this.#fitted.set(first, { members, template });
    return template;
  }

  /**
   * Parts of a grain that bends may look like its class in another direction: where one correlates best with a larger neighbour of its class as both lie, and
   * with the class almost as well where that one lies, it lies there. Twins, which are mixtures at their borders, are far from that.
   */
  #layAsNeighbours(found: readonly Found[], regions: readonly CrystalRegion[], { records }: ClassIds): Found[] {
    const laid = found.slice();
    const order = [...regions.keys()].sort((i, j) => regions[j].frames - regions[i].frames || i - j);
    for (const [at, i] of order.entries()) {
      const { geometry, neighbours } = regions[i];
      const larger = order.slice(0, at).find((j) => neighbours.includes(j) && laid[j].class === laid[i].class);
      if (larger === undefined || laid[i].class < 0 || !this.#peaks.areOneWay(geometry.friedel, regions[larger].geometry.friedel)) continue;
      const { friedel } = crystalOf(records.get(laid[i].class) as ClassRecord);
      const c = this.#rotation.correlate(geometry.friedel, friedel);
      const { turn, height } = refine(c, laid[larger].turn, NEAR_TURN);
      if (height > ALMOST * Math.max(...c)) laid[i] = { ...laid[i], turn };
    }
    return laid;
  }

  /** Better angles of the members of a class: against its rates where they are frozen, else against each other, and together against those at first. */
  #sharpen(found: readonly Found[], regions: readonly CrystalRegion[], record: ClassRecord): Found[] {
    const crystal = crystalOf(record);
    const { fold, zeroRate, zeroFrames } = crystal;
    const own = found.flatMap((f, i) => (f.class === record.id ? [i] : []));
    if (own.length === 0) return found.slice();
    const against = record.frozen ? [record.rate, record.frames] : [zeroRate, zeroFrames];
    const from = [fold, record.frozen, ...against, ...own.flatMap((i) => [regions[i].geometry, found[i].turn])];
    const first = regions[own[0]].geometry;
    const known = this.#sharpened.get(first);
    const isKnown = known !== undefined && areEqual(from, known.from);
    const members = isKnown ? [] : own.map((i) => ({ sum: regions[i].sum, turn: found[i].turn }));
    const turns = isKnown ? known.turns : this.#turnsOf(members, record, crystal);
    this.#sharpened.set(first, { from, turns });
    const better = found.slice();
    for (const [k, i] of own.entries()) better[i] = { ...found[i], turn: wrap(turns[k]) % (SECTORS / fold) };
    return better;
  }

  #turnsOf(members: readonly { readonly sum: RegionSum; readonly turn: number }[], record: ClassRecord, crystal: CrystalPattern): number[] {
    const { fold, zeroRate, zeroFrames } = crystal;
    if (record.frozen) return members.map((m) => this.#angles.against(record.rate, record.frames, m.sum, m.turn, fold));
    const together = this.#angles.together(members, fold);
    const sum = sumBack(
      members.map((m) => m.sum),
      together,
    );
    if (zeroFrames === 0) record.crystal = { ...crystal, zeroRate: rateOf(sum), zeroFrames: sum.frames };
    const shift = zeroFrames === 0 ? 0 : this.#angles.against(zeroRate, zeroFrames, sum, 0, fold);
    freeSums([sum]);
    return together.map((turn) => turn + shift);
  }

  /** Ids of groups: of the frozen class that they are most like, then of their positions, then of a class not seen now, then of what was there before, else new. */
  #name(groups: readonly Group[], regions: readonly CrystalRegion[], ids: ClassIds): void {
    const frozen = [...ids.records.values()].filter((r) => r.crystal !== null && r.frozen);
    for (const g of groups) g.id = this.#nearest(g.template, frozen);
    const open = groups.filter((g) => g.id < 0);
    const claims = ids.claims(open.map((g) => g.members.map((m) => regions[m.leaf].positions)));
    for (const [i, g] of open.entries()) g.id = claims[i];
    this.#recall(
      open.filter((g) => g.id < 0),
      ids,
      new Set(claims),
    );
    const left = open.filter((g) => g.id < 0);
    const earlier = ids.earlier(left.map((g) => g.members.map((m) => regions[m.leaf].positions)));
    for (const [i, g] of left.entries()) g.id = earlier[i];
    for (const g of open) {
      const record = ids.records.get(g.id);
      if (record?.crystal) record.crystal = layAlong(this.#rotation, g.template, record.crystal);
      else g.id = ids.open(define(this.#rotation, g.template, ids.zeroOf(g.id)), g.id).id;
    }
  }

  #nearest(template: Template, records: readonly ClassRecord[]): number {
    let [best, most] = [-1, SAME];
    for (const record of records) {
      const { height } = this.#peaks.of(template.friedel, crystalOf(record).friedel);
      if (height > most) [best, most] = [record.id, height];
    }
    return best;
  }

  /** Groups without an id take those of classes that are not seen elsewhere, the most alike first. */
  #recall(groups: readonly Group[], ids: ClassIds, taken: Set<number>): void {
    const pairs: { group: Group; id: number; height: number }[] = [];
    for (const group of groups)
      for (const { id, crystal, frozen } of ids.records.values()) {
        if (crystal === null || frozen || taken.has(id)) continue;
        const { height } = this.#peaks.of(group.template.friedel, crystal.friedel);
        if (height > SAME) pairs.push({ group, id, height });
      }
    pairs.sort((a, b) => b.height - a.height || a.id - b.id);
    for (const { group, id } of pairs) {
      if (group.id >= 0 || taken.has(id)) continue;
      group.id = id;
      taken.add(id);
    }
  }

  /**
   * Class, angle and confidence of a region: how far ahead of the next class its own is. `id` -1: the class that it is most like, if it is so much
   * like it. */
  #place({ friedel, plain }: Geometry, id: number, classes: readonly ClassRecord[], least: number): Found {
    const peaks = classes.map((record) => ({ record, height: this.#peaks.of(friedel, crystalOf(record).friedel).height }));
    const own = peaks.find((p) => p.record.id === id) ?? peaks.reduce((a, b) => (b.height > a.height ? b : a), peaks[0]);
    if (!own || (id < 0 && own.height < least)) return NONE;
    const other = Math.max(0, ...peaks.filter((p) => p !== own).map((p) => p.height));
    const confidence = own.height > 0 ? Math.max(0, Math.min(1, 1 - other / own.height)) : 0;
    const pattern = crystalOf(own.record);
    const { turn } = refine(this.#rotation.correlate(friedel, pattern.friedel));
    const { fold, friedelFold } = pattern;
    const branch = fold % 2 === 0 ? turn : bestBranch(this.#rotation.correlate(plain, pattern.plain), turn, friedelFold);
    return { class: own.record.id, turn: branch, confidence };
  }
}

/** It is not known yet. */
const NONE: Found = { class: -1, turn: Number.NaN, confidence: 0 };

const crystalOf = (record: ClassRecord): CrystalPattern => record.crystal as CrystalPattern;

const memberOf = ({ geometry, frames }: CrystalRegion, turn: number): Member => ({
  plain: geometry.plain,
  friedel: geometry.friedel,
  weight: Math.sqrt(frames),
  turn,
});

function areSame(a: readonly Member[], b: readonly Member[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [m, n] = [a[i] as Member, b[i] as Member];
    if (m.plain !== n.plain || m.friedel !== n.friedel || m.weight !== n.weight || m.turn !== n.turn) return false;
  }
  return true;
}

function areEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

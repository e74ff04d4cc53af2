import type { PolarKernels } from "../kernels/polar-kernels.js";
import { rateOf, sumBack } from "./class-sum.js";
import { CrystalClasses, type CrystalRegion, type Found } from "./crystal-classes.js";
import { type DescribedRegion, DescribedRegions } from "./described-regions.js";
import { EarlierIds, type IdsOfPositions } from "./earlier-ids.js";
import { grainGroups, type MomentsOf } from "./grain-groups.js";
import { Identity, type SavedIdentity } from "./identity.js";
import { type ClassRecord, type CrystalPattern, checkScale, type Library, openRecord, saveRecord } from "./library.js";
import { SURE_FRAMES } from "./linked-regions.js";
import { clusterProfiles, limitProfiles, type ProfileClass } from "./other-classes.js";
import { BINS, GRID, type PolarScale } from "./polar-events.js";
import { addProfile, type Profile, profileDistance } from "./radial-profile.js";
import type { Region, RegionClass } from "./region-class.js";
import { freeSums } from "./region-sum.js";
import { Rotation } from "./rotation.js";
import { tellCrystals } from "./tell-crystals.js";

const { rings: RINGS, sectors: SECTORS } = GRID;
const SECTOR = (2 * Math.PI) / SECTORS;
/** Core frames that a region must have to be told what it is, unless the map is to be settled. */
const LEAST_FRAMES = 4;

/** What can be saved of `Classes`: plain numbers, which JSON keeps to the bit. */
export interface SavedClasses {
  readonly library: Library;
  readonly classes: SavedIdentity;
  readonly grains: SavedIdentity;
  readonly scan: readonly number[];
}

interface Entry extends DescribedRegion {
  /** Class before, -1: none. */
  readonly known: number;
}

/** Classes, in-plane angles and grains of the regions of a scan, with ids that are permanent over updates, and over scans through a library. */
export class Classes {
  readonly rotation: Rotation;
  readonly #scale: PolarScale;
  readonly #described: DescribedRegions;
  readonly #crystals: CrystalClasses;
  readonly #ids: Identity;
  readonly #grains: Identity;
  readonly #records = new Map<number, ClassRecord>();
  readonly #most: number;
  #earlier: EarlierIds | null = null;
  /** There are as many classes as there may be, and some of them would be two. */
  limited = false;

  /**
   * `most`: of classes in use, 2 at least: one of what is crystalline and one of what is not. Throws RangeError where `saved` is damaged, or of another
   * scale.
   */
  constructor(scale: PolarScale, saved: SavedClasses | null = null, kernels?: PolarKernels, most = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#scale = scale;
    this.rotation = new Rotation(scale, kernels);
    this.#described = new DescribedRegions(scale, this.rotation, saved?.scan ?? []);
    this.#crystals = new CrystalClasses(scale, this.rotation);
    this.#ids = new Identity(saved?.classes);
    this.#grains = new Identity(saved?.grains);
    if (saved) this.load(saved.library);
  }

  /** All classes by id, those of earlier scans and those not seen now among them. */
  get records(): ReadonlyMap<number, ClassRecord> {
    return this.#records;
  }

  /** Takes classes of earlier scans, before the first update; `frozen`: none of them is changed. Throws RangeError. */
  load(library: Library, frozen = false): void {
    checkScale(library, this.#scale);
    const opened = library.classes.map((saved) => openRecord(saved, this.rotation));
    for (const record of opened.sort((a, b) => a.id - b.id)) {
      this.#records.set(record.id, { ...record, frozen: frozen || record.frozen });
      this.#ids.reserve(record.id);
      this.#grains.reserve(record.grain);
    }
  }

  /** Ids of classes to come are above this one. */
  reserve(id: number): void {
    this.#ids.reserve(id);
  }

  /** Ids go on where most of what they stood for was, before the first update; nothing else of what was known then is used. */
  goOn(ids: IdsOfPositions): void {
    this.#earlier = new EarlierIds(ids);
    this.#ids.reserve(ids.classes.next - 1);
    this.#grains.reserve(ids.grains.next - 1);
  }

  /** Ids by position. */
  get ids(): IdsOfPositions {
    const records = this.#sorted().map(({ id, crystal, grain }) => ({ id, crystal, grain }));
    return { classes: this.#ids.save(), grains: this.#grains.save(), records };
  }

  freeze(id: number, frozen: boolean): void {
    const record = this.#records.get(id);
    if (record) record.frozen = frozen;
  }

  /**
   * Finds classes, angles and grains of all regions of a scan anew. `settle`: without regard to how the map was cut before; `momentsOf`: as for grainGroups.
   * Regions of too few frames are left out.
   */
  update(regions: Iterable<Region>, settle = false, momentsOf: MomentsOf | null = null): Map<number, RegionClass> {
    const list = [...regions].filter((r) => r.sum.frames > 0 && r.coreFrames >= (settle ? 1 : LEAST_FRAMES)).sort((a, b) => a.id - b.id);
    const entries = this.#described.of(list).map((d): Entry => ({ ...d, known: this.#ids.most(d.region.positions) }));
    const isCrystal = tellCrystals(
      entries.map(({ geometry, profile, known, region }) => {
        const before = settle ? undefined : this.#records.get(known);
        return { geometry, profile, before: before ? before.crystal !== null : null, stays: region.coreFrames < SURE_FRAMES };
      }),
    );
    const found = new Array<Found>(list.length);
    const crystals = entries.flatMap((_, i) => (isCrystal[i] ? [i] : []));
    const others = entries.flatMap((_, i) => (isCrystal[i] ? [] : [i]));
    const upper = this.#findCrystals(
      crystals.map((i) => entries[i]),
      settle,
      Math.max(1, this.#most - Number(others.length > 0)),
    );
    this.limited = this.#crystals.forced;
    const used = new Set(upper.map((f) => f.class)).size;
    const lower = this.#findOthers(
      others.map((i) => entries[i]),
      Math.max(1, this.#most - used),
    );
    for (const [k, f] of upper.entries()) found[crystals[k]] = f;
    for (const [k, f] of lower.entries()) found[others[k]] = f;
    this.#sumUp(entries, found);
    const told = [...list.keys()].filter((i) => found[i].class >= 0);
    return this.#answer(
      told.map((i) => list[i]),
      told.map((i) => found[i]),
      momentsOf,
    );
  }

  save(): SavedClasses {
    return {
      library: this.library(),
      classes: this.#ids.save(),
      grains: this.#grains.save(),
      scan: Array.from(this.#described.rates),
    };
  }

  /** The classes, for other scans of the same camera length. */
  library(): Library {
    return { scale: this.#scale, classes: this.#sorted().map(saveRecord) };
  }

  #sorted(): ClassRecord[] {
    return [...this.#records.values()].sort((a, b) => a.id - b.id);
  }

  #findCrystals(entries: readonly Entry[], settle: boolean, most: number): Found[] {
    const place = new Map(entries.map(({ region }, i) => [region.id, i]));
    const regions = entries.map(({ region, geometry, known }): CrystalRegion => {
      const neighbours = region.neighbours.flatMap((id) => place.get(id) ?? []).sort((a, b) => a - b);
      return { geometry, sum: region.sum, frames: region.coreFrames, positions: region.positions, known, neighbours };
    });
    const may = (id: number): boolean => {
      const record = this.#records.get(id);
      return record !== undefined && record.crystal !== null && !record.frozen;
    };
    const ids = {
      records: this.#records,
      claims: (groups: readonly (readonly ArrayLike<number>[])[]) => this.#ids.claims(groups, may),
      earlier: (groups: readonly (readonly ArrayLike<number>[])[]) => this.#claimEarlier(groups, true),
      zeroOf: (id: number) => this.#earlier?.crystal(id) ?? null,
      open: (crystal: CrystalPattern, id: number) => this.#open(crystal, -1, { counts: new Float64Array(RINGS + 1), electrons: 0 }, id),
    };
    return this.#crystals.update(regions, ids, { settle, most });
  }

  #claimEarlier(groups: readonly (readonly ArrayLike<number>[])[], isCrystal: boolean): number[] {
    return this.#earlier?.claim(groups, isCrystal, (id) => this.#records.has(id)) ?? groups.map(() => -1);
  }

  /** `earlier`: the id that it goes on with; -1: a new one. */
  #open(crystal: CrystalPattern | null, grain: number, profile: Profile, earlier: number): ClassRecord {
    const record = {
      id: earlier >= 0 ? earlier : this.#ids.fresh(),
      crystal,
      grain,
      profile,
      rate: new Float64Array(BINS + 1),
      frames: 0,
      frozen: false,
    };
    this.#records.set(record.id, record);
    return record;
  }

  #findOthers(entries: readonly Entry[], most: number): Found[] {
    const records = this.#sorted().filter((r) => r.crystal === null);
    const classes: ProfileClass[] = records.slice();
    const members = entries.map(({ profile, region, known }) => ({ profile, weight: region.coreFrames, known }));
    const of = clusterProfiles(members, classes, (profile, i) => {
      const [id] = this.#claimEarlier([[entries[i].region.positions]], false);
      const grain = this.#earlier?.grain(id) ?? -1;
      return this.#open(null, grain >= 0 ? grain : this.#grains.fresh(), profile, id);
    });
    this.limited = limitProfiles(members, of, classes, most) || this.limited;
    const kept = new Set(classes.map((c) => c.id));
    for (const { id } of this.#sorted()) if (this.#records.get(id)?.crystal === null && !kept.has(id)) this.#records.delete(id);
    return of.map((id, i) => {
      const distances = classes.map((c) => ({ id: c.id, d: Math.max(0, profileDistance(members[i].profile, c.profile)) }));
      const own = distances.find((c) => c.id === id)?.d ?? 0;
      const other = Math.min(1, ...distances.filter((c) => c.id !== id).map((c) => c.d));
      return { class: id, turn: Number.NaN, confidence: other > 0 ? Math.max(0, 1 - own / other) : 0 };
    });
  }

  /** Mean rates of the classes along their zeros, and how many frames they have. */
  #sumUp(entries: readonly Entry[], found: readonly Found[]): void {
    for (const record of this.#sorted()) {
      if (record.frozen || !found.some((f) => f.class === record.id)) continue;
      const own = entries.flatMap((entry, i) => (found[i].class === record.id ? [{ ...entry, turn: found[i].turn }] : []));
      const sums = own.map((e) => e.region.sum);
      const sum = sumBack(
        sums,
        own.map((e) => (record.crystal === null ? 0 : e.turn)),
      );
      record.rate = rateOf(sum);
      freeSums([sum]);
      record.profile = own.map((e) => e.profile).reduce(addProfile);
      record.frames = own.reduce((sum, e) => sum + e.region.coreFrames, 0);
    }
  }

  #answer(list: readonly Region[], found: readonly Found[], momentsOf: MomentsOf | null): Map<number, RegionClass> {
    const members = list.map((region, i) => {
      const { crystal } = this.#records.get(found[i].class) as ClassRecord;
      return {
        id: region.id,
        class: found[i].class,
        angle: found[i].turn * SECTOR,
        fold: crystal?.fold ?? 0,
        alike: crystal?.friedelFold ?? 0,
        frames: region.sum.frames,
        neighbours: region.neighbours,
      };
    });
    const groups = grainGroups(members, momentsOf);
    const positions = groups.map((g) => g.map((i) => list[i].positions));
    const whole = new Set([...this.#records.values()].map((r) => r.grain));
    const claims = this.#grains.claims(positions, (id) => !whole.has(id));
    const wholes = groups.map((group) => (this.#records.get(members[group[0]].class) as ClassRecord).grain);
    const fresh = groups.flatMap((_, k) => (wholes[k] < 0 && claims[k] < 0 ? [k] : []));
    const earlier = this.#earlier?.claimGrains(fresh.map((k) => positions[k])) ?? [];
    for (const [i, id] of earlier.entries()) claims[fresh[i]] = id;
    const answers = new Map<number, RegionClass>();
    for (const [k, group] of groups.entries()) {
      const own = wholes[k];
      const grain = own >= 0 ? own : claims[k] >= 0 ? claims[k] : this.#grains.fresh();
      for (const i of group) {
        const { class: id, angle, fold } = members[i];
        this.#grains.set(list[i].positions, grain);
        this.#ids.set(list[i].positions, id);
        answers.set(list[i].id, { class: id, angle, fold, confidence: found[i].confidence, grain });
      }
    }
    return answers;
  }
}

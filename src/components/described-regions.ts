import { type Geometry, GeometryMaker } from "./geometry.js";
import type { PolarScale } from "./polar-events.js";
import { addProfile, type Profile, profileOf, ringAreas } from "./radial-profile.js";
import type { Region } from "./region-class.js";
import { fingerprint } from "./region-sum.js";
import type { Rotation } from "./rotation.js";

/** Mean rates of the scan are taken anew where one changed by so much: until then, geometry vectors stay as they are. */
const CHANGED = 0.1;

/** What a region looks like. */
export interface DescribedRegion {
  readonly region: Region;
  readonly geometry: Geometry;
  readonly profile: Profile;
}

/** Geometry of a region, and the fingerprint of the sums that it was made of. */
interface Known {
  readonly print: string;
  readonly geometry: Geometry;
}

/** Describes the regions of a scan, anew only where their sums changed, or the scan as a whole. */
export class DescribedRegions {
  readonly #maker: GeometryMaker;
  readonly #areas: Float64Array;
  #known = new Map<number, Known>();
  /** [rings + 1] Isotropic mean rates of the regions; empty: not known yet. */
  rates: Float64Array;

  constructor(scale: PolarScale, rotation: Rotation, rates: readonly number[]) {
    this.#maker = new GeometryMaker(scale, rotation);
    this.#areas = ringAreas(scale);
    this.rates = Float64Array.from(rates);
  }

  of(regions: readonly Region[]): DescribedRegion[] {
    this.#takeRates(regions);
    const known = new Map<number, Known>();
    const described = regions.map((region) => {
      const print = [...new Set([region.sum, region.core])].map(fingerprint).join();
      const before = this.#known.get(region.id);
      const geometry = before?.print === print ? before.geometry : this.#maker.make(region.sum, this.rates, region.core);
      known.set(region.id, { print, geometry });
      return { region, geometry, profile: profileOf(region.sum, this.#areas) };
    });
    this.#known = known;
    return described;
  }

  #takeRates(regions: readonly Region[]): void {
    if (regions.length === 0) return;
    const sum = regions.map((r) => profileOf(r.sum, this.#areas)).reduce(addProfile);
    const frames = regions.reduce((n, r) => n + r.sum.frames, 0);
    const rates = sum.counts.map((v, r) => v / this.#areas[r] / frames);
    if (this.rates.length > 0 && rates.every((v, r) => Math.abs(v - this.rates[r]) <= CHANGED * v)) return;
    this.rates = rates;
    this.#known = new Map();
  }
}

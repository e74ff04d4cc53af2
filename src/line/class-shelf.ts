import { type Library, openRecord } from "../components/library.js";
import type { PolarScale } from "../components/polar-events.js";
import { Rotation } from "../components/rotation.js";

/** Radii of disks that differ less are those of one camera length. */
const SAME_RADIUS = 0.05;
const isNear = (a: PolarScale, b: PolarScale): boolean => Math.abs(a.radius / b.radius - 1) < SAME_RADIUS && a.outer === b.outer;

/** Classes of earlier scans by camera length; no id is used twice among them. */
export class ClassShelf {
  #libraries: readonly Library[] = [];
  #highest = 0;

  get libraries(): readonly Library[] {
    return this.#libraries;
  }

  /** The highest id that any class had. */
  get highest(): number {
    return this.#highest;
  }

  /** Those of the camera length of a scan; the radius of a disk is measured anew in each, and a little different. */
  near(scale: PolarScale): Library | null {
    return this.#libraries.find((l) => isNear(l.scale, scale)) ?? null;
  }

  /** Puts classes in the place of those of their camera length. */
  put(library: Library): void {
    this.#libraries = [...this.#libraries.filter((l) => !isNear(l.scale, library.scale)), library];
    this.reserve(...library.classes.map((c) => c.id));
  }

  /** Keeps a class as it is from the next scan on, or lets it go on. */
  freeze(id: number, frozen: boolean): void {
    this.#libraries = this.#libraries.map((l) => ({ ...l, classes: l.classes.map((c) => (c.id === id ? { ...c, frozen } : c)) }));
  }

  /** These ids belong to somebody. */
  reserve(...ids: readonly number[]): void {
    for (const id of ids) this.#highest = Math.max(this.#highest, id);
  }
}

/** Throws RangeError, which names the class that cannot be used and says why. */
export function checkLibraries(libraries: readonly Library[]): void {
  for (const { scale, classes } of libraries) {
    const rotation = new Rotation(scale);
    for (const saved of classes) openRecord(saved, rotation);
  }
}

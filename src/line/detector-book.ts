import { Fault } from "../core/fault.js";
import {
  type DetectorSet,
  detectorProblem,
  MOST_DETECTORS,
  type NewDetector,
  NO_DETECTORS,
  type VirtualDetector,
} from "../core/virtual-detector.js";

/** The virtual detectors of the session, as people place and remove them: each series takes them over from its next line on. */
export class DetectorBook {
  #set: DetectorSet = NO_DETECTORS;
  #made = 0;

  constructor(first: readonly NewDetector[] = []) {
    for (const detector of first) this.add(detector);
  }

  /** As they are now; another set has a higher version. */
  get set(): DetectorSet {
    return this.#set;
  }
  get list(): readonly VirtualDetector[] {
    return this.#set.slots.filter((d) => d !== null);
  }
  has(id: string): boolean {
    return this.#set.slots.some((d) => d?.id === id);
  }

  /** Faults: bad-usage where it cannot be, or all columns are taken. */
  add({ name, what }: NewDetector): VirtualDetector {
    const problem = detectorProblem({ name, what });
    if (problem) throw new Fault("bad-usage", "detector", problem);
    const column = this.#set.slots.indexOf(null);
    if (column < 0)
      throw new Fault("bad-usage", "detector", `there are ${MOST_DETECTORS} virtual detectors, and no more at a time: remove one`);
    const detector = { id: `virtual_${++this.#made}`, name: name.trim(), what };
    this.#replace(column, detector);
    return detector;
  }

  /** false: there is none. */
  remove(id: string): boolean {
    const column = this.#set.slots.findIndex((d) => d?.id === id);
    if (column >= 0) this.#replace(column, null);
    return column >= 0;
  }

  #replace(column: number, detector: VirtualDetector | null): void {
    this.#set = { version: this.#set.version + 1, slots: this.#set.slots.with(column, detector) };
  }
}

import { Component, isSameArea, type Part, type Pending } from "./component.js";
import { BINS, type PolarFrame } from "./polar-events.js";
import type { SavedReservoir } from "./reservoir.js";

/** A frame as it is replayed; `parts`: components that may be in it. */
export interface Remembered {
  readonly position: number;
  readonly frame: PolarFrame;
  readonly parts: readonly Part[];
}

/** A frame as plain numbers; `area`: number of its table. */
interface SavedFrame {
  readonly position: number;
  readonly bins: readonly number[];
  readonly direct: number;
  readonly area: number;
  readonly parts: readonly Part[];
}

interface SavedComponent {
  readonly id: number;
  readonly rate: readonly number[];
  readonly explained: readonly number[];
  readonly exposed: readonly number[];
  readonly frames: number;
  readonly recent: number;
  readonly idle: number;
  readonly pending: null | { readonly turn: number; readonly area: number; readonly electrons: number };
}

/** What can be saved of `Nmf`: plain numbers, which JSON keeps to the bit. */
export interface SavedNmf {
  readonly areas: readonly (readonly number[])[];
  readonly components: readonly SavedComponent[];
  readonly reservoir: SavedReservoir<SavedFrame>;
  readonly unexplained: readonly SavedFrame[];
  readonly extra: readonly (readonly [number, Part])[];
  readonly epoch: number;
  readonly opened: number;
  readonly left: readonly [number, number];
}

/** The state of `Nmf`. */
export interface NmfState {
  readonly components: Map<number, Component>;
  readonly reservoir: SavedReservoir<Remembered>;
  readonly unexplained: Map<number, Remembered>;
  readonly extra: Map<number, Part>;
  readonly epoch: number;
  readonly opened: number;
  readonly left: [number, number];
}

export function saveNmf({ components, reservoir, unexplained, extra, epoch, opened, left }: NmfState): SavedNmf {
  const areas: Float32Array[] = [];
  const areaOf = (area: Float32Array): number => {
    const known = areas.findIndex((a) => isSameArea(a, area));
    return known >= 0 ? known : areas.push(area) - 1;
  };
  const saveFrame = ({ position, frame, parts }: Remembered): SavedFrame => ({
    position,
    bins: Array.from(frame.bins),
    direct: frame.direct,
    area: areaOf(frame.area),
    parts,
  });
  const saved = {
    components: [...components.values()].map(
      ({ id, rate, sums, recent, idle, pending }): SavedComponent => ({
        id,
        rate: Array.from(rate),
        explained: Array.from(sums.explained),
        exposed: Array.from(sums.exposed),
        frames: sums.frames,
        recent,
        idle,
        pending: pending && { ...pending, area: areaOf(pending.area) },
      }),
    ),
    reservoir: { ...reservoir, items: reservoir.items.map(saveFrame) },
    unexplained: [...unexplained.values()].map(saveFrame),
    extra: [...extra],
    epoch,
    opened,
    left,
  };
  return { areas: areas.map((a) => Array.from(a)), ...saved };
}

/** null: a state to begin with. Throws RangeError where arrays have other lengths, or bins are none. */
export function openNmf(saved: SavedNmf | null, seed: number): NmfState {
  if (saved === null)
    return {
      components: new Map(),
      reservoir: { items: [], seen: 0, state: seed },
      unexplained: new Map(),
      extra: new Map(),
      epoch: 0,
      opened: 0,
      left: [0, 0],
    };
  const areas = saved.areas.map((a) => Float32Array.from(numbers(a, "a table of live areas")));
  const openFrame = ({ position, bins, direct, area, parts }: SavedFrame): Remembered => {
    if (areas[area] === undefined || !bins.every((b) => b >= 0 && b < BINS))
      throw new RangeError("saved factorisation: a frame is damaged");
    const frame: PolarFrame = { bins: Uint16Array.from(bins), direct, area: areas[area] };
    return { position, frame, parts };
  };
  const components = saved.components.map((c) => {
    const sums = {
      explained: Float64Array.from(numbers(c.explained, "sums of a component")),
      exposed: Float64Array.from(numbers(c.exposed, "sums of a component")),
      frames: c.frames,
    };
    const component = new Component(c.id, Float64Array.from(numbers(c.rate, "rates of a component")), sums);
    [component.recent, component.idle] = [c.recent, c.idle];
    component.pending = c.pending && ({ ...c.pending, area: areas[c.pending.area] } as Pending);
    return [c.id, component] as const;
  });
  return {
    components: new Map(components),
    reservoir: { ...saved.reservoir, items: saved.reservoir.items.map(openFrame) },
    unexplained: new Map(saved.unexplained.map((f) => [f.position, openFrame(f)])),
    extra: new Map(saved.extra),
    epoch: saved.epoch,
    opened: saved.opened,
    left: [saved.left[0], saved.left[1]],
  };
}

function numbers(list: readonly number[], what: string): readonly number[] {
  if (!Array.isArray(list) || list.length !== BINS + 1 || !list.every((v) => Number.isFinite(v)))
    throw new RangeError(`saved factorisation: ${what} are not ${BINS + 1} numbers`);
  return list;
}

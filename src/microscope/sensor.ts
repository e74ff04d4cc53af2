import { type Random, randomFrom } from "./random.js";

/** Pixels that misbehave. Indices into [row, column], C order. */
export interface Sensor {
  /** Count by themselves, every frame. Not in the mask: the line has to find them. */
  readonly hot: readonly number[];
  /** Never count. Not in the mask either. */
  readonly dead: readonly number[];
  /** In the mask, and sent as the type's maximum. */
  readonly masked: readonly number[];
  /** Non-zero is masked. */
  readonly mask: Uint8Array;
  /** Puts the faults of the sensor on a pattern. */
  spoil(counts: Uint16Array, position: number): void;
}

const HOT = 4;
const DEAD = 3;
const MASKED = 4;
/** Own counts of the hot pixels per frame: of the faintest, and how much more of each next one. */
const GLOW = 6;
const STREAM = 0x7365;
const NOISE_STREAM = 0x40000000;

/** Picks the bad pixels of a detector of size * size. */
export function makeSensor(size: number, seed: number): Sensor {
  const bad = pick(HOT + DEAD + MASKED, size * size, randomFrom(seed, STREAM));
  const hot = bad.slice(0, HOT);
  const dead = bad.slice(HOT, HOT + DEAD);
  const masked = bad.slice(HOT + DEAD);
  const mask = new Uint8Array(size * size);
  for (const i of masked) mask[i] = 1;
  return {
    hot,
    dead,
    masked,
    mask,
    spoil(counts, position) {
      const random = randomFrom(seed, NOISE_STREAM + position);
      hot.forEach((i, n) => {
        counts[i] = (counts[i] ?? 0) + random.poisson(GLOW * (n + 1));
      });
      for (const i of dead) counts[i] = 0;
      for (const i of masked) counts[i] = 0xffff;
    },
  };
}

function pick(count: number, from: number, random: Random): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(Math.floor(random.uniform() * from));
  return [...chosen];
}

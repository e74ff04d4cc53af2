import { Denoiser, type DenoiseSetup } from "./denoiser.js";

const [ROWS, COLUMNS, SIZE] = [12, 32, 48];
const COUNTS = 200;
/** Of a frame: so many counts in one of the spots, the rest anywhere. */
const IN_SPOTS = 3 / 4;
const SPOTS = 6;
const HIGH = 65535;

/**
 * Denoises a small scan of made-up spots and forgets it: code that has run is compiled well, and the first rows of the first scan need not wait
 * for that.
 */
export function warmUp(tools: Pick<DenoiseSetup, "newEstimator" | "products" | "features">): void {
  const denoiser = new Denoiser({ columns: COLUMNS, height: SIZE, width: SIZE, ...tools });
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const spot = (n: number): number => ((n + 1) * 373) % (SIZE * SIZE);
  const counts = new Uint16Array(SIZE * SIZE);
  const frame = (): Uint16Array => {
    counts.fill(0);
    for (let i = 0; i < COUNTS; i++) {
      const pixel = random() < IN_SPOTS ? spot(Math.floor(SPOTS * random())) : Math.floor(SIZE * SIZE * random());
      (counts[pixel] as number) += 1;
    }
    return counts;
  };
  const centre = new Float64Array(2 * COLUMNS).fill(SIZE / 2);
  for (let row = 0; row < ROWS; row++) {
    denoiser.takeRow(row, () => [frame()], HIGH, { centre, radius: SIZE / 10 });
    while (denoiser.work());
    for (const bank of denoiser.judged()) void bank;
  }
  denoiser.finish();
}

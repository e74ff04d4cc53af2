/** A stream of random numbers that depends on nothing but its seeds: the same seeds give the same bits on every machine. */
export interface Random {
  /** Whole number in [0, 2^32). */
  word(): number;
  /** In [0, 1). */
  uniform(): number;
  /** Standard normal deviate. */
  normal(): number;
  /** Whole number of events of a Poisson process with this mean. */
  poisson(mean: number): number;
}

/** Scrambles a number to 32 well-mixed bits (the finaliser of MurmurHash3). */
export function scramble(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The generator sfc32 (C. Doty-Humphrey, PractRand), one independent stream per (seed, stream). */
export function randomFrom(seed: number, stream: number): Random {
  let a = scramble(seed);
  let b = scramble(stream ^ 0x9e3779b9);
  let c = scramble(Math.imul(seed, 31) + stream);
  let counter = 1;
  const word = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  const uniform = (): number => word() * 2.3283064365386963e-10;
  // Box-Muller; 1 - u is never 0.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const poisson = (mean: number): number => (mean < 30 ? poissonByProduct(mean, uniform) : poissonByRejection(mean, uniform));
  return { word, uniform, normal, poisson };
}

/** Knuth's product of uniforms: exact, time in proportion to the mean. */
function poissonByProduct(mean: number, uniform: () => number): number {
  const limit = Math.exp(-mean);
  let product = uniform();
  let n = 0;
  while (product > limit) {
    product *= uniform();
    n++;
  }
  return n;
}

/** Transformed rejection PTRS (W. Hoermann, Insurance: Mathematics and Economics 12 (1993) 39): exact, constant time. */
function poissonByRejection(mean: number, uniform: () => number): number {
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const top = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = 1 - uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= top) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k)) return k;
  }
}

/** ln k! by Stirling's series from 10 on: error below 1e-9. */
function logFactorial(k: number): number {
  if (k < 10) {
    let f = 1;
    for (let i = 2; i <= k; i++) f *= i;
    return Math.log(f);
  }
  const n = k + 1;
  return (n - 0.5) * Math.log(n) - n + 0.9189385332046727 + 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
}

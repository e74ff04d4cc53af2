import { dotFrom } from "../kernels/count-events.js";
import type { PolarKernels } from "../kernels/polar-kernels.js";
import { Component, emptySums, nominalAreas, type Part, wide } from "./component.js";
import { type Explanation, explain, explainCounts } from "./explanation.js";
import { patternOf } from "./hierarchy.js";
import { fitShares } from "./mixture-fit.js";
import { knownCandidates, type Mixtures, turnedParts } from "./mixtures.js";
import { BINS, type PolarFrame, type PolarScale } from "./polar-events.js";
import { Reservoir } from "./reservoir.js";
import { connectedAreas } from "./residual-areas.js";
import { addSpread, Rotation, type Turnable } from "./rotation.js";
import { openNmf, type Remembered, type SavedNmf, saveNmf } from "./saved-nmf.js";
import { countFrame, type FrameCounts, RateSmoother, type TurnedRates } from "./turned-rates.js";

/** Frames that are kept for replay, and how many of them are learnt from again per epoch. */
const KEPT = 512;
const REPLAYED = 64;
/** A class starts its component with no more frames than so many. */
const STARTED = 16;
/** What is learnt in the first epochs is forgotten: sums of epoch t so far count (1 - 1/t)^1.5. */
const EARLY = 3;
const FORGET = 1.5;
/** A frame is not explained where its deviance is so many standard deviations above what is expected. */
const UNEXPLAINED = 4;
/** Components are one where they correlate so well, and a residual is of a known one where it correlates so well. */
const SAME = 0.95;
const ALIKE = 0.5;
/** A component that explains less than this share for two epochs sleeps. */
const IDLE = 1e-3;
const IDLE_EPOCHS = 2;
/** No more components are opened than there may be at once. */
const MOST = 32;

interface NmfSetup {
  readonly scale: PolarScale;
  readonly columns: number;
  readonly kernels?: PolarKernels | undefined;
  readonly seed?: number;
}

/**
 * Online non-negative factorisation of polar frames by components at angles of their own, for Poisson counts. Sums per component are additive over
 * frames; every epoch makes new rates of them. Components with positive ids are those of classes, others were opened on what classes do not explain.
 */
export class Nmf implements Mixtures {
  readonly columns: number;
  readonly #nominal: Float64Array;
  readonly #rotation: Rotation;
  readonly #smoother: RateSmoother;
  /** By the rates that they were made of. */
  readonly #patterns = new WeakMap<Float64Array, Turnable>();
  readonly components: Map<number, Component>;
  readonly #reservoir: Reservoir<Remembered>;
  /** Frames that were not explained since the last epoch. */
  readonly #unexplained: Map<number, Remembered>;
  /** What else than the candidates explains a position. */
  readonly extra: Map<number, Part>;
  #epoch: number;
  #opened: number;
  /** Sums over learnt frames: deviance that mixtures save, and excess that classes alone leave. */
  #left: [number, number];

  /** Throws RangeError where `saved` is damaged. */
  constructor({ scale, columns, kernels, seed = 1 }: NmfSetup, saved: SavedNmf | null = null) {
    this.columns = columns;
    this.#nominal = nominalAreas(scale);
    this.#rotation = new Rotation(scale, kernels);
    this.#smoother = new RateSmoother(scale, kernels);
    const state = openNmf(saved, seed);
    this.components = state.components;
    this.#reservoir = new Reservoir(KEPT, state.reservoir);
    this.#unexplained = state.unexplained;
    this.extra = state.extra;
    [this.#epoch, this.#opened, this.#left] = [state.epoch, state.opened, state.left];
  }

  /** Of the deviance beyond noise that classes alone leave, the part that mixtures explain. */
  get explained(): number {
    const [saved, alone] = this.#left;
    return alone > 0 ? saved / alone : 0;
  }

  /** Starts a component with the mean rates of a class, of so many frames; one that is there stays as it is. */
  start(id: number, rate: Float64Array, frames: number): void {
    if (this.components.has(id) || !(frames > 0)) return;
    this.#add(id, rate, frames, Math.min(STARTED, frames));
  }

  /** `known`: frames that the rates are of; `frames`: as how many of them they count from now on. */
  #add(id: number, rate: Float64Array, known: number, frames: number): void {
    const firm = this.#smoother.firm(
      rate,
      this.#nominal.map((a) => a * known),
    );
    const dose = dotFrom(firm, this.#nominal, 0, BINS + 1);
    const sums = emptySums();
    sums.frames = frames;
    for (let b = 0; b <= BINS; b++) {
      sums.exposed[b] = this.#nominal[b] * dose * frames;
      sums.explained[b] = this.#nominal[b] * firm[b] * frames;
      firm[b] = firm[b] / dose;
    }
    this.components.set(id, new Component(id, firm, sums));
  }

  /** Explains the frame of a position; `candidates`: components that may be in it, that of its class first. Changes nothing. */
  explain(position: number, frame: PolarFrame, candidates: readonly Part[]): Explanation | null {
    return explain(this, position, frame, candidates);
  }

  /** An explanation, and learns from it; from what is not explained only at the end of the epoch, when there may be a component for it. */
  learn(position: number, frame: PolarFrame, candidates: readonly Part[]): Explanation | null {
    const remembered = { position, frame, parts: candidates };
    const counted = countFrame(frame);
    const all = this.#candidates(position, candidates);
    const turned = this.#turned(all);
    const explained = explainCounts(counted, all, turned);
    if (!explained) return null;
    const [explanation, shares] = explained;
    const alone = turned[0].deviance(counted);
    this.#left[0] += alone - explanation.deviance;
    this.#left[1] += alone - explanation.expected;
    this.#reservoir.offer(remembered);
    if (explanation.residual > UNEXPLAINED) this.#unexplained.set(position, remembered);
    else this.#take(counted, all, shares);
    return explanation;
  }

  #candidates(position: number, candidates: readonly Part[]): Part[] {
    return knownCandidates(this, position, candidates);
  }

  #turned(parts: readonly Part[]): TurnedRates[] {
    return turnedParts(this, parts);
  }

  #take(frame: FrameCounts, parts: readonly Part[], shares: Float64Array): void {
    const mixed = new Float64Array(frame.bins.length);
    const components = parts.map((p) => this.components.get(p.component) as Component);
    for (const [j, p] of parts.entries()) {
      const turned = components[j].at(p.turn);
      const weight = shares[j] / turned.mass(frame.area);
      for (let i = 0; i < mixed.length; i++) mixed[i] += weight * turned.rate[frame.bins[i]];
    }
    for (const [j, p] of parts.entries()) components[j].take(frame, p.turn, shares[j], mixed);
  }

  #takeAgain({ position, frame, parts }: Remembered): void {
    const counted = countFrame(frame);
    const all = this.#candidates(position, parts);
    if (all.length > 0 && counted.electrons > 0) this.#take(counted, all, fitShares(counted, this.#turned(all)));
  }

  #patternOf({ rate }: Component): Turnable {
    const pattern = this.#patterns.get(rate) ?? patternOf(this.#rotation, rate);
    this.#patterns.set(rate, pattern);
    return pattern;
  }

  /** Ends an epoch: opens components on what is not explained, learns again from earlier frames, makes new rates, joins and rests components. */
  endEpoch(): void {
    this.#epoch++;
    for (const area of connectedAreas(this.#unexplained.keys(), this.columns)) this.#openOn(area);
    for (const remembered of [...this.#unexplained.values(), ...this.#reservoir.draw(REPLAYED)]) this.#takeAgain(remembered);
    this.#unexplained.clear();
    const kept = this.#epoch > 1 && this.#epoch <= EARLY ? (1 - 1 / this.#epoch) ** FORGET : 1;
    const ordered = [...this.components.values()].sort((a, b) => a.id - b.id);
    const all = ordered.reduce((sum, c) => sum + c.recent, 0);
    for (const c of ordered) {
      c.idle = c.recent < IDLE * all ? c.idle + 1 : 0;
      c.recent = 0;
      c.renew(this.#nominal, this.#smoother, kept);
    }
    this.#joinAlike();
  }

  /** What is left of the frames of an area: of a known component that was not thought of there, or of a new one. */
  #openOn(area: readonly number[]): void {
    const left = this.#residual(area);
    if (left === null) return;
    const pattern = patternOf(this.#rotation, left);
    let [best, most, turn] = [null as Component | null, ALIKE, 0];
    for (const c of [...this.components.values()].sort((a, b) => b.id - a.id)) {
      const peak = this.#rotation.peak(pattern, this.#patternOf(c));
      if (peak.height > most) [best, most, turn] = [c, peak.height, peak.turn];
    }
    if (!best && [...this.components.values()].filter((c) => c.idle < IDLE_EPOCHS).length >= MOST) return;
    const id = best?.id ?? -++this.#opened;
    if (best) best.idle = 0;
    else this.#add(id, left, area.length, area.length);
    for (const p of area) this.extra.set(p, { component: id, turn });
  }

  /** [BINS + 1] Mean rates of what the candidates do not explain of some frames; null where nothing is left. */
  #residual(area: readonly number[]): Float64Array | null {
    const sum = new Float64Array(BINS + 1);
    const live = new Float64Array(BINS + 1);
    for (const position of area) {
      const { frame, parts } = this.#unexplained.get(position) as Remembered;
      const counted = countFrame(frame);
      const all = this.#candidates(position, parts);
      const explained = explainCounts(counted, all, this.#turned(all));
      if (!explained) continue;
      for (let i = 0; i < counted.bins.length; i++) sum[counted.bins[i]] += counted.counts[i];
      for (const [j, p] of all.entries()) {
        const turned = (this.components.get(p.component) as Component).at(p.turn);
        const scale = (-counted.electrons * explained[1][j]) / turned.mass(counted.area);
        for (let b = 0; b <= BINS; b++) sum[b] += scale * turned.rate[b] * counted.area[b];
      }
      addSpread(wide(counted.area), 0, 1, live);
    }
    const mean = sum.map((v, b) => (live[b] > 0 ? v / live[b] : 0));
    const rate = this.#smoother.firm(mean, new Float64Array(BINS + 1));
    const left = rate.map((v) => Math.max(0, v));
    return left.some((v) => v > 0) ? left : null;
  }

  /** Opened components that came to look like another one are taken over by it. */
  #joinAlike(): void {
    const ordered = [...this.components.values()].sort((a, b) => b.id - a.id);
    for (const young of ordered.filter((c) => c.id < 0)) {
      for (const old of ordered) {
        if (old.id <= young.id || !this.components.has(old.id)) continue;
        const peak = this.#rotation.peak(this.#patternOf(young), this.#patternOf(old));
        if (peak.height <= SAME) continue;
        old.absorb(young, peak.turn);
        this.components.delete(young.id);
        for (const [p, part] of this.extra)
          if (part.component === young.id) this.extra.set(p, { component: old.id, turn: part.turn + peak.turn });
        break;
      }
    }
  }

  save(): SavedNmf {
    return saveNmf({
      components: this.components,
      reservoir: this.#reservoir.save(),
      unexplained: this.#unexplained,
      extra: this.extra,
      epoch: this.#epoch,
      opened: this.#opened,
      left: this.#left,
    });
  }
}

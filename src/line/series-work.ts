import { type DenoiseStats, NOT_DENOISED } from "../core/denoise.js";
import type { SeriesChurn } from "../core/series.js";
import type { ComponentRun } from "./component-run.js";
import type { DenoiseOptions, DenoiseRun, Knowledge } from "./denoise-run.js";
import { laneBytes } from "./map-memory.js";
import type { MeasureRun, Waiting } from "./measure-run.js";
import { openComponents } from "./open-components.js";
import { openDenoise } from "./open-denoise.js";
import { openMeasures } from "./open-measures.js";
import type { SeriesParts } from "./series-parts.js";

/** What is done with the frames of a series on a grid: they are measured, denoised and classified. */
export class SeriesWork {
  readonly measures: MeasureRun;
  /** What denoises; a string: why nothing does. */
  readonly denoise: DenoiseRun | string;
  /** What finds components; a string: why nothing does. */
  readonly components: ComponentRun | string;
  readonly #series: SeriesParts;

  constructor(s: SeriesParts) {
    this.#series = s;
    const centreOf: DenoiseOptions["centreOf"] = (image, at, out, i) => this.measures.centreOf(s.map.line(image), image, at, out, i);
    let left = 2;
    const onIdle = (): void => {
      left--;
      if (left === 0) s.onIdle();
    };
    this.denoise = openDenoise(s, centreOf, onIdle);
    this.components = openComponents(s, onIdle);
    const parts = [this.#denoise, this.#components];
    this.measures = openMeasures(s, {
      onFinished: (line) => {
        s.needs.onRow();
        for (const p of parts) p?.finishLine(line, this.#known);
      },
      onLate: (image) => {
        this.#denoise?.late(s.map.at(image), image);
        this.#components?.late(image);
      },
      onIdle: () => {
        for (const p of parts)
          if (p) p.end(this.#known);
          else onIdle();
      },
    });
  }

  get #denoise(): DenoiseRun | null {
    return typeof this.denoise === "string" ? null : this.denoise;
  }
  get #components(): ComponentRun | null {
    return typeof this.components === "string" ? null : this.components;
  }
  get #known(): Knowledge {
    const { path, known } = this.measures;
    const { map } = this.#series;
    const { maskVersion: version, mask, radius, epoch } = known;
    return {
      mask: { version, mask },
      radius,
      epoch,
      centreOf: (image, at, out, i) => path(map.line(image), image, at, out, 2 * i),
    };
  }

  /** What was put off. */
  get waiting(): Waiting {
    return this.measures.waiting;
  }
  get lagRows(): number {
    return Math.max(0, this.measures.closedLines - this.measures.finishedLines);
  }
  /** Positions of complete rows that wait for their neighbours, or for the lane. */
  get refining(): number {
    return this.#denoise?.waiting ?? 0;
  }
  /** Positions of complete rows without a class. */
  get classifying(): number {
    return this.#components?.waiting ?? 0;
  }
  /** Nothing of it is to be classified any more. */
  get classified(): boolean {
    return this.#components?.over ?? true;
  }
  /** What it is denoised with. */
  get denoising(): DenoiseStats {
    return this.#denoise?.stats ?? NOT_DENOISED;
  }
  /** The model that its patterns are made with last. */
  get model(): Uint8Array | "none" {
    return this.#denoise?.model ?? "none";
  }
  /** How much of what is shown of classes and grains is corrected. */
  get churn(): SeriesChurn | null {
    return this.#components?.churn ?? null;
  }

  /** Bytes that lanes take for it, about. */
  get bytes(): number {
    const { needs, frame } = this.#series;
    return (this.#denoise?.bytes ?? 0) + needs.pool.size * laneBytes(frame);
  }

  /** Does what can be done by now. */
  advance(): void {
    this.measures.advance();
    this.#denoise?.advance();
    this.#components?.advance();
  }

  /** Patterns that nobody has asked for are left. */
  cutPatterns(): void {
    this.#denoise?.cut();
  }
  /** Newer series wait for their classes. */
  cutClasses(): void {
    this.#components?.cut();
  }

  /** Lets go of what is held. */
  dispose(): void {
    this.measures.dispose();
    this.#denoise?.dispose();
    this.#components?.dispose();
  }

  /** The lanes forget the series, too. */
  close(): void {
    this.dispose();
    const { number: series, needs } = this.#series;
    if (this.#denoise) needs.pool.askDenoiser("denoiseClose", { series }).catch(needs.onCrash);
    if (this.#components) {
      needs.pool.askLister("listClose", { series }).catch(needs.onCrash);
      needs.pool.askComponents("componentClose", { series }).catch(needs.onCrash);
    }
  }
}

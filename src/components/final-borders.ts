import type { Borders } from "./final-questions.js";
import { type Finishing, shared } from "./finishing.js";
import type { LabelMap } from "./label-map.js";
import { MARGIN, Relabelling, SWEEPS } from "./relabelling.js";
import type { ScanEvents } from "./scan-events.js";
import type { TileParts } from "./tile-parts.js";
import type { Axis } from "./tiling.js";

interface Parts {
  readonly scan: ScanEvents;
  readonly labels: LabelMap;
  readonly parts: TileParts;
}

/** Sweeps over some rows, the same to the bit as over all. */
export class BorderSweeps {
  readonly #labels: LabelMap;
  readonly #pass: Relabelling;
  /** Of the labels in the sweep before. */
  #version = -1;

  /** For one pass. What others will have looked at near these rows is looked at now, before it changes. */
  constructor({ scan, labels, parts }: Parts, first: number, end: number) {
    this.#labels = labels;
    this.#pass = new Relabelling(scan, labels, parts);
    const { rows } = scan.tiles;
    this.#pass.look(rows.startOf(rows.cellOf(first) - MARGIN), first);
    this.#pass.look(end, Math.min(labels.rows, rows.startOf(rows.cellOf(end) + MARGIN)));
  }

  sweep(first: number, end: number): Borders {
    const { columns, confidence, version } = this.#labels;
    const region = this.#pass.sweep(first, end, this.#version);
    this.#version = version;
    return { region, confidence: confidence.slice(first * columns, end * columns) };
  }
}

/** Relabels the positions at borders of a whole scan, about half of them somewhere else. */
export function* relabelAll(of: Parts): Finishing<void> {
  const { labels } = of;
  const { rows, columns } = labels;
  const half = middle(labels, of.scan.tiles.rows);
  const own = new BorderSweeps(of, 0, half);
  let other: BorderSweeps | null = null;
  const answer = (): Borders => {
    other ??= new BorderSweeps(of, half, rows);
    return other.sweep(half, rows);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const asked = { about: "borders", sweep, first: half, end: rows } as const;
    const [{ region }, theirs] = yield* shared(labels, asked, answer, () => own.sweep(0, half));
    labels.lay(0, region);
    labels.lay(half, theirs.region);
    labels.confidence.set(theirs.confidence, half * columns);
  }
}

/** The row, the first of a tile, before which about half of what is at borders lies. */
function middle(labels: LabelMap, tiles: Axis): number {
  const { rows, columns } = labels;
  const upTo = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    let n = 0;
    for (let c = 0; c < columns; c++) n += Number(!labels.isCore(row, c));
    upTo[row + 1] = upTo[row] + n;
  }
  let tile = 0;
  while (tiles.startOf(tile + 1) <= rows && 2 * upTo[tiles.startOf(tile)] < upTo[rows]) tile++;
  return tiles.startOf(tile);
}

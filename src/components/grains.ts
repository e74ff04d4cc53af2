import { addScaled, countEvents } from "../kernels/count-events.js";
import { RegionGraph } from "./merging.js";
import { BINS, DIRECT, type PolarFrame, type PolarScale } from "./polar-events.js";
import { type Labels, Relabelling } from "./relabelling.js";
import { ScanEvents } from "./scan-events.js";
import { type HalfSum, Similarity } from "./similarity.js";
import { STEP, Superpixels } from "./superpixels.js";

const SIZE = BINS + 1;
/** Bands until the superpixels of one are final. */
const DELAY = 2;

export interface GrainsSetup {
  readonly columns: number;
  readonly scale: PolarScale;
}

/** Finds grains while the rows of a scan come in. */
export class Grains implements Labels {
  readonly columns: number;
  rows = 0;
  region = new Int32Array(0);
  confidence = new Float32Array(0);
  boundary = new Uint8Array(0);
  readonly #scan: ScanEvents;
  readonly #superpixels: Superpixels;
  readonly #similarity: Similarity;
  readonly #graph: RegionGraph;
  /** Region of each superpixel that is final. */
  readonly #regionOf = new Map<number, number>();
  #bands = 0;

  constructor({ columns, scale }: GrainsSetup) {
    this.columns = columns;
    this.#scan = new ScanEvents(columns, scale);
    this.#superpixels = new Superpixels(this.#scan);
    this.#similarity = new Similarity(this.#scan, scale);
    this.#graph = new RegionGraph(this.#similarity);
  }

  takeRow(frames: (column: number) => PolarFrame | null): void {
    this.#scan.append(frames);
    this.#grow();
    if (this.#scan.rows % STEP === 0) this.#takeBand();
  }

  finish(): void {
    if (this.#scan.rows % STEP !== 0) this.#takeBand();
    for (let b = Math.max(0, this.#bands - DELAY); b < this.#bands; b++) this.#settle(b);
    const labels = this.region.subarray(0, this.rows * this.columns);
    this.#show(0, this.rows);
    new Relabelling(this.#scan, this).run(0, this.rows, this.confidence);
    void labels;
  }

  #grow(): void {
    const need = this.#scan.rows * this.columns;
    if (this.region.length < need) {
      const grown = new Int32Array(2 * need).fill(-1);
      grown.set(this.region);
      this.region = grown;
      const confidence = new Float32Array(2 * need);
      confidence.set(this.confidence);
      this.confidence = confidence;
    }
  }

  #takeBand(): void {
    this.#superpixels.takeBand(this.#bands);
    this.rows = this.#scan.rows;
    this.#bands++;
    if (this.#bands > DELAY) this.#settle(this.#bands - DELAY - 1);
  }

  /** Makes nodes of the superpixels of a band, which are final, and merges them. */
  #settle(band: number): void {
    const { across, of } = this.#superpixels;
    const sums = new Map<number, { halves: [Float64Array, Float64Array]; area: Float64Array; frames: [number, number] }>();
    const rows: [number, number] = [Math.max(0, (band - 1) * STEP), Math.min(this.rows, (band + 2) * STEP)];
    for (let row = rows[0]; row < rows[1]; row++)
      for (let c = 0; c < this.columns; c++) {
        const id = of[row]?.[c] ?? -1;
        if (id < 0 || Math.floor(id / across) !== band) continue;
        let sum = sums.get(id);
        if (!sum) {
          sum = { halves: [new Float64Array(SIZE), new Float64Array(SIZE)], area: new Float64Array(SIZE), frames: [0, 0] };
          sums.set(id, sum);
        }
        this.#include(sum, row, c);
      }
    const touched: number[] = [];
    for (const [id, sum] of [...sums].sort(([a], [b]) => a - b)) {
      if (sum.frames[0] === 0 || sum.frames[1] === 0) continue; 
      this.#graph.add(id, sum as HalfSum);
      this.#regionOf.set(id, id);
      touched.push(id);
    }
    this.#link(band, rows);
    if ((globalThis as any).process.env.BATCH) { if (rows[1] === this.rows && (band+1)*STEP >= this.rows) this.#graph.merge([...this.#graph.nodes.keys()], (kept, gone) => { for (const [id, r] of this.#regionOf) if (r === gone) this.#regionOf.set(id, kept); }); return; }
    this.#graph.merge(touched, (kept, gone) => {
      for (const [id, r] of this.#regionOf) if (r === gone) this.#regionOf.set(id, kept);
    });
  }

  #link(band: number, [first, end]: readonly [number, number]): void {
    const { across, of } = this.#superpixels;
    const pair = (a: number, b: number): void => {
      if (a < 0 || b < 0 || a === b) return;
      const [x, y] = [Math.floor(a / across), Math.floor(b / across)];
      if (Math.max(x, y) !== band) return;
      this.#graph.link(this.#regionOf.get(a) ?? -1, this.#regionOf.get(b) ?? -1, 1);
    };
    for (let row = first; row < end; row++)
      for (let c = 0; c < this.columns; c++) {
        const own = of[row]?.[c] ?? -1;
        pair(own, of[row]?.[c + 1] ?? -1);
        pair(own, of[row - 1]?.[c] ?? -1);
      }
  }

  #show(first: number, end: number): void {
    for (let row = first; row < end; row++)
      for (let c = 0; c < this.columns; c++)
        this.region[row * this.columns + c] = this.#regionOf.get(this.#superpixels.of[row]?.[c] ?? -1) ?? -1;
  }

  #include(sum: { halves: [Float64Array, Float64Array]; area: Float64Array; frames: [number, number] }, row: number, column: number): void {
    const position = row * this.columns + column;
    const half = (row + column) % 2 as 0 | 1;
    const [events, from, to] = this.#scan.events(position);
    countEvents(events, from, to, 1, sum.halves[half]);
    sum.halves[half][DIRECT] = (sum.halves[half][DIRECT] as number) + this.#scan.direct(position);
    addScaled(this.#scan.areas[this.#scan.table(position)]?.area ?? [], 1, sum.area);
    sum.frames[half]++;
  }
}

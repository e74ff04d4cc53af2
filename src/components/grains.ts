import { RegionAngles } from "./angle-field.js";
import type { AngleMoments } from "./angle-steps.js";
import { Competition } from "./competition.js";
import { relabelAll } from "./final-borders.js";
import type { SplitVerdict } from "./final-questions.js";
import type { Finishing } from "./finishing.js";
import type { GrainsSetup } from "./grains-setup.js";
import { LabelMap } from "./label-map.js";
import { MergedRegions } from "./merged-regions.js";
import { RegionGraph } from "./merging.js";
import { ModulationMeter } from "./modulation.js";
import type { PolarFrame } from "./polar-events.js";
import { RegionJudge } from "./region-judge.js";
import { LEAST_CORE, RegionLikeness } from "./region-likeness.js";
import { freeSums } from "./region-sum.js";
import { type Region, RegionTable } from "./region-table.js";
import { coreSum, RegionTiles } from "./region-tiles.js";
import { Relabelling } from "./relabelling.js";
import { type RowFrames, ScanEvents } from "./scan-events.js";
import { Similarity } from "./similarity.js";
import { addSuperpixels, layLast } from "./superpixel-graph.js";
import type { GrownRow } from "./superpixel-rows.js";
import { type SuperpixelMap, Superpixels } from "./superpixels.js";
import { type KnownBy, knownBy } from "./sure-core.js";
import { TileParts } from "./tile-parts.js";
import type { Axis } from "./tiling.js";

/** Bands until the superpixels of one are final. */
const DELAY = 2;
/** Bands whose tiles are kept: borders of the next one are relabelled by them. */
const KEPT = 4;
/** Regions of less dissolve. */
const LEAST_POSITIONS = 7;

/** Finds grains while the rows of a scan come in. */
export class Grains<G> {
  readonly labels: LabelMap;
  /** Rows before this one have superpixels that are final. */
  settled = 0;
  readonly #scan: ScanEvents;
  readonly #superpixels: SuperpixelMap;
  /** null: rows come with them. */
  readonly #growing: Superpixels | null;
  readonly #similarity: Similarity;
  readonly #graph: RegionGraph;
  readonly #table: RegionTable;
  /** Of superpixels that are final. */
  readonly #merged = new MergedRegions();
  readonly #likeness: RegionLikeness<G>;
  readonly #atOnce: boolean;
  readonly #parts: TileParts;
  readonly #competition: Competition;
  readonly #judge: RegionJudge<G>;
  readonly #angles: RegionAngles;
  readonly #meter: ModulationMeter;
  #bands = 0;
  #fresh = 2 ** 24;

  constructor({ columns, rows = 0, scale, matter, kernels, grown = false, atOnce = false }: GrainsSetup<G>) {
    this.#atOnce = atOnce;
    this.labels = new LabelMap(columns);
    this.#scan = new ScanEvents(columns, scale, kernels, rows);
    this.#growing = grown ? null : new Superpixels(this.#scan);
    this.#superpixels = this.#growing ?? { across: this.#scan.tiles.columns.cells, of: [] };
    this.#similarity = new Similarity(this.#scan, scale);
    this.#graph = new RegionGraph(this.#similarity);
    this.#table = new RegionTable(this.#scan, this.labels);
    this.#parts = new TileParts(this.#scan, this.labels);
    this.#competition = new Competition(this.#scan, this.labels);
    this.#angles = new RegionAngles(this.#scan, this.labels);
    this.#meter = new ModulationMeter(scale, this.#scan.kernels);
    const seen = { scan: this.#scan, labels: this.labels, matter, similarity: this.#similarity };
    this.#judge = new RegionJudge(seen);
    this.#likeness = new RegionLikeness({ ...seen, graph: this.#graph, table: this.#table });
  }

  /** Bytes of the events that are stored. */
  get bytes(): number {
    return this.#scan.bytes;
  }

  /** The stored frame of a position; null: there is none. */
  readonly frameAt = (position: number): PolarFrame | null => this.#scan.frame(position);

  /** What regions are known by once the scan is over. */
  sums(): KnownBy {
    return knownBy(this.#scan, this.labels, this.regions, this.#meter);
  }

  /** How the in-plane angle goes over a region. */
  angleMoments(id: number): AngleMoments {
    return this.#angles.of(this.regions.get(id) as Region);
  }

  get regions(): ReadonlyMap<number, Region> {
    return this.#table.regions;
  }

  /** Takes the next row: answers the rows whose regions changed.  */
  takeRow(frames: RowFrames | GrownRow): number[] {
    this.#scan.append(frames);
    if ("superpixels" in frames) layLast(this.#superpixels, this.#scan.rows, frames.superpixels);
    this.labels.grow(this.#scan.rows);
    if (this.#tiles.endsAt(this.#scan.rows)) this.#takeBand();
    return this.labels.takeChanged();
  }

  /** After the last row: settles everything. Answers the rows whose regions changed. `superpixels`: of the last rows, where they were not known with them. */
  *finishing(superpixels: readonly Int32Array[] = []): Finishing<number[]> {
    layLast(this.#superpixels, this.#scan.rows, superpixels);
    if (!this.#tiles.endsAt(this.#scan.rows)) this.#takeBand();
    const open = this.#atOnce ? 0 : Math.max(0, this.#bands - DELAY);
    this.#settle(open, this.#bands - 1);
    const { rows } = this.#scan;
    this.#show(this.#tiles.startOf(open - 2), rows, (id) => this.#merged.of(id));
    this.settled = rows;
    yield* this.#refineAll();
    const isSplit = yield* this.#splitAll();
    if (this.#separate() || isSplit) yield* this.#refineAll();
    for (let again = true; again; ) {
      const ids = this.#competition.open(this.#table.regions.keys());
      const { rivals } = yield* this.#judge.ask({ about: "rivals", ids });
      this.#competition.know(rivals);
      again = this.#compete();
      if (again) yield* this.#refineAll();
    }
    return this.labels.takeChanged();
  }

  /** Bands of rows. */
  get #tiles(): Axis {
    return this.#scan.tiles.rows;
  }

  #takeBand(): void {
    const band = this.#bands++;
    this.#growing?.takeBand(band);
    if (this.#atOnce) return;
    if (band >= DELAY) this.#settle(band - DELAY, band - DELAY);
    // Superpixels of the last bands are not final, and have no region yet.
    this.#show(this.#tiles.startOf(band - DELAY - 1), this.#scan.rows, (id) => this.#merged.of(id));
    if (band > DELAY) {
      const [first, end] = [this.#tiles.startOf(band - DELAY - 1), this.#tiles.startOf(band - DELAY)];
      new Relabelling(this.#scan, this.labels, this.#parts).run(first, end);
      this.#tidy(first, end, first);
      this.settled = first;
      this.#parts.forget(band - DELAY - KEPT);
    }
  }

  /** Makes nodes of the superpixels of some bands, which are final, and merges them. */
  #settle(first: number, last: number): void {
    const touched = addSuperpixels(this.#graph, this.#scan, this.#superpixels, first, last, {
      add: (id) => this.#merged.add(id),
      of: (id) => this.#merged.of(id),
    });
    this.#graph.merge(
      touched,
      (kept, gone) => this.#unite(kept, gone),
      (a, b) => this.#likeness.differ(a, b),
    );
  }

  #unite(kept: number, gone: number): void {
    this.#merged.unite(kept, gone);
    const [first, last] = this.labels.span(gone) ?? [0, -1];
    if (this.#table.regions.has(gone)) this.#table.unite(kept, gone);
    this.labels.rename(gone, kept);
    // What was a border between them is core now.
    this.#table.update(Math.max(0, first - 1), Math.min(this.#table.rows, last + 2));
    this.#likeness.forget(kept);
    this.#likeness.forget(gone);
  }

  #show(first: number, end: number, regionOf: (id: number) => number): void {
    for (let row = first; row < end; row++)
      for (let c = 0; c < this.labels.columns; c++) this.labels.set(row, c, regionOf(this.#superpixels.of[row]?.[c] ?? -1));
  }

  /** Relabels all borders, and tidies up. */
  *#refineAll(): Finishing<void> {
    const { rows } = this.#scan;
    yield* relabelAll({ scan: this.#scan, labels: this.labels, parts: this.#parts });
    this.#tidy(0, rows, rows);
  }

  /** After borders of some rows were relabelled: dissolves what is too small and ends before `open`, and merges what is of one matter. */
  #tidy(first: number, end: number, open: number): void {
    const from = Math.max(0, first - 1);
    this.#table.update(from, end);
    this.#dissolve(open);
    const touched = new Set<number>();
    for (let at = from * this.labels.columns; at < end * this.labels.columns; at++) touched.add(this.labels.region[at]);
    this.#mergeAlike(touched);
  }

  #dissolve(open: number): void {
    for (const id of [...this.#table.regions.keys()].sort((a, b) => a - b)) {
      const { coreFrames, positions } = this.#table.regions.get(id) as Region;
      if (coreFrames >= LEAST_CORE && positions >= LEAST_POSITIONS) continue;
      if ((this.labels.span(id)?.[1] ?? -1) < open) this.#giveUp(id, open);
    }
  }

  /** Gives the positions of a region to those around it. */
  #giveUp(id: number, open: number): void {
    const [first, last] = this.labels.span(id) ?? [0, -1];
    for (let left = this.#table.regions.get(id)?.positions ?? 0, before = left + 1; left > 0 && left < before; ) {
      before = left;
      new Relabelling(this.#scan, this.labels, this.#parts).run(first, last + 1, new Set([id]));
      this.#table.update(Math.max(0, first - 1), Math.min(open, last + 2));
      left = this.#table.regions.get(id)?.positions ?? 0;
    }
    if (this.#table.regions.get(id)?.positions !== 0) return;
    this.#table.regions.delete(id);
    this.#graph.remove(id);
    this.#merged.delete(id);
  }

  /** Gives up regions that those around them foretell better, the smallest first. True: some are gone. */
  #compete(): boolean {
    const before = this.#table.regions.size;
    const order = [...this.#table.regions.values()].sort((a, b) => a.positions - b.positions || a.id - b.id).map((r) => r.id);
    for (const id of order) if (this.#competition.isWeak(id)) this.#giveUp(id, this.#scan.rows);
    return this.#table.regions.size < before;
  }

  /** Splits what is two, and what becomes of it. True: something was. */
  *#splitAll(): Finishing<boolean> {
    let isSplit = false;
    for (let ids = [...this.#table.regions.keys()].sort((a, b) => a - b); ids.length > 0; isSplit ||= ids.length > 0) {
      const { splits } = yield* this.#judge.ask({ about: "splits", ids });
      const known = new Map(splits.map((s) => [s.id, s]));
      ids = ids.flatMap((id) => this.#split(known.get(id) as SplitVerdict));
    }
    return isSplit;
  }

  /** Splits a region that is two, each connected part a region of its own; answers them all. */
  #split({ id, side, kinds }: SplitVerdict): number[] {
    if (side === null) return [];
    const tiles = new RegionTiles(this.#scan, this.labels, id);
    freeSums(tiles.sums);
    const other = this.#fresh++;
    tiles.move(side, other);
    const sides = [id, other].map((side) => [side, ...this.labels.separate(side, LEAST_POSITIONS, () => this.#fresh++)]);
    const parts = this.#replace(id, sides.flat());
    for (const a of sides[0]) for (const b of sides[1]) this.#graph.keepApart(a, b, !kinds);
    return parts;
  }

  /** Makes each connected area of a region one of its own. True: there are more. */
  #separate(): boolean {
    const before = this.#fresh;
    for (const id of [...this.#table.regions.keys()].sort((a, b) => a - b)) {
      const others = this.labels.separate(id, LEAST_POSITIONS, () => this.#fresh++);
      if (others.length > 0) this.#replace(id, [id, ...others]);
    }
    return this.#fresh > before;
  }

  /** Parts take the place of a region, whose id one of them has; answers those that have a core. */
  #replace(id: number, parts: readonly number[]): number[] {
    const [first, last] = this.labels.span(id) ?? [0, -1];
    this.#table.update(Math.max(0, first - 1), Math.min(this.labels.rows, last + 2));
    this.#graph.remove(id);
    const kept = parts.filter((part) => this.#addPart(part));
    for (const a of kept)
      for (const [b, n] of this.#table.regions.get(a)?.neighbours ?? []) if (a < b || !kept.includes(b)) this.#graph.link(a, b, n);
    // Parts of one grain on either side of a step are joined by their angles, not as regions.
    for (const part of kept) this.#graph.keepPartApart(part, id);
    return kept;
  }

  /** A region that came of another one; false: none of its frames is core. */
  #addPart(id: number): boolean {
    this.#merged.add(id);
    this.#likeness.forget(id);
    const sum = coreSum(this.#scan, this.labels, id);
    if (sum.halfFrames[0] === 0 || sum.halfFrames[1] === 0) return false;
    this.#graph.add(id, sum);
    return true;
  }

  #mergeAlike(touched: ReadonlySet<number>): void {
    for (let again = true; again; ) {
      again = false;
      for (const id of [...touched].sort((a, b) => a - b))
        for (const other of [...(this.#table.regions.get(id)?.neighbours.keys() ?? [])].sort((a, b) => a - b)) {
          const [kept, gone] = [Math.min(id, other), Math.max(id, other)];
          if (!this.#table.regions.has(id) || !this.#table.regions.has(other) || !this.#likeness.areOne(kept, gone)) continue;
          if (this.#graph.nodes.has(kept) && this.#graph.nodes.has(gone)) this.#graph.unite(kept, gone);
          this.#unite(kept, gone);
          again = true;
        }
    }
  }
}

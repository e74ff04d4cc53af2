import { borderSums } from "./border-sums.js";
import type { LabelMap } from "./label-map.js";
import { type Matter, SAME_PROFILE } from "./matter.js";
import type { Node, RegionGraph } from "./merging.js";
import { freeSums } from "./region-sum.js";
import type { RegionTable } from "./region-table.js";
import type { ScanEvents } from "./scan-events.js";
import { freeSignatures, type Similarity } from "./similarity.js";
import { STEP } from "./tiling.js";

/** Core frames without which a region is not described. */
export const LEAST_CORE = 2;
/** Frames of a node whose geometry tells it from another one. */
const SURE_FRAMES = 3 * STEP * STEP;
/** A region is described anew when so much of it is new. */
const CHANGED = 0.1;
/** Frames on each side of a border that tell whether it is one. */
const LEAST_BORDER = 4;
/** Grains are alike by so much at a border that is none; twins are less. */
const SAME_AT_BORDER = 0.75;

interface Parts<G> {
  readonly scan: ScanEvents;
  readonly labels: LabelMap;
  readonly matter: Matter<G>;
  readonly similarity: Similarity;
  readonly graph: RegionGraph;
  readonly table: RegionTable;
}

interface Described<G> {
  readonly matter: G;
  readonly crystalline: boolean;
  readonly frames: number;
}

/** Tells whether neighbouring regions are one thing. */
export class RegionLikeness<G> {
  readonly #parts: Parts<G>;
  readonly #nodeMatter = new WeakMap<Node, G>();
  readonly #described = new Map<number, Described<G>>();
  /** What was found not to be one; known as long as neither is described anew. */
  readonly #unlike = new WeakMap<Described<G>, WeakSet<Described<G>>>();

  constructor(parts: Parts<G>) {
    this.#parts = parts;
  }

  /** A region is not what it was. */
  forget(id: number): void {
    this.#described.delete(id);
  }

  /** Whether two nodes are crystals of different directions, each large enough to tell. */
  differ(a: Node, b: Node): boolean {
    if (Math.min(a.sum.frames, b.sum.frames) < SURE_FRAMES) return false;
    const { matter, similarity } = this.#parts;
    const [x, y] = [this.#seen(a), this.#seen(b)];
    return matter.crystalline(x) && matter.crystalline(y) && !matter.sameGrain(x, y, similarity.compare(a.signature, b.signature));
  }

  #seen(node: Node): G {
    const { matter, scan } = this.#parts;
    const known = this.#nodeMatter.get(node) ?? matter.describe(node.sum, scan.mean);
    this.#nodeMatter.set(node, known);
    return known;
  }

  areOne(a: number, b: number): boolean {
    if (this.#parts.graph.areApart(a, b)) return false;
    const [x, y] = [this.#describe(a), this.#describe(b)];
    if (!x || !y || x.crystalline !== y.crystalline || this.#unlike.get(x)?.has(y)) return false;
    const alike = this.#compare(a, b, x, y);
    if (!alike) this.#unlike.set(x, (this.#unlike.get(x) ?? new WeakSet()).add(y));
    return alike;
  }

  #describe(id: number): Described<G> | null {
    const { table, matter: maker, scan } = this.#parts;
    const region = table.regions.get(id);
    if (!region || region.coreFrames < LEAST_CORE) return null;
    const { coreFrames: frames } = region;
    const known = this.#described.get(id);
    if (known && Math.abs(frames - known.frames) <= CHANGED * known.frames) return known;
    const matter = maker.describe(region.core, scan.mean);
    const described = { matter, crystalline: maker.crystalline(matter), frames };
    this.#described.set(id, described);
    return described;
  }

  #compare(a: number, b: number, x: Described<G>, y: Described<G>): boolean {
    const { graph, similarity, matter } = this.#parts;
    const [p, q] = [a, b].map((id) => graph.nodes.get(id)?.signature);
    if (!p || !q) return false;
    if (!x.crystalline) return similarity.profileDistance(p, q) < SAME_PROFILE;
    if (!matter.sameGrain(x.matter, y.matter, similarity.compare(p, q))) return false;
    return similarity.merit(p, q) > 0 || this.#areAlikeAtBorder(a, b);
  }

  /** Whether what is near their border is alike: two ends of a bent grain need not be, twins that share spots are not. */
  #areAlikeAtBorder(a: number, b: number): boolean {
    const { scan, labels, similarity } = this.#parts;
    const [p, q] = borderSums(scan, labels, a, b);
    const tooFew = [p, q].some(({ frames, halfFrames }) => frames < LEAST_BORDER || halfFrames[0] === 0 || halfFrames[1] === 0);
    const [x, y] = tooFew ? [] : [similarity.of(p), similarity.of(q)];
    freeSums([p, q]);
    if (!x || !y) return true;
    const alike = similarity.merit(x, y, SAME_AT_BORDER) > 0;
    freeSignatures([x, y]);
    return alike;
  }
}

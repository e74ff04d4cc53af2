import { addSum, freeSums, type HalfSum } from "./region-sum.js";
import { freeSignatures, type Signature, type Similarity } from "./similarity.js";

/** A region while regions merge. */
export interface Node {
  readonly id: number;
  readonly sum: HalfSum;
  readonly signature: Signature;
  /** Links between neighbouring positions across the border, by the id of the region there. */
  readonly links: Map<number, number>;
}

interface Pair {
  readonly score: number;
  readonly a: Node;
  readonly b: Node;
}

const LEAST_LINKS = 2;

/** Whether x leads the heap before y: the more alike, then the lower ids. */
const leads = (x: Pair, y: Pair): boolean =>
  x.score !== y.score ? x.score > y.score : x.a.id !== y.a.id ? x.a.id < y.a.id : x.b.id < y.b.id;

class Heap {
  readonly #items: Pair[] = [];

  push(item: Pair): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!leads(item, items[up] as Pair)) break;
      items[at] = items[up] as Pair;
      at = up;
    }
    items[at] = item;
  }

  pop(): Pair | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= items.length) break;
      if (down + 1 < items.length && leads(items[down + 1] as Pair, items[down] as Pair)) down++;
      if (!leads(items[down] as Pair, last)) break;
      items[at] = items[down] as Pair;
      at = down;
    }
    items[at] = last;
    return top;
  }
}

/** Regions and their neighbours; the most alike merge first. */
export class RegionGraph {
  readonly nodes = new Map<number, Node>();
  readonly #similarity: Similarity;
  /** Regions that were split and stay so; true: and what they are split into. */
  readonly #apart = new Map<number, Map<number, boolean>>();

  constructor(similarity: Similarity) {
    this.#similarity = similarity;
  }

  /** `sum` is the graph's from now on. */
  add(id: number, sum: HalfSum): void {
    this.nodes.set(id, { id, sum, signature: this.#similarity.of(sum), links: new Map() });
  }

  link(a: number, b: number, links: number): void {
    const [x, y] = [this.nodes.get(a), this.nodes.get(b)];
    if (!x || !y || a === b) return;
    x.links.set(b, (x.links.get(b) ?? 0) + links);
    y.links.set(a, (y.links.get(a) ?? 0) + links);
  }

  /**
   * Merges neighbours of these regions, and of what becomes of them, while any are alike; `merged` hears of each: the lower id stays. `differ`: what
   * must not merge, however alike. */
  merge(touched: Iterable<number>, merged: (kept: number, gone: number) => void, differ: (a: Node, b: Node) => boolean): void {
    const heap = new Heap();
    for (const id of touched) this.#offer(heap, id);
    for (let pair = heap.pop(); pair; pair = heap.pop()) {
      const { a, b } = pair;
      if (this.nodes.get(a.id) !== a || this.nodes.get(b.id) !== b) continue;
      if (differ(a, b)) continue;
      this.unite(a.id, b.id);
      merged(a.id, b.id);
      this.#offer(heap, a.id);
    }
  }

  /** Keeps two regions from merging from now on, and what they become. `parts`: what they are split into as well. */
  keepApart(a: number, b: number, parts = false): void {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const)
      this.#apart.set(x, (this.#apart.get(x) ?? new Map()).set(y, parts));
  }

  areApart(a: number, b: number): boolean {
    return this.#apart.get(a)?.has(b) ?? false;
  }

  /** Keeps a part of a region from what the parts of that are kept from. */
  keepPartApart(part: number, of: number): void {
    for (const [other, parts] of this.#apart.get(of) ?? []) if (parts) this.keepApart(part, other, true);
  }

  /** Takes a region out, and its links. */
  remove(id: number): void {
    for (const other of this.nodes.get(id)?.links.keys() ?? []) this.nodes.get(other)?.links.delete(id);
    this.nodes.delete(id);
  }

  /** Merges two regions: the first stays. */
  unite(kept: number, gone: number): void {
    const [a, b] = [this.nodes.get(kept) as Node, this.nodes.get(gone) as Node];
    const links = new Map(a.links);
    for (const [other, parts] of this.#apart.get(gone) ?? []) this.keepApart(kept, other, parts);
    for (const [id, n] of b.links) links.set(id, (links.get(id) ?? 0) + n);
    links.delete(kept);
    links.delete(gone);
    this.nodes.delete(gone);
    addSum(a.sum, b.sum);
    freeSums([b.sum]);
    freeSignatures([b.signature]);
    this.nodes.set(kept, { id: kept, sum: a.sum, signature: this.#similarity.of(a.sum, a.signature.contrast), links });
    for (const [id, n] of links) {
      const other = this.nodes.get(id) as Node;
      other.links.delete(gone);
      other.links.set(kept, n);
    }
  }

  #offer(heap: Heap, id: number): void {
    const node = this.nodes.get(id);
    if (!node) return;
    for (const [to, links] of node.links) {
      if (links < LEAST_LINKS || this.areApart(id, to)) continue;
      const other = this.nodes.get(to) as Node;
      const [a, b] = id < to ? [node, other] : [other, node];
      const score = this.#similarity.merit(a.signature, b.signature);
      if (score > 0) heap.push({ score, a, b });
    }
  }
}

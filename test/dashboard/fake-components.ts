import type { Cluster, ClusterMember, Component, ComponentChange, Explanation, Grain } from "../../src/core/components.js";
import { type FakeScan, layerValue } from "./fake-scan.js";

/** Classes of the fake scan: six-fold, four-fold, two-fold and none; and one of an earlier scan. */
const CLASSES: readonly (Pick<Component, "id" | "fold" | "color"> & { readonly name: string })[] = [
  { id: 0, fold: 6, color: "#0073b3", name: "Class 0" },
  { id: 1, fold: 4, color: "#e69e00", name: "Class 1" },
  { id: 7, fold: 2, color: "#8c2d04", name: "Class 7" },
  { id: 9, fold: 0, color: "#e69e00", name: "Amorphous or empty 9" },
  { id: 12, fold: 1, color: "#57b5e8", name: "Class 12" },
];

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Of an array. */
  readonly shape?: number[];
}
const refusal = (status: number, code: string, message: string): FakeAnswer => ({ status, body: { error: { code, message } } });

/** Components of a fake daemon, and what was said of them. */
export class FakeComponents {
  readonly changes: (readonly [number, ComponentChange])[] = [];
  /** Why there are none. */
  off: string | null = null;
  /** Why changes are refused. */
  refuse: string | null = null;
  readonly joined: (readonly number[])[] = [];
  readonly #gone = new Set<number>();
  readonly #said = new Map<number, ComponentChange>();

  list(scan: FakeScan): readonly Component[] {
    const all = cells(scan, "label");
    return CLASSES.filter((c) => !this.#gone.has(c.id)).map((c) => ({
      share: all.length === 0 ? 0 : all.filter((p) => p.value === c.id).length / all.length,
      frozen: false,
      background: false,
      ...c,
      ...this.#said.get(c.id),
    }));
  }

  grains(scan: FakeScan): readonly Grain[] {
    const by = new Map<number, { row: number; column: number; area: number }>();
    for (const p of cells(scan, "grain")) {
      const sum = by.get(p.value) ?? { row: 0, column: 0, area: 0 };
      by.set(p.value, { row: sum.row + p.row, column: sum.column + p.col, area: sum.area + 1 });
    }
    return [...by].map(([id, { row, column, area }]) => {
      const { id: component, fold } = CLASSES.find((c) => c.id === CLASS_OF[id]) as Component;
      return { id, component, fold, area, row: row / area, column: column / area, angle: fold > 0 ? 0.2 * (id % 5) : null };
    });
  }

  answer(scan: FakeScan, way: string): FakeAnswer {
    if (this.off !== null) return refusal(409, "components_off", `components of this series are not looked for: ${this.off}`);
    if (way === "grains") return { status: 200, body: this.grains(scan) };
    const list = this.list(scan);
    if (way === "dendrogram") return { status: 200, body: treeOf(list.map((c) => c.id)) };
    if (way === "components") return { status: 200, body: list };
    return { status: 200, body: fakeImages(list.length), shape: [list.length, SIDE, SIDE] };
  }

  /** Three quarters of its class, the rest of none. */
  explanation(scan: FakeScan, row: number, column: number): FakeAnswer {
    const label = row < scan.done ? layerValue("label", row, column) : -1;
    const own = CLASSES.find((c) => c.id === label);
    if (!own || !scan.labels) return refusal(404, "no_class", "this position has no class yet");
    const angle = own.fold > 0 ? layerValue("inplane_angle", row, column) : null;
    const parts = [
      { component: own.id, share: 0.75, angle, fold: own.fold },
      { component: null, share: 0.25, angle: null, fold: 0 },
    ];
    // One position shows what it was known to be before.
    const waits = row === 0 && column === 0 ? { shown: { component: own.id, grain: 1 }, known: { component: 12, grain: 2 } } : null;
    return { status: 200, body: { row, column, electrons: 900, parts, alone: 7.25, residual: 0.5, waits } satisfies Explanation };
  }

  /** The first two nearest ones where the cut is above 0.1; each of the others by itself. */
  cut(scan: FakeScan, distance: number): readonly Cluster[] {
    const ids = this.list(scan).map((c) => c.id);
    const member = (id: number, k: number): ClusterMember => ({ id, turn: 0.25 * k, shift: [4 * k, -3 * k], alike: k === 0 ? 1 : 0.62 });
    const groups = distance > 0.1 ? [ids.slice(0, 2), ...ids.slice(2).map((id) => [id])] : ids.map((id) => [id]);
    return groups.map((g) => ({ members: g.map(member), share: 1 / groups.length }));
  }

  pictures(scan: FakeScan, distance: number): FakeAnswer {
    const { length } = this.cut(scan, distance);
    return { status: 200, body: fakeImages(length), shape: [length, SIDE, SIDE] };
  }

  join(scan: FakeScan | undefined, body: string): FakeAnswer {
    if (this.refuse !== null) return refusal(404, "no_component", this.refuse);
    const { ids } = JSON.parse(body) as { ids: number[] };
    this.joined.push(ids);
    for (const id of ids.slice(1)) this.#gone.add(id);
    return { status: 200, body: scan ? this.list(scan) : [] };
  }

  patch(scan: FakeScan | undefined, id: number, body: string): FakeAnswer {
    if (this.refuse !== null) return refusal(400, "bad_request", this.refuse);
    const change = JSON.parse(body) as ComponentChange;
    this.changes.push([id, change]);
    this.#said.set(id, { ...this.#said.get(id), ...change });
    const now = scan && this.list(scan).find((c) => c.id === id);
    return now ? { status: 200, body: now } : refusal(404, "no_component", `there is no component ${id}`);
  }
}

/** The first two are nearest; the rest join them one by one. */
const treeOf = (leaves: readonly number[]) => ({
  leaves,
  joins: leaves.slice(1).map((_, i) => ({ a: i === 0 ? 0 : leaves.length + i - 1, b: i + 1, distance: 0.1 + 0.2 * i })),
});
/** Class of each grain. */
const CLASS_OF: Readonly<Record<number, number>> = { 3: 0, 4: 1, 5: 7, 30: 9 };

function cells(s: FakeScan, layer: string): { row: number; col: number; value: number }[] {
  const out: { row: number; col: number; value: number }[] = [];
  for (let row = 0; row < s.done; row++)
    for (let col = 0; col < s.cols; col++) {
      const value = layerValue(layer, row, col);
      if (value >= 0) out.push({ row, col, value });
    }
  return out;
}

const SIDE = 96;
/** Rings of spots, [components, 96, 96]; NaN near the beam and beyond the rings. */
function fakeImages(count: number): Float32Array {
  const out = new Float32Array(count * SIDE * SIDE);
  for (let k = 0; k < count; k++)
    for (let i = 0; i < SIDE * SIDE; i++) {
      const [y, x] = [Math.floor(i / SIDE) - 47.5, (i % SIDE) - 47.5];
      const r = Math.hypot(x, y);
      const fold = CLASSES[k]?.fold ?? 0;
      const spots =
        fold > 0 ? 4 * Math.exp(-((r - 22) ** 2) / 8) * Math.max(0, Math.cos(fold * Math.atan2(-y, x))) ** 8 : Math.exp(-r / 20);
      out[k * SIDE * SIDE + i] = r < 11 || r > 46 ? Number.NaN : 0.02 + spots;
    }
  return out;
}

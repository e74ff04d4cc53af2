import { COMPONENT_GRID, type ComponentsView } from "../core/components.js";
import { POLAR } from "../core/polar.js";
import type { LineView } from "../core/sink.js";
import type { DetectorBook } from "./detector-book.js";

/** Part of all counts of a pixel that every component is taken to have: a ring that is empty in one of them tells no more than this. */
const FLOOR = 0.01;

/** Mean counts of a pixel in each ring; masked bins are left out. */
function radial(polar: Float32Array, component: number): Float64Array {
  const { rings, sectors } = COMPONENT_GRID;
  return Float64Array.from({ length: rings }, (_, r) => {
    let [sum, n] = [0, 0];
    for (let at = (component * rings + r) * sectors, end = at + sectors; at < end; at++) {
      const value = polar[at] as number;
      if (!Number.isFinite(value)) continue;
      sum += value;
      n++;
    }
    return n > 0 ? sum / n : 0;
  });
}

/**
 * Weight of each polar ring: the natural logarithm of the share of a component's counts that lies in it, over the share of the mean of all
 * components. The sum over the counts of a frame is then the logarithm of how much likelier its radial profile is for the component
 * (multinomial counts); rings do not turn, so this needs no angle. null: there is no such component.
 */
export function radialLikelihood({ components, polar, inner, outer }: ComponentsView, id: number): readonly number[] | null {
  const index = components.findIndex((c) => c.id === id);
  if (index < 0) return null;
  const { rings } = COMPONENT_GRID;
  const step = (outer - inner) / rings;
  // Counts of a ring: those of a pixel times its area, but for a factor.
  const counts = components.map((_, k) => radial(polar, k).map((value, r) => value * (inner + (r + 0.5) * step)));
  const shares = counts.map((c) => {
    const sum = c.reduce((a, b) => a + b, 0);
    return c.map((value) => (sum > 0 ? value / sum : 0));
  });
  const shareSum = components.reduce((a, c) => a + c.share, 0);
  const weightOf = (k: number): number => (shareSum > 0 ? (components[k]?.share ?? 0) / shareSum : 1 / components.length);
  const mean = Float64Array.from({ length: rings }, (_, r) => shares.reduce((sum, s, k) => sum + weightOf(k) * (s[r] as number), 0));
  const own = shares[index] as Float64Array;
  const ratio = own.map((value, r) => Math.log((value + FLOOR / rings) / ((mean[r] as number) + FLOOR / rings)));
  return Array.from({ length: POLAR.rings }, (_, r) => ratio[Math.floor(((r + 0.5) * rings) / POLAR.rings)] as number);
}

type DetectorQuestions = Pick<LineView, "virtualDetectors" | "addDetector" | "removeDetector" | "profileOf">;

/** What the line answers about virtual detectors, and takes from people. `components`: classes of a series as they are known now. */
export function detectorQuestions(book: DetectorBook, components: LineView["components"]): DetectorQuestions {
  return {
    virtualDetectors: () => book.list,
    addDetector: (detector) => book.add(detector),
    removeDetector: (id) => (book.remove(id) ? "done" : "none"),
    async profileOf(series, component) {
      const view = await components(series);
      if ("off" in view) return view;
      const rings = radialLikelihood(view, component);
      return rings ? { component, rings } : "none";
    },
  };
}

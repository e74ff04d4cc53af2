import type { ComponentRows } from "../components/component-rows.js";

export const noRows = (): ComponentRows => ({
  rows: [],
  churn: { label: 0, grain: 0 },
  knownChurn: { label: 0, grain: 0 },
  limited: false,
  label: new Int32Array(),
  grain: new Int32Array(),
  angle: new Float32Array(),
  fold: new Uint8Array(),
  confidence: new Float32Array(),
  boundary: new Float32Array(),
  novelty: new Float32Array(),
  components: [],
  weights: new Float32Array(),
});

/** A map of many rows in parts of so many that do not keep the main thread for long. */
export function* pieces(all: ComponentRows, rows: number, columns: number): Generator<ComponentRows> {
  for (let from = 0; from < all.rows.length; from += rows) {
    const part = <T extends Int32Array | Float32Array | Uint8Array>(a: T): T => a.slice(from * columns, (from + rows) * columns) as T;
    yield {
      rows: all.rows.slice(from, from + rows),
      churn: all.churn,
      knownChurn: all.knownChurn,
      limited: all.limited,
      label: part(all.label),
      grain: part(all.grain),
      angle: part(all.angle),
      fold: part(all.fold),
      confidence: part(all.confidence),
      boundary: part(all.boundary),
      novelty: part(all.novelty),
      components: all.components,
      weights: all.weights.slice(from * columns * all.components.length, (from + rows) * columns * all.components.length),
    };
  }
}

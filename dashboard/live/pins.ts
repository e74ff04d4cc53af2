import { MAX_PINS, type Position } from "../lib/hash-state.js";
import { pins } from "../state/page.js";

/** Pins a position, or takes its pin away; a fifth pin replaces the oldest. */
export function togglePin(p: Position): void {
  const same = (q: Position): boolean => q.row === p.row && q.col === p.col;
  pins.value = pins.value.some(same) ? pins.value.filter((q) => !same(q)) : [...pins.value, p].slice(-MAX_PINS);
}

/** Positions that belong together must be so many to be believed. */
const LEAST = 4;

/** Groups of at least four positions that touch at sides or corners, each ascending, in the order of their first. `columns`: of the scan. */
export function connectedAreas(positions: Iterable<number>, columns: number): number[][] {
  const open = new Set([...positions].sort((a, b) => a - b));
  const areas: number[][] = [];
  for (const first of open) {
    const area = [first];
    open.delete(first);
    for (let at = 0; at < area.length; at++) {
      const [row, column] = [Math.floor(area[at] / columns), area[at] % columns];
      for (let r = row - 1; r <= row + 1; r++)
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          const next = r * columns + c;
          if (open.delete(next)) area.push(next);
        }
    }
    if (area.length >= LEAST) areas.push(area.sort((a, b) => a - b));
  }
  return areas;
}

import type { Position } from "../lib/hash-state.js";
import { type Place, panBy, placeIn, positionAt, type Size, type View, zoomAt } from "../lib/view.js";

/** What pointers do to a picture: the one under them, and the view. */
export interface PointerTarget {
  /** Size of the map, px; null while there is none. */
  size(): Size | null;
  view(): View;
  look(v: View): void;
  over(p: Position, place: Place): void;
  /** A click, or a long press of a finger. */
  pick(p: Position): void;
}

const LONG_PRESS_MS = 500;
const STILL_PX = 5;

interface Touch {
  x: number;
  y: number;
}

/** Mouse: hover, click, drag to pan, wheel to zoom. Fingers: one moves the cursor, two pan and zoom, a long press picks. */
export function followPointers(element: HTMLElement, target: PointerTarget): () => void {
  const down = new Map<number, Touch>();
  let start: Touch | null = null;
  let moved = false;
  let press: ReturnType<typeof setTimeout> | undefined;
  const stop = new AbortController();
  const box = (): Size => ({ width: element.clientWidth, height: element.clientHeight });
  const at = (e: MouseEvent): Touch => {
    const r = element.getBoundingClientRect();
    return { x: e.clientX - r.left, y: e.clientY - r.top };
  };
  const find = (p: Touch): { position: Position | null; place: Place } | null => {
    const size = target.size();
    if (!size) return null;
    const place = placeIn(box(), size, target.view());
    return { position: positionAt(place, size, p.x, p.y), place };
  };
  const hover = (p: Touch): void => {
    const f = find(p);
    if (f?.position) target.over(f.position, f.place);
  };
  const pick = (p: Touch): void => {
    const f = find(p);
    if (f?.position) target.pick(f.position);
  };
  const pinch = (before: readonly Touch[], after: readonly Touch[]): void => {
    const size = target.size();
    const [a, b] = before;
    const [c, d] = after;
    if (!size || !a || !b || !c || !d) return;
    const gap = (p: Touch, q: Touch): number => Math.hypot(p.x - q.x, p.y - q.y) || 1;
    const mid = { x: (c.x + d.x) / 2, y: (c.y + d.y) / 2 };
    const zoomed = zoomAt(target.view(), box(), size, mid.x, mid.y, gap(c, d) / gap(a, b));
    target.look(panBy(zoomed, box(), size, mid.x - (a.x + b.x) / 2, mid.y - (a.y + b.y) / 2));
  };
  const on = <K extends keyof HTMLElementEventMap>(name: K, f: (e: HTMLElementEventMap[K]) => void, passive = true): void =>
    element.addEventListener(name, f, { signal: stop.signal, passive });

  on("pointerdown", (e) => {
    const p = at(e);
    element.setPointerCapture(e.pointerId);
    down.set(e.pointerId, p);
    start = p;
    moved = down.size > 1;
    clearTimeout(press);
    if (e.pointerType === "mouse") return;
    hover(p);
    press = setTimeout(() => {
      if (!moved && down.size === 1) pick(p);
      moved = true;
    }, LONG_PRESS_MS);
  });
  on("pointermove", (e) => {
    const p = at(e);
    const last = down.get(e.pointerId);
    if (last && start && Math.hypot(p.x - start.x, p.y - start.y) > STILL_PX) moved = true;
    if (last && down.size === 2) {
      const before = [...down.values()];
      down.set(e.pointerId, p);
      pinch(before, [...down.values()]);
      return;
    }
    const size = target.size();
    if (last && moved && e.pointerType === "mouse" && size) target.look(panBy(target.view(), box(), size, p.x - last.x, p.y - last.y));
    else hover(p);
    if (last) down.set(e.pointerId, p);
  });
  const up = (e: PointerEvent): void => {
    const was = down.delete(e.pointerId);
    clearTimeout(press);
    if (was && !moved && e.type === "pointerup" && e.pointerType === "mouse" && e.button === 0) pick(at(e));
  };
  on("pointerup", up);
  on("pointercancel", up);
  on(
    "wheel",
    (e) => {
      const size = target.size();
      if (!size) return;
      e.preventDefault();
      const p = at(e);
      target.look(zoomAt(target.view(), box(), size, p.x, p.y, Math.exp(-Math.max(-80, Math.min(80, e.deltaY)) / 180)));
    },
    false,
  );
  return () => {
    clearTimeout(press);
    stop.abort();
  };
}

/** Zoom 1 shows the whole map; the centre is in parts of the map, 0…1. Shared by all tiles. */
export interface View {
  readonly zoom: number;
  readonly row: number;
  readonly col: number;
}
export const WHOLE: View = { zoom: 1, row: 0.5, col: 0.5 };

/** Where a map lies in a box: screen px per map px, and the corner of the map in the box. */
export interface Place {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

/** The place of a map (px of the map) in a box (px of the screen). Square pixels, whole at zoom 1. */
export function placeIn(box: Size, map: Size, view: View): Place {
  const fit = Math.min(box.width / map.width, box.height / map.height);
  const scale = fit * view.zoom;
  const axis = (room: number, length: number, centre: number): number => {
    const size = length * scale;
    if (size <= room) return (room - size) / 2;
    return clamp(room / 2 - centre * size, room - size, 0);
  };
  return { scale, x: axis(box.width, map.width, view.col), y: axis(box.height, map.height, view.row) };
}

/** Map position (row, col) under a point of the box, or null outside. */
export function positionAt(place: Place, map: Size, x: number, y: number): { readonly row: number; readonly col: number } | null {
  const col = Math.floor((x - place.x) / place.scale);
  const row = Math.floor((y - place.y) / place.scale);
  return row >= 0 && col >= 0 && row < map.height && col < map.width ? { row, col } : null;
}

/** Zoom by a factor; the point of the map under (x, y) stays where it is. */
export function zoomAt(view: View, box: Size, map: Size, x: number, y: number, factor: number): View {
  const zoom = clamp(view.zoom * factor, 1, 64);
  if (zoom === 1) return WHOLE;
  const before = placeIn(box, map, view);
  const u = (x - before.x) / before.scale;
  const v = (y - before.y) / before.scale;
  const scale = Math.min(box.width / map.width, box.height / map.height) * zoom;
  return held({ zoom, col: (u + (box.width / 2 - x) / scale) / map.width, row: (v + (box.height / 2 - y) / scale) / map.height });
}

/** Move the map by so many screen px. */
export function panBy(view: View, box: Size, map: Size, dx: number, dy: number): View {
  const { scale } = placeIn(box, map, view);
  return held({ zoom: view.zoom, col: view.col - dx / (scale * map.width), row: view.row - dy / (scale * map.height) });
}
const held = (v: View): View => ({ zoom: v.zoom, row: clamp(v.row, 0, 1), col: clamp(v.col, 0, 1) });

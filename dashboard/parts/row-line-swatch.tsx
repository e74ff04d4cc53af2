import { ROW_LINES, type RowLine } from "../live/map-overlay.js";

/** The line as it lies over the maps. */
export function RowLineSwatch({ line }: { readonly line: RowLine }) {
  const { colour, dash } = ROW_LINES[line];
  return (
    <svg class="line-swatch" viewBox="0 0 18 6" width="18" height="6" aria-hidden="true">
      <line x1="0" y1="3" x2="18" y2="3" stroke={colour} stroke-width="1.5" stroke-dasharray={dash.join(" ")} />
    </svg>
  );
}

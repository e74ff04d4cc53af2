import { ROW_LINES, type RowLine } from "../live/map-overlay.js";
import { Dialog } from "./dialog.js";
import { RowLineSwatch } from "./row-line-swatch.js";

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["1 – 9", "layer of the active tile"],
  ["Tab, Enter", "next tile, its controls"],
  ["← ↑ → ↓", "move the cursor; with Shift by ten"],
  ["P", "pin the position under the cursor, or take its pin away"],
  ["[  ]", "less, more contrast"],
  ["A", "contrast from the data again"],
  ["N", "effective number of frames, in the active tile"],
  ["V", "pattern raw, denoised, their difference, explained, residual"],
  ["L", "linear, square root, logarithm"],
  ["C", "next colour map"],
  ["+  −  0", "zoom in, out, whole map"],
  ["Space", "pause the view (the scan goes on)"],
  ["G", "go live: newest scan, view running"],
  ["F", "full screen"],
  ["E", "export the active tile as PNG"],
  ["B", "components and grains; live maps again"],
  ["S", "system; live maps again"],
  ["Esc", "close, unpin all"],
  ["?", "this list"],
];

export function Help() {
  return (
    <Dialog title="Keys">
      <dl class="keys">
        {KEYS.map(([k, does]) => (
          <div key={k}>
            <dt>
              <kbd>{k}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h3>Lines on the maps</h3>
      <dl class="keys" data-testid="lines-help">
        {(Object.keys(ROW_LINES) as RowLine[]).map((line) => (
          <div key={line}>
            <dt>
              <RowLineSwatch line={line} /> {ROW_LINES[line].word}
            </dt>
            <dd>{ROW_LINES[line].about}</dd>
          </div>
        ))}
      </dl>
      <p class="note">
        Pictures: point to see a pattern, click to pin it, wheel to zoom, drag to move. With fingers: one points, two zoom, a long press
        pins. The address bar holds the whole view: a copied link shows the same.
      </p>
    </Dialog>
  );
}

import { Dialog } from "./dialog.js";

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["1 – 9", "layer of the active tile"],
  ["Tab, Enter", "next tile, its controls"],
  ["← ↑ → ↓", "move the cursor; with Shift by ten"],
  ["P", "pin the position under the cursor, or take its pin away"],
  ["[  ]", "less, more contrast"],
  ["A", "contrast from the data again"],
  ["L", "linear, square root, logarithm"],
  ["C", "next colour map"],
  ["+  −  0", "zoom in, out, whole map"],
  ["Space", "pause the view (the scan goes on)"],
  ["G", "go live: newest scan, view running"],
  ["F", "full screen"],
  ["E", "export the active tile as PNG"],
  ["S", "live maps, system"],
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
      <p class="note">
        Pictures: point to see a pattern, click to pin it, wheel to zoom, drag to move. With fingers: one points, two zoom, a long press
        pins. The address bar holds the whole view: a copied link shows the same.
      </p>
    </Dialog>
  );
}

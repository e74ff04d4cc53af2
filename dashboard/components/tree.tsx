import { useState } from "preact/hooks";
import { classFill } from "../lib/class-table.js";
import { drawnTree, groupsAt } from "../lib/component-tree.js";
import { componentOf, componentTree, cutAt } from "../state/components.js";
import { joinComponents } from "./follow-components.js";

/** Height of a leaf and width of the tree, px of its picture. */
const LEAF = 20;
const WIDTH = 300;
const LABEL = 150;

function Branches({ most }: { readonly most: number }) {
  const { order, forks } = drawnTree(componentTree.value);
  const x = (distance: number): number => LABEL + (WIDTH * distance) / most;
  const y = (place: number): number => (place + 0.5) * LEAF;
  const cut = x(cutAt.value);
  return (
    <svg
      class="tree"
      viewBox={`0 0 ${LABEL + WIDTH + 8} ${order.length * LEAF}`}
      role="img"
      aria-label="Tree of the components by the distance of their patterns"
    >
      {order.map((id, place) => (
        <text key={id} x={LABEL - 8} y={y(place) + 4}>
          {(componentOf(id)?.name ?? `Class ${id}`).slice(0, 22)}
        </text>
      ))}
      {forks.map((f) => (
        <path
          key={`${f.low} ${f.high}`}
          data-near={f.distance < cutAt.value}
          d={`M${x(f.fromLow)} ${y(f.low)}H${x(f.distance)}V${y(f.high)}H${x(f.fromHigh)}`}
        />
      ))}
      <line x1={cut} x2={cut} y1={0} y2={order.length * LEAF} />
    </svg>
  );
}

/** Components that are nearer to each other than the slider says are shown as one, and may be joined for good. */
export function TreeBox() {
  const [problem, setProblem] = useState<string | null>(null);
  const tree = componentTree.value;
  if (tree.joins.length === 0) return null;
  const most = Math.max(0.01, ...tree.joins.map((j) => j.distance)) * 1.05;
  const groups = groupsAt(tree, cutAt.value);
  const join = (): void => {
    void joinComponents(groups).then((why) => setProblem(why ?? null));
  };
  return (
    <section class="card tree-card" aria-label="Likeness" data-testid="component-tree">
      <h2>Likeness</h2>
      <Branches most={most} />
      <label>
        <span>Show as one what is nearer than {cutAt.value.toFixed(2)}</span>
        <input
          type="range"
          min={0}
          max={most}
          step={most / 200}
          value={cutAt.value}
          onInput={(e) => {
            cutAt.value = Number(e.currentTarget.value);
          }}
        />
      </label>
      {groups.map((ids) => (
        <p key={ids[0]} class="tree-group">
          {ids.map((id) => {
            const c = componentOf(id);
            return (
              <span key={id}>
                <i class="swatch" style={c ? { background: classFill(c.id, c.color) } : {}} /> {c?.name ?? `Class ${id}`}
              </span>
            );
          })}
        </p>
      ))}
      <button type="button" disabled={groups.length === 0} onClick={join}>
        {groups.length > 1 ? `Join these ${groups.length} groups for good` : "Join them for good"}
      </button>
      {problem === null ? null : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

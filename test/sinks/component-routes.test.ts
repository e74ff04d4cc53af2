import t, { type Test } from "tap";
import {
  type ClustersView,
  COMPONENT_GRID,
  type Component,
  type ComponentsView,
  type Explanation,
  type Grain,
} from "../../src/core/components.js";
import { ask, get } from "./ask.js";
import { readNpy } from "./read-npy.js";
import { aSeries, aStand, type Stand } from "./stand.js";

const S = "/api/v1/series";
const { rings, sectors } = COMPONENT_GRID;
const BINS = rings * sectors;

const aComponent = (id: number, over: Partial<Component> = {}): Component => ({
  id,
  fold: 6,
  name: `Class ${id}`,
  color: "#0073b3",
  share: 0.5,
  frozen: false,
  background: false,
  ...over,
});
const GRAINS: readonly Grain[] = [
  { id: 4, component: 2, angle: 0.25, fold: 6, area: 12, row: 1.5, column: 2 },
  { id: 9, component: 5, angle: null, fold: 0, area: 8, row: 3, column: 4.25 },
];
/** Two components: the first of ones, the second of twos. */
const found = (): ComponentsView => ({
  components: [aComponent(2), aComponent(5, { fold: 0, name: "Amorphous or empty 5", color: "#d65e00" })],
  polar: new Float32Array(2 * BINS).map((_, i) => (i < BINS ? 1 : 2)),
  inner: 1,
  outer: 3.5,
  grains: GRAINS,
  tree: [{ a: 0, b: 1, distance: 0.6 }],
});

const WAYS = ["components", "components.npy", "component_images.npy", "grains", "dendrogram"];

async function aStandWith(t: Test, view: ComponentsView | { readonly off: string } = found()): Promise<Stand> {
  const stand = await aStand();
  t.teardown(() => stand.run.close());
  aSeries(stand.store, "a-1");
  stand.line.found = view;
  return stand;
}

t.test("components, their patterns and grains are handed out", async (t) => {
  const { base } = await aStandWith(t);
  const view = found();
  t.match(await get(base, `${S}/a-1/components`), { status: 200, json: view.components });
  t.match(await get(base, `${S}/latest/components`), { status: 200, json: view.components });
  t.same((await get(base, `${S}/a-1/grains`)).json, GRAINS);
  const polar = await get(base, `${S}/a-1/components.npy`);
  t.equal(polar.headers["content-type"], "application/x-npy");
  const { shape, values } = readNpy(polar.body);
  t.same(shape, [2, rings, sectors]);
  t.same([values[0], values[BINS - 1], values[BINS], values[2 * BINS - 1]], [1, 1, 2, 2]);
  const images = readNpy((await get(base, `${S}/a-1/component_images.npy`)).body);
  t.same(images.shape, [2, 8, 8], "of the size of a frame");
  const at = (k: number, row: number, col: number): number => images.values[(k * 8 + row) * 8 + col] as number;
  t.same([at(0, 3, 1), at(1, 3, 1)], [1, 2]);
  t.same([at(0, 3, 3), at(0, 0, 0)], [Number.NaN, Number.NaN], "the beam, and what lies beyond the rings");
});

t.test("no component yet is an empty list", async (t) => {
  const { base } = await aStandWith(t, { components: [], polar: new Float32Array(0), inner: 0, outer: 0, grains: [], tree: [] });
  t.same((await get(base, `${S}/a-1/components`)).json, []);
  t.same((await get(base, `${S}/a-1/grains`)).json, []);
  t.same(readNpy((await get(base, `${S}/a-1/components.npy`)).body).shape, [0, rings, sectors]);
  t.same(readNpy((await get(base, `${S}/a-1/component_images.npy`)).body).shape, [0, 8, 8]);
});

t.test("a series whose components are not looked for says why", async (t) => {
  const { base } = await aStandWith(t, { off: "its pixels are no counts" });
  for (const way of WAYS) {
    const answer = await get(base, `${S}/a-1/${way}`);
    t.match(answer, { status: 409, code: "components_off" }, way);
    t.match(answer.body.toString(), "its pixels are no counts");
  }
});

t.test("series that are not there", async (t) => {
  const { base, store } = await aStandWith(t);
  for (const way of WAYS) t.match(await get(base, `${S}/b-7/${way}`), { status: 404, code: "no_series" }, way);
  for (const id of ["a-2", "a-3", "a-4"]) aSeries(store, id);
  for (const way of WAYS) t.match(await get(base, `${S}/a-1/${way}`), { status: 410, code: "series_gone" }, way);
  t.match(await ask(base, "POST", `${S}/a-2/components`), { status: 405, headers: { allow: "GET, HEAD" } });
  t.match(await get(base, `${S}/a-2/components/2`), { status: 405, headers: { allow: "PATCH" } });
});

t.test("pictures wait for the first frame, numbers do not", async (t) => {
  const stand = await aStandWith(t);
  aSeries(stand.store, "b-1", 4, 5, null);
  t.match(await get(stand.base, `${S}/b-1/component_images.npy`), { status: 404, code: "no_frame" });
  t.match(await get(stand.base, `${S}/b-1/components`), { status: 200 });
});

const patch = (base: string, id: string | number, body: unknown, headers: Record<string, string> = {}) =>
  ask(base, "PATCH", `${S}/a-1/components/${id}`, {
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

t.test("an operator renames, recolours, freezes and sets aside", async (t) => {
  const { base, line } = await aStandWith(t);
  const change = { name: "Gold [110]", color: "#ABCDEF", frozen: true, background: false };
  t.match(await patch(base, 5, change), { status: 200, json: { id: 5 } });
  t.match(await patch(base, 2, {}), { status: 200, json: aComponent(2) }, "nothing to change is no error");
  t.match(await patch(base, 2, { name: "x".repeat(100) }), { status: 200 });
  t.same(line.changes, [
    [5, change],
    [2, {}],
    [2, { name: "x".repeat(100) }],
  ]);
});

t.test("bodies that cannot be meant change nothing", async (t) => {
  const { base, line } = await aStandWith(t);
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [{ id: 3 }, /id cannot be changed; what can is name, color, frozen, background/],
    [{ name: "a", share: 1 }, /share cannot be changed/],
    [{ name: "" }, /name must be a text of 1 to 100/],
    [{ name: "  " }, /name must be/],
    [{ name: "x".repeat(101) }, /name must be/],
    [{ name: 7 }, /name must be/],
    [{ name: null }, /name must be/],
    [{ color: "red" }, /color must be written #rrggbb/],
    [{ color: "#12345" }, /color must be/],
    [{ color: "#1234567" }, /color must be/],
    [{ color: 3 }, /color must be/],
    [{ frozen: "yes" }, /frozen must be true or false/],
    [{ background: 1 }, /background must be true or false/],
    [[], /JSON object/],
    ["null", /JSON object/],
    ["{", /not JSON/],
  ];
  for (const [body, why] of bad) {
    const answer = await patch(base, 2, body);
    t.match(answer, { status: 400, code: "bad_request" }, JSON.stringify(body));
    t.match(answer.body.toString(), why);
  }
  t.match(await patch(base, 2, {}, { "content-type": "text/plain" }), { status: 415 });
  t.match(await patch(base, 2, { name: "x".repeat(5000) }), { status: 413, code: "too_large" });
  for (const id of ["x", "-1", "1.5", "9999999999", "%20"])
    t.match(await patch(base, id, {}), { status: 404, code: "no_component" }, `component ${id}`);
  t.same(line.changes, [], "nothing reached the line");
  t.match(await patch(base, 3, { frozen: true }), { status: 404, code: "no_component" }, "an id that nobody has");
});

t.test("a component that goes while it is changed, and a series that has none", async (t) => {
  const { base, line } = await aStandWith(t);
  const { changeComponent } = line;
  Object.assign(line, {
    changeComponent: async (...args: Parameters<typeof changeComponent>) => {
      const done = await changeComponent(...args);
      line.found = { ...found(), components: [] };
      return done;
    },
  });
  t.match(await patch(base, 2, { frozen: true }), { status: 200, json: null });
  line.found = { off: "they are switched off" };
  t.match(await patch(base, 2, { frozen: true }), { status: 404, code: "no_component" });
});

const post = (base: string, way: string, body: unknown, series = "a-1") =>
  ask(base, "POST", `${S}/${series}/${way}`, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Four components: 1 and 3 are nearest, then 4 joins them, then 8. */
const aTree = (): ComponentsView => ({
  ...found(),
  components: [1, 3, 4, 8].map((id) => aComponent(id)),
  tree: [
    { a: 0, b: 1, distance: 0.1 },
    { a: 2, b: 4, distance: 0.3 },
    { a: 5, b: 3, distance: 0.7 },
  ],
});

t.test("the tree of components and its cuts", async (t) => {
  const { base, line } = await aStandWith(t, aTree());
  t.match(await get(base, `${S}/a-1/dendrogram`), { status: 200, json: { leaves: [1, 3, 4, 8], joins: aTree().tree } });
  const member = (id: number) => ({ id, turn: 0.5, shift: [1, -2] as const, alike: 0.75 });
  const view: ClustersView = {
    clusters: [
      { members: [member(1), member(3)], share: 0.75 },
      { members: [member(4)], share: 0.25 },
    ],
    polar: new Float32Array(2 * BINS).map((_, i) => (i < BINS ? 1 : 2)),
    inner: 1,
    outer: 3.5,
    maps: Float32Array.of(0, 1, 0.5, 0.25, 0, 0),
    height: 1,
    width: 3,
    cell: 2,
  };
  line.cuts.set(0.2, view);
  t.same((await post(base, "dendrogram/cut", { distance: 0.2 })).json, {
    distance: 0.2,
    groups: [[1, 3], [4]],
    clusters: view.clusters,
    cell: 2,
  });
  const polar = readNpy((await get(base, `${S}/a-1/clusters.npy?distance=0.2`)).body);
  t.same(polar.shape, [2, rings, sectors]);
  t.same([polar.values[0], polar.values[BINS]], [1, 2]);
  const images = readNpy((await get(base, `${S}/a-1/cluster_images.npy?distance=0.2`)).body);
  t.same(images.shape, [2, 8, 8]);
  t.equal(images.values[64 + 3 * 8 + 1], 2);
  const maps = readNpy((await get(base, `${S}/a-1/cluster_maps.npy?distance=0.2`)).body);
  t.same(
    [maps.shape, [...maps.values]],
    [
      [2, 1, 3],
      [0, 1, 0.5, 0.25, 0, 0],
    ],
  );
  t.match(await get(base, `${S}/a-1/clusters.npy?distance=0.3`), { status: 409, code: "components_off" });
  for (const query of ["", "?distance=", "?distance=x", "?distance=-1"])
    t.match(await get(base, `${S}/a-1/cluster_maps.npy${query}`), { status: 400, code: "bad_request" }, query);
  for (const distance of [-0.1, "0.3", null, undefined])
    t.match(await post(base, "dendrogram/cut", { distance }), { status: 400, code: "bad_request" }, String(distance));
  t.match(await ask(base, "POST", `${S}/a-1/dendrogram/cut`), { status: 415 });
  t.match(await post(base, "dendrogram/cut", { distance: 1 }, "b-7"), { status: 404, code: "no_series" });
});

t.test("components are joined", async (t) => {
  const { base, line } = await aStandWith(t, aTree());
  t.match(await post(base, "components/merge", { ids: [3, 1] }), { status: 200, json: aTree().components });
  t.match(await post(base, "components/merge", { ids: [3, 2] }), { status: 404, code: "no_component" });
  const bad = [[], [1], [1, 2.5], [1, "3"], "1,3", { 0: 1 }, null, Array.from({ length: 257 }, (_, i) => i)];
  for (const ids of bad) t.match(await post(base, "components/merge", { ids }), { status: 400, code: "bad_request" }, JSON.stringify(ids));
  t.match(await ask(base, "POST", `${S}/a-1/components/merge`, { body: "{}" }), { status: 415 });
  line.found = { off: "they are switched off" };
  t.match(await post(base, "dendrogram/cut", { distance: 1 }), { status: 409, code: "components_off" });
  t.match(await post(base, "components/merge", { ids: [1, 3] }), { status: 404, code: "no_component" });
});

t.test("what explains the frame of a position", async (t) => {
  const { base, line } = await aStandWith(t);
  const found: Explanation = {
    row: 1,
    column: 2,
    electrons: 640,
    parts: [
      { component: 2, share: 0.75, angle: 0.25, fold: 6 },
      { component: null, share: 0.25, angle: null, fold: 0 },
    ],
    alone: 7.5,
    residual: -0.25,
    waits: { shown: { component: 2, grain: 5 }, known: { component: 3, grain: 6 } },
  };
  line.explanations.set("1,2", found).set("0,1", { off: "they are switched off" });
  t.same((await get(base, `${S}/a-1/explanations/1/2`)).json, found);
  t.match(await get(base, `${S}/a-1/explanations/0/0`), { status: 404, code: "no_class" });
  t.match(await get(base, `${S}/a-1/explanations/0/1`), { status: 409, code: "components_off" });
  t.match(await get(base, `${S}/a-1/explanations/4/0`), { status: 404, code: "outside_scan" });
  t.match(await get(base, `${S}/a-1/explanations/x/0`), { status: 400, code: "bad_request" });
  t.match(await get(base, `${S}/b-7/explanations/0/0`), { status: 404, code: "no_series" });
});

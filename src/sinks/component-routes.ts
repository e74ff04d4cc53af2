import { type ClustersView, COMPONENT_GRID, type ComponentChange, type ComponentsView, MOST_NAME } from "../core/components.js";
import type { LineView, MapsView, SeriesView } from "../core/sink.js";
import { encodeNpy } from "./npy.js";
import { polarImage } from "./polar-image.js";
import { readBody } from "./read-body.js";
import { bytes, json, NPY_TYPE, type Reply, refuse } from "./reply.js";
import type { Ask, Route } from "./route-table.js";
import { noClass, noComponents, positionOf, SERIES, withSeries } from "./with-series.js";

interface Sources {
  readonly maps: MapsView;
  readonly line: LineView;
}

/** Hands the components of a series on, or says why there are none. */
async function withComponents({ line }: Sources, series: SeriesView, use: (view: ComponentsView) => Reply): Promise<Reply> {
  const view = await line.components(series.id);
  return "off" in view ? noComponents(view) : use(view);
}

/** What the frame of a position is made of. */
async function explanation({ line }: Sources, series: SeriesView, ask: Ask): Promise<Reply> {
  const at = positionOf(series, ask);
  if ("refusal" in at) return at.refusal;
  const found = await line.explanation(series.id, at.row, at.column);
  if (found === "none") return noClass(at.row, at.column);
  return "off" in found ? noComponents(found) : json(found);
}

/** Polar patterns as images of the size of a frame, the beam in the middle. */
function images(count: number, { polar, inner, outer }: Pick<ComponentsView, "polar" | "inner" | "outer">, series: SeriesView): Reply {
  const { frame_shape: shape } = series.info();
  if (!shape) return refuse(404, "no_frame", `series ${series.id} has no frame yet`);
  const [height, width] = shape;
  const out = new Float32Array(count * height * width);
  const size = COMPONENT_GRID.rings * COMPONENT_GRID.sectors;
  for (let k = 0; k < count; k++)
    polarImage(
      polar.subarray(k * size, (k + 1) * size),
      inner,
      outer,
      height,
      width,
      out.subarray(k * height * width, (k + 1) * height * width),
    );
  return bytes(NPY_TYPE, encodeNpy([count, height, width], out));
}

/** What the body wants to change; a string: why it cannot be. */
function readChange(fields: Readonly<Record<string, unknown>>): ComponentChange | string {
  const known = ["name", "color", "frozen", "background"];
  const odd = Object.keys(fields).find((key) => !known.includes(key));
  if (odd !== undefined) return `${odd} cannot be changed; what can is ${known.join(", ")}`;
  const { name, color, frozen, background } = fields;
  if (name !== undefined && (typeof name !== "string" || name.trim() === "" || name.length > MOST_NAME))
    return `name must be a text of 1 to ${MOST_NAME} characters`;
  if (color !== undefined && (typeof color !== "string" || !/^#[0-9a-f]{6}$/i.test(color))) return "color must be written #rrggbb";
  if (frozen !== undefined && typeof frozen !== "boolean") return "frozen must be true or false";
  if (background !== undefined && typeof background !== "boolean") return "background must be true or false";
  return fields as ComponentChange;
}

async function change(from: Sources, series: SeriesView, ask: Ask): Promise<Reply> {
  const body = await readBody(ask.request);
  if ("refusal" in body) return body.refusal;
  const wanted = readChange(body.fields);
  if (typeof wanted === "string") return refuse(400, "bad_request", wanted);
  const id = /^\d{1,9}$/.test(ask.part.component ?? "") ? Number(ask.part.component) : -1;
  if (id < 0 || (await from.line.changeComponent(series.id, id, wanted)) === "none")
    return refuse(404, "no_component", `series ${series.id} has no component ${ask.part.component}`);
  return withComponents(from, series, ({ components }) => json(components.find((c) => c.id === id) ?? null));
}

/** Most components that are joined at once. */
const MOST_JOINED = 256;

async function join(from: Sources, series: SeriesView, ask: Ask): Promise<Reply> {
  const body = await readBody(ask.request);
  if ("refusal" in body) return body.refusal;
  const { ids } = body.fields;
  if (!Array.isArray(ids) || ids.length < 2 || ids.length > MOST_JOINED || !ids.every((id) => Number.isSafeInteger(id)))
    return refuse(400, "bad_request", 'ids must be a list of two or more components, as in {"ids":[1,4]}');
  if ((await from.line.joinComponents(series.id, ids)) === "none")
    return refuse(404, "no_component", `series ${series.id} does not have all of the components ${ids.join(", ")}`);
  return withComponents(from, series, ({ components }) => json(components));
}

const isDistance = (v: unknown): v is number => typeof v === "number" && Number.isFinite(v) && v >= 0;

/** Hands the clusters of a cut on, or says why there are none. */
async function withClusters(
  { line }: Sources,
  series: SeriesView,
  distance: unknown,
  example: string,
  use: (view: ClustersView, distance: number) => Reply,
): Promise<Reply> {
  if (!isDistance(distance)) return refuse(400, "bad_request", `distance must be a number from 0, as in ${example}`);
  const view = await line.clusters(series.id, distance);
  return "off" in view ? noComponents(view) : use(view, distance);
}

/** Groups of components that are nearer to each other than a distance. */
async function cut(from: Sources, series: SeriesView, ask: Ask): Promise<Reply> {
  const body = await readBody(ask.request);
  if ("refusal" in body) return body.refusal;
  return withClusters(from, series, body.fields.distance, '{"distance":0.3}', ({ clusters, cell }, distance) =>
    json({ distance, groups: clusters.map((c) => c.members.map((m) => m.id)), clusters, cell }),
  );
}

/** Classes and grains of a series. */
export function componentRoutes(from: Sources): Route[] {
  const get = (path: string, reply: (view: ComponentsView, series: SeriesView) => Reply): Route => ({
    method: "GET",
    path: `${SERIES}/${path}`,
    handle: withSeries(from.maps, (s) => withComponents(from, s, (view) => reply(view, s))),
  });
  const ofCut = (path: string, reply: (view: ClustersView, series: SeriesView) => Reply): Route => ({
    method: "GET",
    path: `${SERIES}/${path}`,
    handle: withSeries(from.maps, (s, { query }) => {
      const given = query.get("distance")?.trim() ?? "";
      return withClusters(from, s, given === "" ? null : Number(given), "?distance=0.3", (view) => reply(view, s));
    }),
  });
  const { rings, sectors } = COMPONENT_GRID;
  return [
    get("components", ({ components }) => json(components)),
    get("components.npy", ({ components, polar }) => bytes(NPY_TYPE, encodeNpy([components.length, rings, sectors], polar))),
    get("component_images.npy", (view, series) => images(view.components.length, view, series)),
    ofCut("clusters.npy", ({ clusters, polar }) => bytes(NPY_TYPE, encodeNpy([clusters.length, rings, sectors], polar))),
    ofCut("cluster_images.npy", (view, series) => images(view.clusters.length, view, series)),
    ofCut("cluster_maps.npy", ({ clusters, height, width, maps }) => bytes(NPY_TYPE, encodeNpy([clusters.length, height, width], maps))),
    get("grains", ({ grains }) => json(grains)),
    get("dendrogram", ({ components, tree }) => json({ leaves: components.map((c) => c.id), joins: tree })),
    { method: "GET", path: `${SERIES}/explanations/:row/:column`, handle: withSeries(from.maps, (s, ask) => explanation(from, s, ask)) },
    { method: "POST", path: `${SERIES}/dendrogram/cut`, handle: withSeries(from.maps, (s, ask) => cut(from, s, ask)) },
    { method: "POST", path: `${SERIES}/components/merge`, handle: withSeries(from.maps, (s, ask) => join(from, s, ask)) },
    { method: "PATCH", path: `${SERIES}/components/:component`, handle: withSeries(from.maps, (s, ask) => change(from, s, ask)) },
  ];
}

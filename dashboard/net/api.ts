import type { Component, ComponentChange, Explanation, Grain } from "../../src/core/components.js";
import type { PatternMade } from "../../src/core/denoise.js";
import type { SeriesInfo } from "../../src/core/series.js";
import type { DetectorArea } from "../../src/core/virtual-detector.js";
import type { LogEvent } from "../../src/core/wire.js";
import { type ComponentTree, readTree } from "../lib/component-tree.js";
import type { Position } from "../lib/hash-state.js";
import { type NpyArray, parseNpy } from "../lib/npy.js";
import { type CutClusters, readClusters } from "../lib/read-clusters.js";
import { readAll, readComponent, readExplanation, readGrain } from "../lib/read-components.js";
import { type ListedDetector, readDetectors } from "../lib/read-detectors.js";
import { isFields, list, part, text } from "../lib/read-fields.js";
import { readEvent, readMade, readSeries } from "../lib/read-message.js";

/** The answer of the daemon was no success; `code` is its own word, or "http". */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.code = code;
  }
}

/** Relative to the page, so that a proxy may serve it below a path. */
export const address = (path: string): URL => new URL(path, document.baseURI);

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(address(path), { credentials: "same-origin", ...init });
  if (answer.ok) return answer;
  let body: unknown;
  try {
    body = await answer.json();
  } catch {
    body = {};
  }
  const error = isFields(body) ? part(body, "error") : {};
  throw new Refused(answer.status, text(error, "code", "http"), text(error, "message", `${answer.status} ${answer.statusText}`));
}
const json = async (path: string, init?: RequestInit): Promise<unknown> => (await ask(path, init)).json();
const npy = async (path: string, init?: RequestInit): Promise<NpyArray> => parseNpy(await (await ask(path, init)).arrayBuffer());
const send = (method: "POST" | "PATCH" | "DELETE", body: unknown): RequestInit => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});
const of = (id: string): string => `api/v1/series/${encodeURIComponent(id)}`;

export async function fetchSeries(): Promise<readonly SeriesInfo[]> {
  const body = await json("api/v1/series");
  return (isFields(body) ? list(body, "series") : []).map(readSeries).filter((s) => s !== null);
}
export async function fetchEvents(): Promise<readonly LogEvent[]> {
  const body = await json("api/v1/events");
  return (isFields(body) ? list(body, "events") : []).map(readEvent).filter((e) => e !== null);
}

export interface ConfigField {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
  readonly default: unknown;
  readonly about: string;
  readonly unit: string;
}
export async function fetchConfig(): Promise<readonly ConfigField[]> {
  const body = await json("api/v1/config");
  return (isFields(body) ? list(body, "fields") : []).filter(isFields).map((f) => ({
    key: text(f, "key"),
    value: f.value,
    origin: text(f, "origin", "default"),
    default: f.default,
    about: text(f, "about"),
    unit: text(f, "unit"),
  }));
}

export interface About {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly node: string;
  readonly documentation: string;
}
export async function fetchAbout(): Promise<About> {
  const body = await json("api/v1/about");
  const o = isFields(body) ? body : {};
  return {
    name: text(o, "name"),
    version: text(o, "version"),
    licence: text(o, "licence"),
    node: text(o, "node"),
    documentation: text(o, "documentation"),
  };
}

export type PatternKind = "raw" | "denoised" | "match";
/** The frame of a position, or what its components predict; of a denoised one also how it was made. */
export async function fetchPattern(
  id: string,
  at: Position,
  kind: PatternKind,
  signal: AbortSignal,
): Promise<{ readonly array: NpyArray; readonly made: PatternMade | null }> {
  const answer = await ask(`${of(id)}/patterns/${at.row}/${at.col}.npy?kind=${kind}`, { signal });
  return { array: parseNpy(await answer.arrayBuffer()), made: readMade((name) => answer.headers.get(name)) };
}
export const fetchSummary = (id: string, kind: "mean" | "max" | "variance"): Promise<NpyArray> => npy(`${of(id)}/summary/${kind}.npy`);
export const fetchLayer = (id: string, layer: string): Promise<NpyArray> => npy(`${of(id)}/layers/${encodeURIComponent(layer)}.npy`);

export async function postShape(id: string, rows: number, cols: number): Promise<void> {
  await ask(`${of(id)}/shape`, send("POST", { shape: [rows, cols] }));
}
const DETECTORS = "api/v1/virtual_detectors";
export const fetchDetectors = async (): Promise<readonly ListedDetector[]> => readDetectors(await json(DETECTORS));
export interface WantedDetector extends Pick<DetectorArea, "inner" | "outer"> {
  readonly name: string;
  readonly from?: number;
  readonly to?: number;
  readonly fold?: number;
}
/** Its id, which is the name of its layer. */
export async function postDetector(detector: WantedDetector | { readonly name: string; readonly component: number }): Promise<string> {
  const body = await json(DETECTORS, send("POST", detector));
  return isFields(body) ? text(body, "id") : "";
}
export async function deleteDetector(id: string): Promise<void> {
  await ask(`${DETECTORS}/${encodeURIComponent(id)}`, send("DELETE", {}));
}
/** Exchanges a token for a cookie that scripts cannot read. */
export async function postSession(token: string): Promise<void> {
  await ask("api/v1/session", send("POST", { token }));
}

export const fetchComponents = async (id: string): Promise<readonly Component[]> =>
  readAll(await json(`${of(id)}/components`), readComponent);
export const fetchGrains = async (id: string): Promise<readonly Grain[]> => readAll(await json(`${of(id)}/grains`), readGrain);
/** Which components explain the frame of a position; null: the answer says nothing of the kind. */
export const fetchExplanation = async (id: string, at: Position, signal: AbortSignal): Promise<Explanation | null> =>
  readExplanation(await json(`${of(id)}/explanations/${at.row}/${at.col}`, { signal }));
/** Mean patterns [components, rows, columns], in the order of `fetchComponents`. */
export const fetchComponentImages = (id: string): Promise<NpyArray> => npy(`${of(id)}/component_images.npy`);
export const fetchTree = async (id: string): Promise<ComponentTree> => readTree(await json(`${of(id)}/dendrogram`));
/** Clusters of components nearer to each other than a distance. */
export const fetchClusters = async (id: string, distance: number): Promise<CutClusters> =>
  readClusters(await json(`${of(id)}/dendrogram/cut`, send("POST", { distance })));
/** Their mean patterns or maps, [clusters, height, width]. */
export const fetchClusterPictures = (id: string, what: "cluster_images" | "cluster_maps", distance: number): Promise<NpyArray> =>
  npy(`${of(id)}/${what}.npy?distance=${distance}`);
export async function postJoin(id: string, components: readonly number[]): Promise<void> {
  await ask(`${of(id)}/components/merge`, send("POST", { ids: components }));
}
/** The component as it is then; null: it is gone. */
export const patchComponent = async (id: string, component: number, change: ComponentChange): Promise<Component | null> =>
  readComponent(await json(`${of(id)}/components/${component}`, send("PATCH", change)));

import { LAYERS, type LayerClaim, type LayerKind, type LayerSpec } from "../../src/core/map-layer.js";
import type { LayerInfo } from "../../src/core/series.js";
import { CATEGORICAL, CYCLIC, DIVERGING, SEQUENTIAL, type TableName } from "./colour-tables.js";
import { DERIVED } from "./derive.js";
import type { LookKind } from "./look.js";

/** A map as people choose it: a layer, or one channel of a layer whose channels have names. */
export interface Choice {
  /** The layer's name; of a channel, `layer.number`. */
  readonly name: string;
  readonly layer: string;
  readonly channel: number;
  /** Title of the layer whose channels these are; null: a layer of its own. */
  readonly group: string | null;
  /** Heading in the menu of layers; null: none. */
  readonly section: string | null;
  readonly title: string;
  readonly kind: LayerKind;
  readonly claim: LayerClaim;
  readonly unit: string;
  readonly about: string;
}

const TITLES: Readonly<Record<string, string>> = {
  sum: "Sum",
  bf: "Bright field",
  adf: "Annular dark field",
  com_row: "CoM row",
  com_col: "CoM column",
  com_magnitude: "CoM magnitude",
  com_angle: "CoM angle",
  tier: "Quality tier",
  frame_status: "Frame status",
  neighbours: "Effective frames",
  label: "Class",
  inplane_angle: "In-plane angle",
  fold: "Fold",
  grain: "Grain",
  boundary: "Boundary",
  confidence: "Confidence",
  novelty: "Novelty",
};
/** Shorter, where a line has to hold name and value. */
export const SHORT_TITLES: Readonly<Record<string, string>> = {
  bf: "BF",
  adf: "ADF",
  com_row: "CoM row",
  com_col: "CoM col",
  com_magnitude: "CoM |r|",
  com_angle: "CoM angle",
  tier: "Tier",
  frame_status: "Frame",
  neighbours: "Effective",
};
/** Names of the values of categorical layers, by value; empty: there is no such value. */
export const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  tier: ["none", "the frame alone", "causal neighbours", "refined"],
  frame_status: ["not yet", "received", "lost", "malformed"],
  fold: ["no angle", "1-fold", "2-fold", "3-fold", "4-fold", "", "6-fold"],
};
/** Where the colour key of a layer begins, whatever the data: an estimate is made of one frame at least. It is one long at least. */
export const LOW_ENDS: Readonly<Record<string, number>> = { neighbours: 1, confidence: 0, boundary: 0 };
/** Layers of classes and grains, which are found anew together. */
export const COMPONENT_LAYERS: ReadonlySet<string> = new Set(LAYERS.filter((l) => l.apart).map((l) => l.name));
/** In layers where zero says "not yet". */
export const ZERO_IS_NONE: ReadonlySet<string> = new Set(["tier", "frame_status"]);

/** Layer and channel of the name of a choice. */
function partsOf(name: string): Pick<Choice, "layer" | "channel"> {
  const [layer = "", channel = "0"] = name.split(".");
  return { layer, channel: Number(channel) };
}
export const layerOf = (name: string): string => partsOf(name).layer;

const choice = (l: LayerSpec | LayerInfo): Choice => ({
  name: l.name,
  ...partsOf(l.name),
  group: null,
  section: COMPONENT_LAYERS.has(l.name) ? "Components" : l.title === undefined ? null : "Virtual detectors",
  title: l.title ?? TITLES[l.name] ?? l.name.replaceAll("_", " "),
  kind: l.kind,
  claim: l.claim,
  unit: l.unit,
  about: l.about,
});

function channelsOf(l: LayerInfo): readonly Choice[] {
  const whole = choice(l);
  return (l.parts ?? []).map((title, channel) => ({
    ...whole,
    name: `${l.name}.${channel}`,
    channel,
    group: whole.title,
    section: whole.title,
    title,
    about: `${title}: ${l.about}`,
  }));
}

/** What can be drawn as a map: the layers of this version, the derived ones, others that the daemon names, and named channels. */
export function choices(layers: readonly LayerInfo[]): readonly Choice[] {
  const maps = LAYERS.filter((l) => l.channels === 1);
  const known = [...maps.slice(0, 5), ...DERIVED, ...maps.slice(5)];
  const extra = layers.filter((l) => l.kind !== "vector" && l.shape.length <= 2 && !known.some((k) => k.name === l.name));
  return [...[...known, ...extra].map(choice), ...layers.flatMap(channelsOf)];
}
/**
 * Layers to ask the daemon for: all maps and vectors, so that changing between them costs nothing, and those of many channels that a
 * tile shows. `tiles`: names of choices.
 */
export function wantedLayers(tiles: readonly string[], layers: readonly LayerInfo[]): readonly string[] {
  const few = [
    ...LAYERS.filter((l) => l.channels === 1 || l.kind === "vector"),
    ...layers.filter((l) => l.shape.length <= 2 || l.kind === "vector"),
  ].map((l) => l.name);
  const shown = tiles.map(layerOf).filter((name) => !DERIVED.some((d) => d.name === name));
  return [...new Set([...few, ...shown])].sort();
}
export const choiceOf = (list: readonly Choice[], name: string): Choice =>
  list.find((c) => c.name === name) ??
  choice({ name, kind: "intensity", claim: "exploratory", dtype: "float32", unit: "", channels: 1, about: "" });

export const lookKind = (kind: LayerKind): LookKind =>
  kind === "signed" ? "signed" : kind === "cyclic" ? "cyclic" : kind === "label" || kind === "mask" ? "index" : "sequence";

/** Colour tables that fit a kind of layer, the default first. */
export function tablesFor(kind: LookKind): readonly TableName[] {
  if (kind === "signed") return [...DIVERGING, "grey"];
  if (kind === "cyclic") return CYCLIC;
  return kind === "index" ? CATEGORICAL : SEQUENTIAL;
}
export const CLAIM_ABOUT: Readonly<Record<LayerClaim, string>> = {
  quantitative: "Calibrated, validated values",
  relative: "Right up to an offset or scale",
  exploratory: "The model is not validated for this material",
  categorical: "Class numbers have no order",
};
